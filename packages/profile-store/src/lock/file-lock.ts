import { assertSignal, MAX_TIMER_MS, readOptions } from '@anthropic-auth/core/internal'
import { type LockHold, runLocked } from './lock-section.ts'
import { LOCK_TIMES } from './lock-times.ts'
import { nodeBuiltin } from '../files/node-builtin.ts'

export type { LockHold } from './lock-section.ts'

/** How to wait for a file lock. */
export interface FileLockOptions {
  /**
   * Milliseconds to wait for the lock, at most 2,147,483,647. It does not limit how long the lock may be held. It
   * takes 30 seconds of waiting to take over the lock of a dead process in another container or on another machine.
   * With a shorter timeout, the waiting times of several calls add up.
   *
   * @default 60_000
   */
  readonly timeoutMs?: number | undefined
}

/** How to wait in one call. */
export interface FileLockCallOptions {
  /** Ends the wait for the lock. It does not interrupt the critical section. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Runs `critical` while no other process, and no other caller in this one, holds a lock with the same file.
 *
 * @throws AnthropicAuthError `store_failed` with `reason: 'lock_timeout'` when the lock was not free in time, or
 *   `'lock_failed'` when its file can't be written, read or removed; `aborted`; whatever `critical` throws
 */
export type FileLock = <T>(
  critical: (hold: LockHold) => Promise<T>,
  options?: FileLockCallOptions,
) => Promise<T>

/**
 * Creates a lock for all processes that use the same file. The file names the process that holds the lock, and is
 * removed when the lock is free.
 *
 * On Linux, a process on the same machine and in the same container keeps the lock as long as it lives, even while it
 * is suspended, and loses it at once when it ends. On macOS and Windows, and for processes in another container or on
 * another machine, the holder also has to touch the file, which happens automatically every five seconds. After 30
 * seconds without a touch, a waiting process takes the lock over, or at once if it is sure that the holder has ended.
 * A holder that was suspended that long finds out from `assertHeld()`.
 *
 * @param path - the lock file: its folder must be there, and no other program may use it. Not reentrant.
 * @throws TypeError when `path` is empty, or `timeoutMs` is not above 0 and at most 2,147,483,647
 * @throws AnthropicAuthError `unsupported_runtime` where there are no files
 */
export function createFileLock(path: string, options: FileLockOptions = {}): FileLock {
  const { timeoutMs = 60_000 } = readOptions(options)
  if (typeof path !== 'string' || path === '') throw new TypeError('path must be the path of a lock file')
  if (!isTimeout(timeoutMs)) {
    throw new TypeError(`timeoutMs must be a number above 0 and at most ${MAX_TIMER_MS}`)
  }
  // Now: the working directory can be another one by the time of the call.
  const file = nodeBuiltin('node:path').resolve(path)
  return async (critical, callOptions = {}) => {
    const { signal } = readOptions(callOptions)
    assertSignal(signal)
    return runLocked({ path: file, times: LOCK_TIMES, timeoutMs, signal }, critical)
  }
}

function isTimeout(value: unknown): boolean {
  return typeof value === 'number' && value > 0 && value <= MAX_TIMER_MS
}
