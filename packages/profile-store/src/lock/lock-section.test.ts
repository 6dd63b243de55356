import fs from 'node:fs/promises'
import { existsSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { startProgram } from '../../test/child-program.ts'
import {
  SHORT_TIMES,
  filesBeside,
  kill,
  leaveDeadLock,
  leaveForeignLock,
  leaveLock,
  newLockPath,
  readLock,
  startHolder,
} from '../../test/lock-leftovers.ts'
import { type LockHold, runLocked } from './lock-section.ts'
import type { LockTimes } from './lock-times.ts'

const WATCHDOG_MS = 60_000
/** Three times as long as it takes to find a holder dead. */
const LONG_WAIT_MS = 3 * SHORT_TIMES.deadAfterMs
const SHORT_ENV = { ...process.env, LOCK_TIMES: JSON.stringify(SHORT_TIMES) }

afterEach(() => {
  vi.restoreAllMocks()
})

describe('runLocked(), at the lock of a process elsewhere', { timeout: WATCHDOG_MS }, () => {
  it('waits for a holder that touches its file, on a machine with the same name', async () => {
    const path = newLockPath()
    const lock = await leaveForeignLock(path)
    keepTouching(path)
    await expect(take(path, LONG_WAIT_MS)).rejects.toMatchObject({
      reason: 'lock_timeout',
      retryable: true,
      message: expect.stringContaining(`process ${process.pid} on `),
      hint: expect.stringContaining('30 seconds'),
    })
    expect(readLock(path)).toEqual(lock)
  })

  it("breaks the lock of a holder that doesn't", async () => {
    const path = newLockPath()
    await leaveForeignLock(path)
    await expect(take(path, SHORT_TIMES.deadAfterMs / 2)).rejects.toMatchObject({ reason: 'lock_timeout' })
    expect(await take(path)).toBe('mine')
    expect(filesBeside(path)).toEqual([])
  })

  it.each([0, 1, 4_102_444_800])('ignores when the file was written: %d', async (seconds) => {
    const path = newLockPath()
    await leaveForeignLock(path)
    utimesSync(path, seconds, seconds)
    await expect(take(path, SHORT_TIMES.deadAfterMs / 2)).rejects.toMatchObject({ reason: 'lock_timeout' })
    expect(await take(path)).toBe('mine')
  })

  it('gets the lock after several calls that are each too short to find the holder dead', async () => {
    const path = newLockPath()
    await leaveForeignLock(path)
    const takeSoon = async (): Promise<string> => take(path, SHORT_TIMES.deadAfterMs / 8)
    expect(await vi.waitFor(takeSoon, { timeout: WATCHDOG_MS, interval: 1 })).toBe('mine')
  })

  it('watches a dead holder and a dead breaker of its lock at the same time', async () => {
    const path = newLockPath()
    // Each look counts as at most a millisecond, so it takes 20 looks after the first, however slow the machine is.
    const times = { touchEveryMs: 50, deadAfterMs: 20, maxGapMs: 1 }
    await leaveForeignLock(path, { token: 'first' })
    await leaveForeignLock(`${path}.first.break`, { token: 'second' })
    await leaveForeignLock(`${path}.second.break`, { token: 'third' })
    const looks = vi.spyOn(fs, 'lstat')
    expect(await runLocked({ path, times, timeoutMs: WATCHDOG_MS }, async () => 'mine')).toBe('mine')
    const files = looks.mock.calls.map(([file]) => file)
    expect(files).toContain(`${path}.second.break`)
    // One after the other, it would take 60 looks.
    expect(files.filter((file) => file === path).length).toBeLessThan(40)
    expect(filesBeside(path)).toEqual([])
  })

  it.each(['', '{', '{}', '{"token":"', '\0'.repeat(300), 'of another program'])(
    'judges a file that names no holder, %o, by the same rule',
    async (text) => {
      const path = newLockPath()
      writeFileSync(path, text)
      keepTouching(path, LONG_WAIT_MS)
      await expect(take(path, LONG_WAIT_MS / 2)).rejects.toMatchObject({
        reason: 'lock_timeout',
        message: expect.stringContaining('does not say who holds it'),
      })
      expect(readFileSync(path, 'utf8')).toBe(text)
      expect(await take(path)).toBe('mine')
      expect(filesBeside(path)).toEqual([])
    },
  )

  it('does not break a lock that was touched just before', async () => {
    const path = newLockPath()
    const lock = await leaveForeignLock(path, { token: 'late' })
    const { link } = fs
    let touches = 0
    vi.spyOn(fs, 'link').mockImplementation(async (from, to) => {
      if (to === `${path}.late.break`) utimesSync(path, 1_000, 1_000 + (touches += 1))
      return link(from, to)
    })
    await expect(take(path, LONG_WAIT_MS)).rejects.toMatchObject({ reason: 'lock_timeout' })
    expect(touches).toBeGreaterThan(0)
    expect(readLock(path)).toEqual(lock)
  })

  it('does not mistake its own suspension for the death of the holder', async () => {
    const path = newLockPath()
    await leaveForeignLock(path)
    const times = { touchEveryMs: 50, deadAfterMs: 1_000, maxGapMs: 100 }
    const waiter = startProgram('lock-process.ts', ['look', '60000', path], {
      ...process.env,
      LOCK_TIMES: JSON.stringify(times),
    })
    await waiter.began
    waiter.process.kill('SIGSTOP')
    await new Promise((resolve) => setTimeout(resolve, 2 * times.deadAfterMs))
    waiter.process.kill('SIGCONT')
    const { output } = await waiter.ended
    // Each look counts as at most 100 ms, so it takes ten after the first.
    expect(output).toMatch(/^\.{11,}\{"waitedMs"/)
  })

  it('gives up on files that name each other in a circle', async () => {
    const path = newLockPath()
    await leaveDeadLock(path)
    const dead = readLock(path)
    writeFileSync(path, JSON.stringify({ ...dead, token: 'round' }))
    writeFileSync(`${path}.round.break`, JSON.stringify({ ...dead, token: 'about' }))
    writeFileSync(`${path}.about.break`, JSON.stringify({ ...dead, token: 'round' }))
    await expect(take(path, 1)).rejects.toMatchObject({ reason: 'lock_timeout' })
  })
})

// Other systems don't say when a process started.
describe.runIf(process.platform === 'linux')('runLocked(), on Linux', { timeout: WATCHDOG_MS }, () => {
  it('never breaks the lock of a stopped process of its own namespace', async () => {
    const path = newLockPath()
    const holder = await startHolder(path, SHORT_ENV)
    holder.process.kill('SIGSTOP')
    await expect(take(path, LONG_WAIT_MS)).rejects.toMatchObject({
      reason: 'lock_timeout',
      hint: expect.stringContaining(`kill -CONT ${holder.process.pid}`),
    })
    expect(readLock(path)['pid']).toBe(holder.process.pid)
    await kill(holder)
    expect(await take(path)).toBe('mine')
  })

  it('never breaks the lock of a living process whose file is not touched', async () => {
    const path = newLockPath()
    await leaveLock(path, {})
    await expect(take(path, LONG_WAIT_MS)).rejects.toMatchObject({
      reason: 'lock_timeout',
      hint: expect.stringContaining("can't be taken again inside itself"),
    })
  })
})

describe('runLocked(), with files that others left', { timeout: WATCHDOG_MS }, () => {
  it('removes files of dead processes, but none of living ones, of other programs, or of the file next to the lock', async () => {
    const path = newLockPath()
    const kept = [
      'the.json.0123.4567.tmp',
      'the.json.0f6d1c1e-7b52-4a0a-8f0e-0a4c5a4c8a55.probe',
      'the.lock.0f6d1c1e-7b52-4a0a-8f0e-0a4c5a4c8a55.probe',
      'the.lock.0123.4567.tmp',
      'the.lock-count',
      'the.lock.bak',
      'the.locked.left.tmp',
      'other.lock.left.tmp',
    ]
    for (const name of kept) await leaveDeadLock(path.replace('the.lock', name))
    await leaveLock(`${path}.alive.tmp`, {})
    await leaveLock(`${path}.alive.break`, {})
    await leaveForeignLock(`${path}.foreign.tmp`)
    await leaveForeignLock(`${path}.foreign.break`)
    writeFileSync(`${path}.half.tmp`, '{"token":"ha')
    for (const name of ['empty.tmp', 'empty.break']) {
      writeFileSync(`${path}.${name}`, '')
      utimesSync(`${path}.${name}`, 1, 1)
    }
    await fs.mkdir(`${path}.folder.tmp`)
    const others = filesBeside(path)
    await leaveDeadLock(`${path}.dead.tmp`)
    await leaveDeadLock(`${path}.dead.break`)
    await leaveDeadLock(path)
    expect(await take(path)).toBe('mine')
    expect(filesBeside(path)).toEqual(others)
  })

  it('removes files that stay untouched for long enough', async () => {
    const path = newLockPath()
    await leaveForeignLock(`${path}.foreign.tmp`)
    await leaveForeignLock(`${path}.foreign.break`)
    writeFileSync(`${path}.half.tmp`, '{"token":"ha')
    const breakOnce = async (): Promise<void> => {
      await leaveDeadLock(path)
      await take(path)
      expect(filesBeside(path)).toEqual([])
    }
    await expect(breakOnce()).rejects.toThrow('the.lock.foreign.break')
    await vi.waitFor(breakOnce, { timeout: WATCHDOG_MS, interval: 10 })
  })
})

describe("runLocked(), when the lock file can't be removed", { timeout: WATCHDOG_MS }, () => {
  it.each(['unlink', 'open'] as const)('tries again after one failed %s', async (name) => {
    const path = newLockPath()
    const run = async (): Promise<string> => {
      vi.spyOn(fs, name).mockRejectedValueOnce(Object.assign(new Error('not now'), { code: 'EIO' }))
      return 'done'
    }
    expect(await runLocked({ path, times: SHORT_TIMES, timeoutMs: WATCHDOG_MS }, run)).toBe('done')
    expect(filesBeside(path)).toEqual([])
  })

  it.each(['unlink', 'open'] as const)(
    'does not block itself after repeated failures of %s',
    async (name) => {
      const path = newLockPath()
      const times = { ...SHORT_TIMES, touchEveryMs: 600_000 }
      await failToRelease(path, name, times)
      vi.restoreAllMocks()
      expect(await take(path)).toBe('mine')
      expect(filesBeside(path)).toEqual([])
    },
  )

  it('does not block other processes for long', async () => {
    const path = newLockPath()
    await failToRelease(path, 'unlink', SHORT_TIMES)
    expect(filesBeside(path)).toEqual(['the.lock'])
    vi.restoreAllMocks()
    const { output } = await startProgram('lock-process.ts', ['take', '60000', path]).ended
    expect(output).toContain('waitedMs')
  })

  it('leaves the file of its successor alone', async () => {
    const path = newLockPath()
    const successor = '{"token":"of-the-successor","pid":1}'
    await failToRelease(path, 'unlink', SHORT_TIMES)
    writeFileSync(path, successor)
    vi.restoreAllMocks()
    const stop = vi.spyOn(globalThis, 'clearInterval')
    await vi.waitUntil(() => stop.mock.calls.length > 0, { timeout: WATCHDOG_MS })
    expect(readFileSync(path, 'utf8')).toBe(successor)
  })
})

describe('assertHeld()', { timeout: WATCHDOG_MS }, () => {
  it('resolves while the lock is held, and touches the file', async () => {
    await holding(async ({ assertHeld }, path) => {
      utimesSync(path, 1, 1)
      expect(await assertHeld()).toBeUndefined()
      expect((await fs.stat(path)).mtimeMs).toBeGreaterThan(1_000)
    })
  })

  it('rejects when the lock file is gone', async () => {
    await holding(async ({ assertHeld }, path) => {
      await fs.unlink(path)
      await expect(assertHeld()).rejects.toMatchObject({
        code: 'store_failed',
        reason: 'lock_lost',
        retryable: true,
        message: expect.stringContaining(path),
      })
    })
  })

  it.each(['', '{"token":"other","pid":1}'])('rejects when the file says %o', async (text) => {
    const path = await holding(async ({ assertHeld }, lockPath) => {
      await fs.unlink(lockPath)
      writeFileSync(lockPath, text)
      await expect(assertHeld()).rejects.toMatchObject({ reason: 'lock_lost', retryable: true })
    })
    expect(readFileSync(path, 'utf8')).toBe(text)
  })

  it('rejects when this process has lost the lock and taken it again', async () => {
    await holding(async ({ assertHeld }, path) => {
      await leaveLock(path, {})
      await expect(assertHeld()).rejects.toMatchObject({ reason: 'lock_lost' })
    })
  })

  it.each(['EACCES', 'EIO'])("rejects for another reason when the file can't be read: %s", async (code) => {
    await holding(async ({ assertHeld }, path) => {
      const open = vi.spyOn(fs, 'open').mockRejectedValue(Object.assign(new Error('not so'), { code }))
      await expect(assertHeld()).rejects.toMatchObject({
        code: 'store_failed',
        reason: 'lock_failed',
        message: expect.stringContaining(path),
        cause: { code },
      })
      open.mockRestore()
    })
  })

  it('rejects when something else is in its place', async () => {
    await holding(async ({ assertHeld }, path) => {
      await fs.unlink(path)
      await fs.mkdir(path)
      await expect(assertHeld()).rejects.toMatchObject({ reason: 'lock_failed' })
    })
  })

  it('rejects after the release', async () => {
    let kept: LockHold | undefined
    await holding(async (hold) => {
      kept = hold
    })
    await expect(kept?.assertHeld()).rejects.toMatchObject({ reason: 'lock_lost' })
  })

  it('rejects when a process elsewhere has taken the lock of a holder that wakes up', async () => {
    const path = newLockPath()
    const gate = newGate()
    const held = newGate()
    // Touches nothing for a minute, as if it were stopped.
    const slow = { ...SHORT_TIMES, touchEveryMs: 60_000 }
    const sleeper = runLocked({ path, times: slow, timeoutMs: WATCHDOG_MS }, async ({ assertHeld }) => {
      writeFileSync(path, JSON.stringify({ ...readLock(path), machine: 'another-machine' }))
      held.pass()
      await gate.passed
      return assertHeld().catch((error: unknown) => error)
    })
    await held.passed
    const successor = await startHolder(path, SHORT_ENV)
    gate.pass()
    expect(await sleeper).toMatchObject({ reason: 'lock_lost', retryable: true })
    expect(readLock(path)['pid']).toBe(successor.process.pid)
    await kill(successor)
  })
})

async function take(path: string, timeoutMs = WATCHDOG_MS): Promise<string> {
  return runLocked({ path, times: SHORT_TIMES, timeoutMs }, async () => 'mine')
}

/** Takes the lock, makes its release fail, and makes `name` fail from then on. */
async function failToRelease(path: string, name: 'unlink' | 'open', times: LockTimes): Promise<void> {
  const fail = async (): Promise<void> => {
    vi.spyOn(fs, name).mockRejectedValue(Object.assign(new Error('not now'), { code: 'EMFILE' }))
  }
  await expect(runLocked({ path, times, timeoutMs: WATCHDOG_MS }, fail)).rejects.toMatchObject({
    code: 'store_failed',
    reason: 'lock_failed',
    cause: { code: 'EMFILE' },
  })
}

/** Runs `test` in a critical section of a new lock, and returns its path. */
async function holding(test: (hold: LockHold, path: string) => Promise<void>): Promise<string> {
  const path = newLockPath()
  await runLocked({ path, times: SHORT_TIMES, timeoutMs: WATCHDOG_MS }, async (hold) => {
    expect(existsSync(path)).toBe(true)
    await test(hold, path)
  })
  return path
}

/** Touches the file as a living holder does, for `durationMs` or until the end of the test. */
function keepTouching(path: string, durationMs = Infinity): void {
  const startedAt = performance.now()
  let seconds = 1_000
  const timer = setInterval(() => {
    if (performance.now() - startedAt > durationMs || !existsSync(path)) clearInterval(timer)
    else utimesSync(path, (seconds += 1), seconds)
  }, 10)
  onTestFinished(() => clearInterval(timer))
}

function newGate(): { passed: Promise<void>; pass: () => void } {
  let pass!: () => void
  const passed = new Promise<void>((resolve) => (pass = resolve))
  return { passed, pass }
}
