import fs from 'node:fs/promises'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { lstatSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import os, { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import type { AnthropicAuthError } from '@anthropic-auth/core'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { startProgram } from '../../test/child-program.ts'
import {
  expectNoRemains,
  filesBeside,
  kill,
  leaveDeadBreaker,
  leaveDeadLock,
  leaveLock,
  newLockPath,
  readLock,
  startHolder,
} from '../../test/lock-leftovers.ts'
import { temporaryFolder } from '../../test/temporary-folder.ts'
import { createFileLock } from './file-lock.ts'

const WATCHDOG_MS = 60_000
/** For those tests that start dozens of processes, one after the other. */
const DEATHS_MS = 600_000

afterEach(() => {
  vi.restoreAllMocks()
})

describe('createFileLock()', { timeout: WATCHDOG_MS }, () => {
  it('returns the result of the critical section, and leaves nothing behind', async () => {
    const path = newLockPath()
    expect(await createFileLock(path)(async () => filesBeside(path))).toEqual(['the.lock'])
    expect(filesBeside(path)).toEqual([])
  })

  it('passes on an error of the critical section, and leaves nothing behind', async () => {
    const path = newLockPath()
    const error = new Error('from within')
    await expect(createFileLock(path)(async () => Promise.reject(error))).rejects.toBe(error)
    expect(filesBeside(path)).toEqual([])
  })

  it('lets the callers of one process in one by one, in order', async () => {
    const path = newLockPath()
    const log: string[] = []
    const enter = async (name: string): Promise<void> =>
      // Each call creates its own lock, as two independent parts of a program do.
      createFileLock(path)(async () => {
        log.push(`${name} in`)
        await new Promise((resolve) => setImmediate(resolve))
        log.push(`${name} out`)
      })
    await Promise.all(['a', 'b', 'c', 'd'].map(enter))
    expect(log).toEqual(['a in', 'a out', 'b in', 'b out', 'c in', 'c out', 'd in', 'd out'])
  })

  it('rejects a caller that has waited too long, and keeps the turns of the others', async () => {
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
      message: expect.stringContaining(`process ${holder.process.pid} on ${hostname()} holds it`),
      hint: expect.stringContaining(`kill ${holder.process.pid}`),
    })
    expect(String(error)).toContain(path)
    await kill(holder)
  })

  it('is only for its owner, whatever the umask', async () => {
    const path = newLockPath()
    const mode = await withUmask(0, async () => createFileLock(path)(async () => statSync(path).mode & 0o777))
    expect(mode).toBe(0o600)
  })

  it('works without hard links', async () => {
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

  it('recognizes its own file when link() says that the file was there before', async () => {
    const { link } = fs
    const spy = vi.spyOn(fs, 'link').mockImplementation(async (from, to) => {
      await link(from, to)
      throw Object.assign(new Error('file already exists'), { code: 'EEXIST' })
    })
    const path = newLockPath()
    const withLock = createFileLock(path, { timeoutMs: 1 })
    const files = await withLock(async ({ assertHeld }) => {
      await assertHeld()
      return filesBeside(path)
    })
    expect(files).toEqual(['the.lock'])
    expect(spy).toHaveBeenCalledTimes(1)
    expect(filesBeside(path)).toEqual([])
  })

  it('recognizes its own file when link() fails after it has made the link', async () => {
    const { link } = fs
    vi.spyOn(fs, 'link').mockImplementation(async (from, to) => {
      await link(from, to)
      throw Object.assign(new Error('no response'), { code: 'ETIMEDOUT' })
    })
    const path = newLockPath()
    expect(await tryOnce(path)).toBe('mine')
    expect(filesBeside(path)).toEqual([])
  })

  it('does not mistake the file of another process for its own', async () => {
    const path = newLockPath()
    const { link } = fs
    vi.spyOn(fs, 'link').mockImplementation(async (from, to) => {
      if (to === path) await leaveLock(path, {})
      return link(from, to)
    })
    await expect(tryOnce(path)).rejects.toMatchObject({ reason: 'lock_timeout' })
    expect(readLock(path)).toMatchObject({ token: 'left-behind' })
  })

  it('does not mistake a file that replaced its own for its own', async () => {
    vi.spyOn(fs, 'link').mockRejectedValue(Object.assign(new Error('not here'), { code: 'EPERM' }))
    const path = newLockPath()
    const other = JSON.stringify({ token: 'other', pid: process.pid })
    const { open } = fs
    vi.spyOn(fs, 'open').mockImplementation(async (file, flags, mode) => {
      const handle = await open(file, flags, mode)
      if (file === path && flags === 'wx') {
        await fs.unlink(path)
        writeFileSync(path, other)
      }
      return handle
    })
    await expect(tryOnce(path)).rejects.toMatchObject({ reason: 'lock_timeout' })
    expect(readFileSync(path, 'utf8')).toBe(other)
  })

  it("leaves nothing behind when the lock file can't be written", async () => {
    vi.spyOn(fs, 'link').mockRejectedValue(Object.assign(new Error('not here'), { code: 'EPERM' }))
    const path = newLockPath()
    const { open } = fs
    vi.spyOn(fs, 'open').mockImplementation(async (file, flags, mode) => {
      const handle = await open(file, flags, mode)
      if (file === path && flags === 'wx') {
        vi.spyOn(handle, 'writeFile').mockRejectedValue(Object.assign(new Error('full'), { code: 'ENOSPC' }))
      }
      return handle
    })
    await expect(tryOnce(path)).rejects.toMatchObject({ reason: 'lock_failed', cause: { code: 'ENOSPC' } })
    expect(filesBeside(path)).toEqual([])
  })

  it("gets the lock even if its temporary file can't be removed", async () => {
    const path = newLockPath()
    const { unlink } = fs
    vi.spyOn(fs, 'unlink').mockImplementation(async (file) => {
      if (file !== path) throw Object.assign(new Error('not so'), { code: 'EIO' })
      return unlink(file)
    })
    expect(await tryOnce(path)).toBe('mine')
    vi.restoreAllMocks()
    expect(await tryOnce(path)).toBe('mine')
  })

  it('works on a host with an unusual name', async () => {
    vi.spyOn(os, 'hostname').mockReturnValue('Jürgens-Rechner\u001B[2J')
    const path = newLockPath()
    const withLock = createFileLock(path)
    const inside = await withLock(async () => tryOnce(path, 10).catch((error: unknown) => String(error)))
    expect(inside).toContain(`process ${process.pid} on Jürgens-Rechner[2J holds it`)
    expect(filesBeside(path)).toEqual([])
  })

  it.each([
    ['of another holder', '{"token":"other","pid":1,"host":"elsewhere","startedAt":null}'],
    ['that names no holder', 'half-writ'],
  ])('leaves the lock file alone if it was replaced by one %s', async (_, other) => {
    const path = newLockPath()
    const result = await createFileLock(path)(async () => {
      writeFileSync(path, other)
      return 'done'
    })
    expect(result).toBe('done')
    expect(readFileSync(path, 'utf8')).toBe(other)
  })

  it('returns the result of the critical section when the lock file is gone, or is not a file', async () => {
    const path = newLockPath()
    expect(await createFileLock(path)(async () => fs.unlink(path).then(() => 'gone'))).toBe('gone')
    const replace = async (): Promise<string> =>
      fs.unlink(path).then(async () => fs.mkdir(path).then(() => 'folder'))
    expect(await createFileLock(path)(replace)).toBe('folder')
    expect(statSync(path).isDirectory()).toBe(true)
  })

  it('does not mind that the lock file disappears while it is removed', async () => {
    const path = newLockPath()
    const { unlink } = fs
    vi.spyOn(fs, 'unlink').mockImplementation(async (file) => {
      await unlink(file)
      throw Object.assign(new Error('it has gone'), { code: 'ENOENT' })
    })
    expect(await tryOnce(path)).toBe('mine')
    expect(filesBeside(path)).toEqual([])
  })

  it('treats a file that another machine removes during a read as gone', async () => {
    const path = newLockPath()
    await leaveLock(path, {})
    const { open } = fs
    vi.spyOn(fs, 'open').mockImplementationOnce(async (file, flags) => {
      const handle = await open(file, flags)
      await fs.unlink(path)
      const stale = Object.assign(new Error('stale file handle'), { code: 'ESTALE' })
      vi.spyOn(handle, 'read').mockRejectedValue(stale)
      return handle
    })
    expect(await tryOnce(path)).toBe('mine')
  })

  it("fails with the cause when the lock file can't be created", async () => {
    const path = join(temporaryFolder(), 'missing', 'the.lock')
    await expect(createFileLock(path)(async () => 'never')).rejects.toMatchObject({
      code: 'store_failed',
      reason: 'lock_failed',
      message: expect.stringContaining(path),
      cause: { code: 'ENOENT' },
    })
  })

  it("fails when the lock file can't be removed, unless the critical section failed first", async () => {
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

  it.each([0, -1, Number.NaN, Infinity, 2_147_483_648, '5', 5n, null])('refuses timeoutMs: %o', (value) => {
    const timeoutMs = value as number
    expect(() => createFileLock('/tmp/x', { timeoutMs })).toThrow(TypeError)
    expect(() => createFileLock('/tmp/x', { timeoutMs })).toThrow('timeoutMs')
  })

  it.each([undefined, 0.5, 2_147_483_647])('accepts timeoutMs: %o', (timeoutMs) => {
    expect(createFileLock('/tmp/x', { timeoutMs })).toBeTypeOf('function')
  })

  it('refuses an empty path, and invalid options and signals', async () => {
    expect(() => createFileLock('')).toThrow(TypeError)
    expect(() => createFileLock('/tmp/x', null as never)).toThrow('options must be an object')
    const withLock = createFileLock(newLockPath())
    const never = vi.fn<() => Promise<void>>()
    await expect(withLock(never, null as never)).rejects.toThrow('options must be an object')
    await expect(withLock(never, { signal: null as never })).rejects.toThrow('signal must be an AbortSignal')
    await expect(withLock(never, { signal: {} as never })).rejects.toThrow(TypeError)
    expect(never).not.toHaveBeenCalled()
    expect(await withLock(async () => 'mine', { signal: undefined })).toBe('mine')
  })

  it('keeps no file open for writing, so that the disk can become read-only', async () => {
    const open = vi.spyOn(fs, 'open')
    await tryOnce(newLockPath())
    const flags = open.mock.calls.map(([, each]) => each)
    expect(flags.filter((each) => typeof each === 'string')).toEqual(['r'])
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

describe('createFileLock(), with a signal', { timeout: WATCHDOG_MS }, () => {
  it('ends the wait for another process', async () => {
    const path = newLockPath()
    const holder = await startHolder(path)
    const controller = new AbortController()
    const critical = vi.fn<() => Promise<void>>()
    const waiting = createFileLock(path)(critical, { signal: controller.signal })
    await seesLock(path)
    const reason = new Error('Ctrl-C')
    controller.abort(reason)
    await expect(waiting).rejects.toMatchObject({ code: 'aborted', cause: reason })
    expect(critical).not.toHaveBeenCalled()
    expect(readLock(path)['pid']).toBe(holder.process.pid)
    await kill(holder)
    expect(filesBeside(path)).toEqual(['the.lock'])
  })

  it('ends the wait for another call in this process, and keeps the turns of the others', async () => {
    const path = newLockPath()
    const first = newGate()
    const log: string[] = []
    const controller = new AbortController()
    const done = createFileLock(path)(async () => first.passed)
    const late = createFileLock(path)(async () => log.push('late'), { signal: controller.signal })
    const last = createFileLock(path)(async () => log.push('last'))
    controller.abort()
    await expect(late).rejects.toMatchObject({ code: 'aborted', cause: { name: 'AbortError' } })
    expect(log).toEqual([])
    first.pass()
    await Promise.all([done, last])
    expect(log).toEqual(['last'])
  })

  it('does nothing when the signal has already aborted', async () => {
    const path = newLockPath()
    const critical = vi.fn<() => Promise<void>>()
    const signal = AbortSignal.abort('enough')
    await expect(createFileLock(path)(critical, { signal })).rejects.toMatchObject({
      code: 'aborted',
      cause: 'enough',
    })
    expect(critical).not.toHaveBeenCalled()
    expect(await tryOnce(path)).toBe('mine')
  })

  it('does not start, and frees the lock, when it is aborted while the lock is taken', async () => {
    const path = newLockPath()
    const controller = new AbortController()
    const { link } = fs
    vi.spyOn(fs, 'link').mockImplementation(async (from, to) => {
      controller.abort()
      return link(from, to)
    })
    const critical = vi.fn<() => Promise<void>>()
    const { signal } = controller
    await expect(createFileLock(path)(critical, { signal })).rejects.toMatchObject({ code: 'aborted' })
    expect(critical).not.toHaveBeenCalled()
    expect(filesBeside(path)).toEqual([])
  })

  it('does not interrupt the critical section', async () => {
    const controller = new AbortController()
    const work = async (): Promise<string> => {
      controller.abort()
      return 'finished'
    }
    expect(await createFileLock(newLockPath())(work, { signal: controller.signal })).toBe('finished')
  })

  it('leaves no listeners', async () => {
    const path = newLockPath()
    const { signal } = new AbortController()
    const add = vi.spyOn(signal, 'addEventListener')
    const remove = vi.spyOn(signal, 'removeEventListener')
    const withLock = createFileLock(path, { timeoutMs: 100 })
    await withLock(async () => {
      await expect(withLock(async () => 'never', { signal })).rejects.toMatchObject({
        reason: 'lock_timeout',
      })
    })
    await leaveLock(path, {})
    await expect(withLock(async () => 'never', { signal })).rejects.toMatchObject({ reason: 'lock_timeout' })
    expect(add.mock.calls.length).toBeGreaterThan(1)
    expect(remove.mock.calls).toEqual(add.mock.calls)
  })
})

describe('createFileLock(), by many processes', { timeout: DEATHS_MS }, () => {
  it('does not keep a process alive that has nothing left to do', async () => {
    const path = newLockPath()
    const { code, problem } = await startProgram('lock-process.ts', ['idle', '', path]).ended
    expect({ code, problem }).toEqual({ code: 0, problem: '' })
    expect(filesBeside(path)).toEqual(['the.lock'])
    expect(await createFileLock(path)(async () => 'mine')).toBe('mine')
  })

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

  it("doesn't break a lock that another process took meanwhile", async () => {
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

  it('leaves the remains that another process is removing', async () => {
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

  it.each([
    ['a folder', async (path: string) => fs.mkdir(path)],
    ['a symbolic link', async (path: string) => fs.symlink(`${path}-missing`, path)],
    ['a symbolic link', async (path: string) => fs.symlink(path, path)],
    ['a symbolic link', async (path: string) => fs.symlink('/dev/zero', path)],
    ['a socket', async (path: string) => listenAt(path)],
    ['a named pipe (FIFO)', async (path: string) => makePipe(path)],
  ])('refuses at once to use %s', async (kind, put) => {
    const path = newLockPath()
    await put(path)
    const before = statKind(path)
    await expect(createFileLock(path)(async () => 'never')).rejects.toMatchObject({
      code: 'store_failed',
      reason: 'lock_failed',
      message: `${path} can't be used as a lock file: it is ${kind}. Move it away, then try again.`,
      hint: `Run: mv '${path}' '${path}.old'`,
    })
    expect(statKind(path)).toBe(before)
    expect(filesBeside(path)).toEqual(['the.lock'])
  })

  it('refuses at once to use a device', async () => {
    await expect(createFileLock('/dev/null')(async () => 'never')).rejects.toMatchObject({
      reason: 'lock_failed',
      message: "/dev/null can't be used as a lock file: it is a device. Move it away, then try again.",
    })
  })

  it('is not held up by a pipe that replaces the file just before it is opened', async () => {
    const path = newLockPath()
    await leaveLock(path, {})
    const { lstat } = fs
    vi.spyOn(fs, 'lstat').mockImplementationOnce(async (file) => {
      const stats = await lstat(file)
      await fs.unlink(path)
      makePipe(path)
      return stats
    })
    await expect(tryOnce(path)).rejects.toMatchObject({
      reason: 'lock_failed',
      message: expect.stringContaining('a named pipe (FIFO)'),
    })
  })

  it('quotes a path for the shell', async () => {
    const path = join(temporaryFolder(), "it's $HOME.lock")
    await fs.mkdir(path)
    const error = (await tryOnce(path).catch((reason: unknown) => reason)) as AnthropicAuthError
    execFileSync('sh', ['-c', error.hint!.replace('Run: ', '')])
    expect(filesBeside(path)).toEqual(["it's $HOME.lock.old"])
    expect(await tryOnce(path)).toBe('mine')
  })

  it('does not read more of a foreign file than a lock file can hold', async () => {
    const path = newLockPath()
    writeFileSync(path, `{"token":"big","pid":${process.pid},"x":"${'x'.repeat(5_000)}"}`)
    await expect(tryOnce(path)).rejects.toMatchObject({
      reason: 'lock_timeout',
      message: expect.stringContaining('does not say who holds it'),
    })
  })

  it("fails at once with the cause when the file can't be read", async () => {
    const path = newLockPath()
    await leaveLock(path, {})
    vi.spyOn(fs, 'open').mockRejectedValue(Object.assign(new Error('not yours'), { code: 'EACCES' }))
    await expect(createFileLock(path)(async () => 'never')).rejects.toMatchObject({
      code: 'store_failed',
      reason: 'lock_failed',
      cause: { code: 'EACCES' },
    })
  })

  it('breaks that of a process that was killed', async () => {
    const path = newLockPath()
    await kill(await startHolder(path))
    expect(await createFileLock(path)(async () => filesBeside(path))).toEqual(['the.lock'])
  })
})

// Elsewhere, the system does not tell when a process started.
describe.runIf(process.platform === 'linux')('createFileLock(), on Linux', { timeout: WATCHDOG_MS }, () => {
  it('breaks that of an earlier process with the same pid', async () => {
    const path = newLockPath()
    await leaveLock(path, { startedAt: '1' })
    expect(await createFileLock(path)(async () => 'mine')).toBe('mine')
  })

  it('never breaks that of a living process, however old', async () => {
    const path = newLockPath()
    await leaveLock(path, {})
    utimesSync(path, 1, 1)
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

async function tryOnce(path: string, timeoutMs = 1): Promise<string> {
  return createFileLock(path, { timeoutMs })(async () => 'mine')
}

/** Resolves when a waiter has looked at the lock file. */
async function seesLock(path: string): Promise<void> {
  const looks = vi.spyOn(fs, 'lstat')
  await vi.waitUntil(() => looks.mock.calls.some(([file]) => file === path), { timeout: WATCHDOG_MS })
}

async function listenAt(path: string): Promise<void> {
  const server = createServer().listen(path)
  onTestFinished(() => void server.close())
  await once(server, 'listening')
}

function makePipe(path: string): void {
  execFileSync('sh', ['-c', 'mkfifo "$1"', 'sh', path])
}

function statKind(path: string): number {
  return lstatSync(path).mode
}

async function grows(path: string, bytes: number): Promise<void> {
  const { size } = statSync(path)
  await vi.waitUntil(() => statSync(path).size >= size + bytes, { timeout: WATCHDOG_MS, interval: 1 })
}

/** Returns the places in a log at which two living processes are inside at once. */
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
