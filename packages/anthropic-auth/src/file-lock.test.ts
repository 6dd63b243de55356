import fs from 'node:fs/promises'
import { readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { startProgram, type ChildProgram } from '../test/child-program.ts'
import { temporaryFolder } from '../test/temporary-folder.ts'
import { createFileLock } from './file-lock.ts'

const WATCHDOG_MS = 60_000
const ELEVEN_MINUTES_MS = 660_000

afterEach(() => {
  vi.restoreAllMocks()
})

describe('createFileLock()', { timeout: WATCHDOG_MS }, () => {
  it('gives back what the critical section gives, and leaves nothing behind', async () => {
    const path = newLockPath()
    expect(await createFileLock(path)(async () => filesBeside(path))).toEqual(['the.lock'])
    expect(filesBeside(path)).toEqual([])
  })

  it('passes on what the critical section throws, and leaves nothing behind', async () => {
    const path = newLockPath()
    const error = new Error('from within')
    await expect(createFileLock(path)(async () => Promise.reject(error))).rejects.toBe(error)
    expect(filesBeside(path)).toEqual([])
  })

  it('lets the callers of one process in one by one, in the order in which they came', async () => {
    const path = newLockPath()
    const log: string[] = []
    const enter = async (name: string): Promise<void> =>
      // Each a lock of its own, as when two parts of a program know nothing of each other.
      createFileLock(path)(async () => {
        log.push(`${name} in`)
        await new Promise((resolve) => setImmediate(resolve))
        log.push(`${name} out`)
      })
    await Promise.all(['a', 'b', 'c', 'd'].map(enter))
    expect(log).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out', 'd in', 'd out'])
  })

  it('lets a caller go that has waited for too long, and keeps the turns of the others', async () => {
    const path = newLockPath()
    const first = newGate()
    const log: string[] = []
    const done = createFileLock(path)(async () => first.passed)
    const late = createFileLock(path, { timeoutMs: 1 })(async () => log.push('late'))
    const last = createFileLock(path)(async () => log.push('last'))
    await expect(late).rejects.toMatchObject({ code: 'store_failed', reason: 'lock_timeout' })
    const newest = createFileLock(path)(async () => log.push('newest'))
    expect(log).toEqual([])
    first.pass()
    await Promise.all([done, last, newest])
    expect(log).toEqual(['last', 'newest'])
  })

  it('names the process that has the lock when it was not free in time', async () => {
    const path = newLockPath()
    const holder = await startHolder(path)
    const error: unknown = await createFileLock(path, { timeoutMs: 50 })(async () => 'never').catch(
      (reason: unknown) => reason,
    )
    expect(error).toMatchObject({
      code: 'store_failed',
      reason: 'lock_timeout',
      retryable: true,
      message: expect.stringContaining(`process ${holder.process.pid} `),
      hint: expect.any(String),
    })
    expect(String(error)).toContain(path)
    await kill(holder)
  })

  it('is for its owner alone, whatever the umask', async () => {
    const path = newLockPath()
    const mode = await withUmask(0, async () => createFileLock(path)(async () => statSync(path).mode & 0o777))
    expect(mode).toBe(0o600)
  })

  it('works where there are no hard links', async () => {
    vi.spyOn(fs, 'link').mockRejectedValue(Object.assign(new Error('not here'), { code: 'EPERM' }))
    const path = newLockPath()
    const log: string[] = []
    await createFileLock(path)(async () => {
      await expect(tryOnce(path)).rejects.toMatchObject({ reason: 'lock_timeout' })
      log.push(...filesBeside(path))
    })
    expect(log).toEqual(['the.lock'])
    expect(filesBeside(path)).toEqual([])
  })

  it('leaves a lock file alone that is not its own any more', async () => {
    const path = newLockPath()
    const other = '{"token":"other","pid":1,"host":"elsewhere","startedAt":null}'
    await createFileLock(path)(async () => writeFileSync(path, other))
    expect(readFileSync(path, 'utf8')).toBe(other)
  })

  it('fails with the cause where the lock file can not be made', async () => {
    const path = join(temporaryFolder(), 'missing', 'the.lock')
    await expect(createFileLock(path)(async () => 'never')).rejects.toMatchObject({
      code: 'store_failed',
      reason: 'lock_failed',
      message: expect.stringContaining(path),
      cause: { code: 'ENOENT' },
    })
  })

  it('fails when the lock file can not be removed, unless the critical section failed first', async () => {
    const path = newLockPath()
    const refuse = (): void => {
      vi.spyOn(fs, 'unlink').mockRejectedValue(Object.assign(new Error('not so'), { code: 'EIO' }))
    }
    await expect(createFileLock(path)(async () => refuse())).rejects.toMatchObject({
      code: 'store_failed',
      reason: 'lock_failed',
      cause: { code: 'EIO' },
    })
    vi.restoreAllMocks()
    const error = new Error('from within')
    const other = `${path}-other`
    const failing = createFileLock(other)(async () => {
      refuse()
      throw error
    })
    await expect(failing).rejects.toBe(error)
  })

  it('refuses an empty path and a timeout that is none', () => {
    expect(() => createFileLock('')).toThrow(TypeError)
    for (const timeoutMs of [0, -1, Number.NaN, Infinity]) {
      expect(() => createFileLock('/tmp/x', { timeoutMs })).toThrow(TypeError)
    }
    expect(createFileLock('/tmp/x', { timeoutMs: undefined })).toBeTypeOf('function')
  })

  it('takes a relative path from the working directory at its creation', async () => {
    const path = newLockPath()
    const before = process.cwd()
    process.chdir(dirname(path))
    const withLock = createFileLock('the.lock')
    process.chdir(before)
    expect(await withLock(async () => filesBeside(path))).toEqual(['the.lock'])
  })
})

describe('createFileLock(), by many processes', { timeout: WATCHDOG_MS }, () => {
  it('loses no count of eight processes', async () => {
    const path = newLockPath()
    writeFileSync(`${path}-count`, '0')
    const programs = Array.from({ length: 8 }, () => startProgram('lock-process.ts', ['count', '25', path]))
    const ends = await Promise.all(programs.map(async ({ ended }) => ended))
    expect(ends.map(({ code, problem }) => ({ code, problem }))).toEqual(
      Array.from({ length: 8 }, () => ({ code: 0, problem: '' })),
    )
    expect(readFileSync(`${path}-count`, 'utf8')).toBe('200')
    expect(filesBeside(path)).toEqual(['the.lock-count'])
  })

  it('goes on after holders were killed at any time, and never lets two in at once', async () => {
    const path = newLockPath()
    const killed = new Set<number>()
    writeFileSync(`${path}-log`, '')
    const programs = Array.from({ length: 4 }, () => startProgram('lock-process.ts', ['log', '', path]))
    await Promise.all(programs.map(async ({ began }) => began))
    for (let victims = 0; victims < 12; victims += 1) {
      await grows(`${path}-log`, 5 + (victims % 3))
      const victim = programs.shift()!
      killed.add(victim.process.pid!)
      await kill(victim)
      programs.push(startProgram('lock-process.ts', ['log', '', path]))
    }
    await grows(`${path}-log`, 20)
    for (const program of programs) killed.add(program.process.pid!)
    await Promise.all(programs.map(kill))
    expect(overlaps(readFileSync(`${path}-log`, 'utf8'), killed)).toEqual([])
    expect(await createFileLock(path)(async () => 'free')).toBe('free')
  })

  it('recovers from a process that was killed at any step of breaking a dead lock', async () => {
    const killedAt: number[] = []
    for (let step = 0; ; step += 1) {
      const path = newLockPath()
      await leaveDeadLock(path)
      const breaker = startProgram('lock-process.ts', ['die', String(step), path])
      const { signal } = await breaker.ended
      if (signal !== 'SIGKILL') break
      killedAt.push(step)
      expect(await createFileLock(path, { timeoutMs: 30_000 })(async () => 'mine'), `step ${step}`).toBe(
        'mine',
      )
      await expectNoRemains(path)
    }
    // Writes, links and removes: the right to break, the dead lock, the lock itself.
    expect(killedAt.length).toBeGreaterThanOrEqual(8)
  })

  it('recovers from a breaker of a dead breaker that was killed at any step', async () => {
    const killedAt: number[] = []
    for (let step = 0; ; step += 1) {
      const path = newLockPath()
      await leaveDeadBreaker(path)
      const { signal } = await startProgram('lock-process.ts', ['die', String(step), path]).ended
      if (signal !== 'SIGKILL') break
      killedAt.push(step)
      expect(await createFileLock(path, { timeoutMs: 30_000 })(async () => 'mine'), `step ${step}`).toBe(
        'mine',
      )
      await expectNoRemains(path)
    }
    expect(killedAt.length).toBeGreaterThanOrEqual(12)
  })

  it('does not break a dead lock while a living process is breaking it', async () => {
    const path = newLockPath()
    const dead = await leaveDeadLock(path)
    const breaker = await startHolder(`${path}.${String(dead['token'])}.break`)
    await expect(tryOnce(path)).rejects.toMatchObject({ reason: 'lock_timeout' })
    expect(readLock(path)).toEqual(dead)
    await kill(breaker)
    expect(await createFileLock(path)(async () => 'mine')).toBe('mine')
  })

  it('does not break what another process took while it came to break a dead lock', async () => {
    const path = newLockPath()
    const { token } = await leaveDeadLock(path)
    const { link } = fs
    vi.spyOn(fs, 'link').mockImplementation(async (from, to) => {
      if (to === `${path}.${String(token)}.break`) await leaveLock(path, {})
      return link(from, to)
    })
    await expect(tryOnce(path)).rejects.toMatchObject({ reason: 'lock_timeout' })
    expect(readLock(path)).toMatchObject({ token: 'left-behind', pid: process.pid })
    expect(filesBeside(path)).toEqual(['the.lock'])
  })

  it('removes no remains that another process is removing', async () => {
    const path = newLockPath()
    const remains = `${path}.earlier.break`
    const { token } = await leaveDeadLock(remains)
    await leaveLock(`${path}.${String(token)}.break`, {})
    await leaveDeadLock(path)
    expect(await createFileLock(path)(async () => 'mine')).toBe('mine')
    expect(readLock(remains)).toMatchObject({ token })
  })

  it('lets only one of many break a dead lock', async () => {
    const path = newLockPath()
    await leaveDeadLock(path)
    writeFileSync(`${path}-count`, '0')
    const programs = Array.from({ length: 6 }, () => startProgram('lock-process.ts', ['count', '3', path]))
    await Promise.all(programs.map(async ({ ended }) => ended))
    expect(readFileSync(`${path}-count`, 'utf8')).toBe('18')
    expect(filesBeside(path)).toEqual(['the.lock-count'])
  })
})

describe('createFileLock(), at a lock file that is there', { timeout: WATCHDOG_MS }, () => {
  it('waits for a process of another user', async () => {
    vi.spyOn(process, 'kill').mockImplementation(() => {
      throw Object.assign(new Error('not yours'), { code: 'EPERM' })
    })
    const path = newLockPath()
    await leaveLock(path, {})
    await expect(tryOnce(path)).rejects.toMatchObject({ reason: 'lock_timeout' })
  })

  it('breaks that of a process that was killed', async () => {
    const path = newLockPath()
    await kill(await startHolder(path))
    expect(await createFileLock(path)(async () => filesBeside(path))).toEqual(['the.lock'])
  })

  it('waits for one on another host, or in another container, and breaks its lock after ten minutes', async () => {
    const path = newLockPath()
    await leaveLock(path, { host: 'elsewhere pid:[1]', pid: 4_194_304 })
    await expect(tryOnce(path)).rejects.toMatchObject({ reason: 'lock_timeout' })
    age(path, 540_000)
    await expect(tryOnce(path)).rejects.toMatchObject({ reason: 'lock_timeout' })
    age(path, ELEVEN_MINUTES_MS)
    expect(await tryOnce(path)).toBe('mine')
  })

  it('breaks one whose process can not be told from a later one only after ten minutes', async () => {
    const path = newLockPath()
    await leaveLock(path, { startedAt: null })
    await expect(tryOnce(path)).rejects.toMatchObject({ reason: 'lock_timeout' })
    age(path, ELEVEN_MINUTES_MS)
    expect(await tryOnce(path)).toBe('mine')
  })

  it.each(['', '{', 'null', '[]', '{}', '{"token":"../../x","pid":1,"host":"","startedAt":null}'])(
    'breaks one that says nothing of its holder, %o, only after ten minutes',
    async (text) => {
      const path = newLockPath()
      writeFileSync(path, text)
      await expect(tryOnce(path)).rejects.toMatchObject({ reason: 'lock_timeout' })
      age(path, ELEVEN_MINUTES_MS)
      expect(await tryOnce(path)).toBe('mine')
      expect(filesBeside(path)).toEqual([])
    },
  )
})

// Elsewhere, the system does not tell when a process started.
describe.runIf(process.platform === 'linux')('createFileLock(), on Linux', { timeout: WATCHDOG_MS }, () => {
  it('breaks that of an earlier process with the same pid', async () => {
    const path = newLockPath()
    await leaveLock(path, { startedAt: 'another-boot/1' })
    expect(await createFileLock(path)(async () => 'mine')).toBe('mine')
  })

  it('never breaks that of a living process, however old', async () => {
    const path = newLockPath()
    await leaveLock(path, {})
    age(path, 1000 * ELEVEN_MINUTES_MS)
    await expect(tryOnce(path)).rejects.toMatchObject({ reason: 'lock_timeout' })
  })

  it('breaks that of a process that has ended but is still in the table of processes', async () => {
    const path = newLockPath()
    // The holder's parent becomes a program that never asks how its children ended.
    const parent = startProgram('lock-process.ts', ['hold', '', path], process.env, 'exec sleep 600')
    await parent.began
    process.kill(Number(readLock(path)['pid']), 'SIGKILL')
    expect(await createFileLock(path, { timeoutMs: 30_000 })(async () => 'mine')).toBe('mine')
    await kill(parent)
  })
})

type Lock = Record<string, unknown>

function newLockPath(): string {
  return join(temporaryFolder(), 'the.lock')
}

function filesBeside(path: string): string[] {
  return readdirSync(dirname(path)).toSorted()
}

function readLock(path: string): Lock {
  return JSON.parse(readFileSync(path, 'utf8')) as Lock
}

async function tryOnce(path: string): Promise<string> {
  return createFileLock(path, { timeoutMs: 1 })(async () => 'mine')
}

function age(path: string, ageMs: number): void {
  const seconds = (Date.now() - ageMs) / 1000
  utimesSync(path, seconds, seconds)
}

async function startHolder(path: string): Promise<ChildProgram> {
  const holder = startProgram('lock-process.ts', ['hold', '', path])
  await holder.began
  return holder
}

async function kill({ process: child, ended }: ChildProgram): Promise<void> {
  child.kill('SIGKILL')
  await ended
}

/** What a process left that was killed with its lock; made once, as each process takes its time. */
let deadHolder: Promise<Lock> | undefined

async function killHolder(): Promise<Lock> {
  const path = newLockPath()
  await kill(await startHolder(path))
  return readLock(path)
}

/** A lock whose holder was killed. */
async function leaveDeadLock(path: string): Promise<Lock> {
  const dead = { ...(await (deadHolder ??= killHolder())), token: crypto.randomUUID() }
  writeFileSync(path, JSON.stringify(dead))
  return dead
}

/** A lock whose holder was killed, and so was who broke it. */
async function leaveDeadBreaker(path: string): Promise<void> {
  const { token } = await leaveDeadLock(path)
  await leaveDeadLock(`${path}.${token}.break`)
}

/** A lock as this very process would have it, but for what is given. */
async function leaveLock(path: string, different: Lock): Promise<void> {
  const elsewhere = newLockPath()
  const own = await createFileLock(elsewhere)(async () => readLock(elsewhere))
  writeFileSync(path, JSON.stringify({ ...own, token: 'left-behind', ...different }))
}

/** What a death at that moment leaves is gone at the latest after the next dead lock was broken. */
async function expectNoRemains(path: string): Promise<void> {
  await leaveDeadLock(path)
  await createFileLock(path)(async () => undefined)
  expect(filesBeside(path), basename(path)).toEqual([])
}

async function grows(path: string, bytes: number): Promise<void> {
  const { size } = statSync(path)
  await vi.waitUntil(() => statSync(path).size >= size + bytes, { timeout: WATCHDOG_MS, interval: 1 })
}

/** The places of a log where a process is in while another one, which was not killed, is. */
function overlaps(log: string, killed: ReadonlySet<number>): string[] {
  const found: string[] = []
  const gone = new Set<number>()
  let inside: number | null = null
  for (const [index, line] of log.trimEnd().split('\n').entries()) {
    const [word, pid] = [line.split(' ')[0], Number(line.split(' ')[1])]
    if (gone.has(pid)) found.push(`${index}: ${line}, after another one came in`)
    if (word === 'in' && inside !== null) {
      if (!killed.has(inside)) found.push(`${index}: ${line}, while ${inside} is in`)
      gone.add(inside)
    }
    if (word === 'out' && inside !== pid) found.push(`${index}: ${line}, without having come in`)
    inside = word === 'in' ? pid : null
  }
  return found
}

function newGate(): { passed: Promise<void>; pass: () => void } {
  let pass!: () => void
  const passed = new Promise<void>((resolve) => (pass = resolve))
  return { passed, pass }
}

async function withUmask<T>(umask: number, run: () => Promise<T>): Promise<T> {
  const before = process.umask(umask)
  try {
    return await run()
  } finally {
    process.umask(before)
  }
}
