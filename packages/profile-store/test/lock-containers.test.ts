import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { utimes } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import {
  type Cleanup,
  containersProblem,
  type LockProcess,
  newFolder,
  startLockProcess,
} from './lock-container.ts'

const WATCHDOG_MS = 300_000
/** A time after which the holder of a lock counts as dead. */
const LONG_WAIT_MS = 40_000
const problem = process.platform === 'linux' ? containersProblem() : 'there are containers only on Linux'

/** The output of `take` of `lock-process.ts`. */
interface Taken {
  readonly waitedMs?: number
  readonly reason?: string
  readonly message?: string
  readonly hint?: string
}

// The tests use the real times, so they run at the same time.
describe.concurrent('createFileLock(), by processes in containers', { timeout: WATCHDOG_MS }, () => {
  it('frees the lock of a killed container within 35 seconds', async ({ onTestFinished, skip }) => {
    if (problem !== null) skip(problem)
    const cleanup = { onTestFinished }
    const path = await leaveLock(cleanup, true)
    const { waitedMs } = await take(path, 60_000, cleanup, true)
    expect(waitedMs).toBeGreaterThan(29_000)
    expect(waitedMs).toBeLessThan(35_000)
    expect(readdirSync(join(path, '..'))).toEqual([])
  })

  it('waits for a living container that holds the lock', async ({ onTestFinished, skip }) => {
    if (problem !== null) skip(problem)
    const cleanup = { onTestFinished }
    const { path } = await startHolder(cleanup, true)
    const before = readFileSync(path, 'utf8')
    const [inside, beside] = await Promise.all([
      take(path, LONG_WAIT_MS, cleanup, true),
      take(path, LONG_WAIT_MS, cleanup, false),
    ])
    for (const { reason, message, hint } of [inside, beside]) {
      expect(reason).toBe('lock_timeout')
      expect(message).toContain('process 1 on ')
      expect(message).toContain('in another container or on another machine')
      expect(hint).toContain('end it there')
    }
    expect(readFileSync(path, 'utf8')).toBe(before)
  })

  it('frees at once the lock of a process that was killed in the same container', async ({
    onTestFinished,
  }) => {
    const cleanup = { onTestFinished }
    const path = await leaveLock(cleanup, false)
    const { waitedMs } = await take(path, 20_000, cleanup, false)
    expect(waitedMs).toBeLessThan(20_000)
  })

  it('never breaks the lock of a stopped process in the same container', async ({ onTestFinished, skip }) => {
    if (process.platform !== 'linux') skip('only Linux says when a process started')
    const cleanup = { onTestFinished }
    const { path, holder } = await startHolder(cleanup, false)
    holder.kill('SIGSTOP')
    const { reason, hint } = await take(path, LONG_WAIT_MS, cleanup, false)
    expect(reason).toBe('lock_timeout')
    expect(hint).toContain('kill -CONT')
  })

  it('waits for a machine with the same name that touches its file every five seconds', async ({
    onTestFinished,
  }) => {
    const cleanup = { onTestFinished }
    const { path } = await startHolder(cleanup, false)
    // The holder keeps touching the file, which now says that it runs elsewhere.
    const lock = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
    const text = JSON.stringify({ ...lock, machine: '11111111-2222-3333-4444-555555555555' })
    writeFileSync(path, text)
    await utimes(path, 1, 1)
    expect(await take(path, LONG_WAIT_MS, cleanup, false)).toMatchObject({ reason: 'lock_timeout' })
    expect(readFileSync(path, 'utf8')).toBe(text)
  })
})

/** Starts a process that holds a new lock. */
async function startHolder(
  cleanup: Cleanup,
  isContained: boolean,
): Promise<{ readonly path: string; readonly holder: LockProcess }> {
  const path = join(newFolder(cleanup), 'the.lock')
  const holder = startLockProcess(['hold', '', path], { isContained, cleanup })
  await holder.began
  return { path, holder }
}

/** Returns the path of a lock whose holder was killed. */
async function leaveLock(cleanup: Cleanup, isContained: boolean): Promise<string> {
  const { path, holder } = await startHolder(cleanup, isContained)
  holder.kill('SIGKILL')
  await holder.output
  return path
}

/** Takes the lock in a new process. */
async function take(path: string, timeoutMs: number, cleanup: Cleanup, isContained: boolean): Promise<Taken> {
  const { output } = startLockProcess(['take', String(timeoutMs), path], { isContained, cleanup })
  return JSON.parse((await output).slice('.'.length)) as Taken
}
