import { spawn } from 'node:child_process'
import fs from 'node:fs/promises'
import os from 'node:os'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import type * as lockHolder from './lock-holder.ts'
import { type LockHolder, lifeOf, newLockHolder, parseLockHolder, whereIs } from './lock-holder.ts'

const ETHERNET = { mac: 'aa:bb:cc:dd:ee:01' } as os.NetworkInterfaceInfo
const WIRELESS = { mac: 'aa:bb:cc:dd:ee:02' } as os.NetworkInterfaceInfo
const LOOPBACK = { mac: '00:00:00:00:00:00' } as os.NetworkInterfaceInfo
/** Linux gives out no larger pids. */
const NO_PID = 4_194_305

afterEach(() => {
  vi.restoreAllMocks()
})

describe('parseLockHolder()', () => {
  it('reads what newLockHolder() says', async () => {
    const holder = await newLockHolder()
    expect(parseLockHolder(JSON.stringify(holder))).toEqual(holder)
  })

  it('reads a holder with any host name', async () => {
    vi.spyOn(os, 'hostname').mockReturnValue('Jürgens-MacBook\n🙂')
    const holder = await newLockHolder()
    expect(holder.host).toBe('Jürgens-MacBook\n🙂')
    expect(parseLockHolder(JSON.stringify(holder))).toEqual(holder)
  })

  it.each([
    '',
    '{"token":"a","pid":1',
    'null',
    '[]',
    '{}',
    '\0\0\0',
    '{"token":"../../x","pid":1}',
    '{"token":"a","pid":0}',
    '{"token":"a","pid":"1"}',
    '{"token":"a","pid":1.5}',
    '{"token":"","pid":1}',
  ])('finds no holder in %o', (text) => {
    expect(parseLockHolder(text)).toBeNull()
  })

  it('treats missing members and those of another type as unknown', () => {
    const unknown = { host: '', machine: null, namespaces: null, startedAt: null }
    expect(parseLockHolder('{"token":"a","pid":1}')).toEqual({ token: 'a', pid: 1, ...unknown })
    expect(
      parseLockHolder('{"token":"a","pid":1,"host":2,"machine":3,"namespaces":{},"startedAt":[]}'),
    ).toEqual({ token: 'a', pid: 1, ...unknown })
  })
})

describe.runIf(process.platform === 'linux')('lifeOf(), on Linux', { timeout: 60_000 }, () => {
  it('finds this process alive, and names it', async () => {
    const holder = await newLockHolder()
    expect(await lifeOf(holder)).toBe('alive')
    expect(await whereIs(holder)).toBe('this process')
    expect(holder).toMatchObject({
      pid: process.pid,
      machine: expect.stringMatching(/^[\da-f-]{36}$/),
      namespaces: expect.stringMatching(/^pid:\[\d+\]( time:\[\d+\])?$/),
      startedAt: expect.stringMatching(/^\d+$/),
    })
  })

  it('finds a stopped process alive, and dead once it was killed', async () => {
    const { holder, child } = await startSleep()
    child.kill('SIGSTOP')
    await vi.waitUntil(async () => (await stateOf(holder.pid)) === 'T', { timeout: 60_000 })
    expect(await lifeOf(holder)).toBe('alive')
    expect(await whereIs(holder)).toBe('here')
    child.kill('SIGKILL')
    await vi.waitUntil(async () => (await lifeOf(holder)) === 'dead', { timeout: 60_000 })
  })

  it('finds a process dead if another one has its pid now', async () => {
    expect(await lifeOf({ ...(await newLockHolder()), startedAt: '1' })).toBe('dead')
    expect(await lifeOf({ ...(await newLockHolder()), pid: NO_PID })).toBe('dead')
  })

  it.each<Partial<LockHolder>>([
    { machine: '11111111-2222-3333-4444-555555555555' },
    { machine: null },
    { namespaces: 'pid:[1] time:[1]' },
    { namespaces: null },
  ])('returns unknown for a process elsewhere: %o', async (different) => {
    for (const pid of [process.pid, NO_PID]) {
      const holder = { ...(await newLockHolder()), pid, ...different }
      expect(await lifeOf(holder)).toBe('unknown')
      expect(await whereIs(holder)).toBe('elsewhere')
    }
  })

  it('returns unknown for a process with an unknown start, unless no process has its pid', async () => {
    const holder = { ...(await newLockHolder()), startedAt: null }
    expect(await lifeOf(holder)).toBe('unknown')
    expect(await lifeOf({ ...holder, pid: NO_PID })).toBe('dead')
  })

  it('returns unknown for a living process that the system hides', async () => {
    const { holder } = await startSleep()
    hide(`/proc/${holder.pid}/stat`)
    expect(await lifeOf(holder)).toBe('unknown')
  })

  it('does not find a process of another user dead', async () => {
    const { holder } = await startSleep()
    vi.spyOn(process, 'kill').mockImplementation(() => {
      throw Object.assign(new Error('not yours'), { code: 'EPERM' })
    })
    expect(await lifeOf(holder)).toBe('alive')
    hide(`/proc/${holder.pid}/stat`)
    expect(await lifeOf(holder)).toBe('unknown')
  })

  it.each([
    ['/proc/sys/kernel/random/boot_id', null],
    ['/proc/sys/kernel/random/boot_id', '\n'],
    ['/proc/self/ns/pid', null],
  ])('returns unknown if %s gives %o', async (path, text) => {
    const fresh = await freshModule()
    hide(path, text)
    const holder = await fresh.newLockHolder()
    expect(holder).toMatchObject({ machine: null, namespaces: null })
    expect(await fresh.lifeOf({ ...holder, pid: NO_PID })).toBe('unknown')
  })

  it('does not trust the /proc of another pid namespace', async () => {
    const fresh = await freshModule()
    hide('/proc/self/stat', '1 (init) S 0 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 77 0 0')
    const holder = await fresh.newLockHolder()
    expect(holder.startedAt).toBeNull()
    expect(await fresh.lifeOf({ ...holder, startedAt: '1' })).toBe('unknown')
    expect(await fresh.lifeOf({ ...holder, pid: NO_PID })).toBe('dead')
  })

  it('returns unknown if start times belong to another time namespace', async () => {
    const fresh = await freshModule()
    hide('/proc/self/ns/time', 'time:[1]')
    expect(await lifeOf(await fresh.newLockHolder())).toBe('unknown')
  })
})

describe.each(['darwin', 'win32'] as const)('lifeOf(), on %s', (platform) => {
  it('finds a process dead if no process of the same machine has its pid', async () => {
    onPlatform(platform, { en0: [ETHERNET], lo0: [LOOPBACK] })
    const holder = await newLockHolder()
    expect(holder).toMatchObject({
      machine: expect.stringMatching(/^[\da-f]{64}$/),
      namespaces: null,
      startedAt: null,
    })
    expect(await lifeOf({ ...holder, pid: NO_PID })).toBe('dead')
  })

  it('returns unknown for a living process, which may not be the holder', async () => {
    onPlatform(platform, { en0: [ETHERNET] })
    expect(await lifeOf(await newLockHolder())).toBe('unknown')
    expect(await whereIs(await newLockHolder())).toBe('this process')
  })

  it('distinguishes machines with the same name by their network interfaces', async () => {
    onPlatform(platform, { en0: [ETHERNET] })
    const holder = { ...(await newLockHolder()), pid: NO_PID }
    onPlatform(platform, { en0: [WIRELESS] })
    expect(await lifeOf(holder)).toBe('unknown')
    expect(await whereIs(holder)).toBe('elsewhere')
  })

  it('recognizes a machine whatever the order of its interfaces', async () => {
    onPlatform(platform, { en0: [ETHERNET], en1: [WIRELESS, WIRELESS], utun0: undefined })
    const holder = { ...(await newLockHolder()), pid: NO_PID }
    onPlatform(platform, { en1: [WIRELESS], lo0: [LOOPBACK], en0: [ETHERNET] })
    expect(await lifeOf(holder)).toBe('dead')
    vi.spyOn(os, 'hostname').mockReturnValue('another-name')
    expect(await lifeOf(holder)).toBe('unknown')
  })

  it('returns unknown without a network', async () => {
    onPlatform(platform, { lo0: [LOOPBACK] })
    const holder = { ...(await newLockHolder()), pid: NO_PID }
    expect(holder.machine).toBeNull()
    expect(await lifeOf(holder)).toBe('unknown')
  })
})

describe('lifeOf(), on other systems', () => {
  it('returns unknown, since a process outside of a jail looks as if it had ended', async () => {
    const fresh = await freshModule()
    onPlatform('freebsd', { em0: [ETHERNET] })
    hide('/proc/sys/kernel/random/boot_id')
    expect(await fresh.lifeOf({ ...(await fresh.newLockHolder()), pid: NO_PID })).toBe('unknown')
  })
})

/** Imports the module anew, with nothing cached, as a new process does. */
async function freshModule(): Promise<typeof lockHolder> {
  vi.resetModules()
  return import('./lock-holder.ts')
}

function onPlatform(platform: NodeJS.Platform, interfaces: NodeJS.Dict<os.NetworkInterfaceInfo[]>): void {
  vi.spyOn(process, 'platform', 'get').mockReturnValue(platform)
  vi.spyOn(os, 'networkInterfaces').mockReturnValue(interfaces)
}

/** Makes a file or link of the system return `text`, or fail as if it were missing. */
function hide(hidden: string, text: string | null = null): void {
  for (const name of ['readFile', 'readlink'] as const) {
    const read = fs[name] as (...args: unknown[]) => Promise<unknown>
    vi.spyOn(fs, name).mockImplementation(async (...args: unknown[]) => {
      if (args[0] !== hidden) return (await read(...args)) as never
      if (text === null) throw Object.assign(new Error('hidden'), { code: 'ENOENT' })
      return text as never
    })
  }
}

/** A sleeping process, as the holder of a lock. */
async function startSleep() {
  const child = spawn('sleep', ['600'])
  onTestFinished(() => void child.kill('SIGKILL'))
  const pid = child.pid!
  const stat = await fs.readFile(`/proc/${pid}/stat`, 'utf8')
  const startedAt = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]!
  const holder: LockHolder = { ...(await newLockHolder()), pid, startedAt }
  return { holder, child }
}

async function stateOf(pid: number): Promise<string | undefined> {
  const stat = await fs.readFile(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[0]
}
