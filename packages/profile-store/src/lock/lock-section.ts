import { AnthropicAuthError } from '@anthropic-auth/core'
import { fileError } from '../files/file-error.ts'
import { lockLost, lockTimeout } from './lock-error.ts'
import type { LockFile, TakenLock } from './lock-creation.ts'
import { newLockHolder } from './lock-holder.ts'
import { type FoundLock, readLockFile } from './lock-reading.ts'
import { release } from './lock-release.ts'
import { tryToTake } from './lock-taking.ts'
import { pause } from './lock-wait.ts'
import { takeTurn } from './turn-queue.ts'

/** The lock, as its critical section can use it. */
export interface LockHold {
  /**
   * Checks that this process still holds the lock. Call it after a long wait and before a step that can't be undone:
   * a suspended process may have lost its lock to a process in another container or on another machine.
   *
   * @throws AnthropicAuthError `store_failed` with `reason: 'lock_lost'` when the lock file is gone or another process
   *   has taken it, or `'lock_failed'` when the file can't be read
   */
  assertHeld(): Promise<void>
}

/** A lock file, and how long to wait for it. */
interface LockWait extends LockFile {
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
}

const FIRST_PAUSE_MS = 5
const MAX_PAUSE_MS = 100

/** Takes the lock, runs `critical` and gives the lock back. */
export async function runLocked<T>(wait: LockWait, critical: (hold: LockHold) => Promise<T>): Promise<T> {
  const { path, timeoutMs, signal } = wait
  const endsAt = performance.now() + timeoutMs
  assertNotAborted(signal)
  const endTurn = await takeTurn(path, timeoutMs, signal)
  if (endTurn === null) throw await notTaken(wait)
  try {
    const taken = await take(wait, endsAt)
    if (taken === null) throw await notTaken(wait)
    return await runAndRelease(taken, async () => {
      assertNotAborted(signal)
      return critical({ assertHeld: async () => assertHeld(taken) })
    })
  } finally {
    endTurn()
  }
}

/** Tries until the lock is ours; `null` when the time is up or the caller has aborted. */
async function take(wait: LockWait, endsAt: number): Promise<TakenLock | null> {
  try {
    const holder = await newLockHolder()
    for (let tries = 0; ; tries += 1) {
      const taken = await tryToTake(wait, holder)
      const leftMs = endsAt - performance.now()
      if (taken !== null || leftMs <= 0) return taken
      await pause(Math.min(pauseMs(tries), leftMs), wait.signal)
      if (wait.signal?.aborted) return null
    }
  } catch (error) {
    throw lockFailed(`The lock file ${wait.path} can't be used`, error)
  }
}

/** Gets longer with each try, and differs between processes. */
function pauseMs(tries: number): number {
  const longest = Math.min(FIRST_PAUSE_MS * 2 ** tries, MAX_PAUSE_MS)
  const [random = 0] = crypto.getRandomValues(new Uint32Array(1))
  return longest * (0.5 + random / 2 ** 33)
}

async function runAndRelease<T>(taken: TakenLock, critical: () => Promise<T>): Promise<T> {
  let result: T
  try {
    result = await critical()
  } catch (error) {
    // The caller needs to know the first error.
    await release(taken).catch(() => undefined)
    throw error
  }
  await release(taken).catch((error: unknown) => {
    throw lockFailed(`The lock file ${taken.path} can't be removed`, error)
  })
  return result
}

async function assertHeld({ path, token, heartbeat }: TakenLock): Promise<void> {
  // A process that watches this one may be about to take it for dead.
  await heartbeat.touch()
  const found = await find(path)
  if (found?.token !== token) throw lockLost(path, found === null)
}

async function find(path: string): Promise<FoundLock | null> {
  return readLockFile(path).catch((error: unknown) => {
    throw lockFailed(`The lock file ${path} can't be read`, error)
  })
}

async function notTaken({ path, timeoutMs, signal }: LockWait): Promise<AnthropicAuthError> {
  if (signal?.aborted) return aborted(signal)
  const found = await readLockFile(path).catch(() => null)
  return lockTimeout(path, timeoutMs, found)
}

function assertNotAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw aborted(signal)
}

function aborted(signal: AbortSignal): AnthropicAuthError {
  return new AnthropicAuthError('aborted', 'The wait for the lock was aborted', {
    cause: signal.reason as unknown,
  })
}

function lockFailed(message: string, error: unknown): AnthropicAuthError {
  return error instanceof AnthropicAuthError ? error : fileError('lock_failed', message, error)
}
