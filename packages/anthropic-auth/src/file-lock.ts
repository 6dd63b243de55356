import { type LockHold, runLocked } from './lock-section.ts'
import { LOCK_TIMES } from './lock-times.ts'
import { nodeBuiltin } from './node-builtin.ts'

export type { LockHold } from './lock-section.ts'

/** How to wait for a file lock. */
export interface FileLockOptions {
  /**
   * Milliseconds to wait for the lock, at most 2,147,483,647. How long it may be held is not bounded by it. The lock of
   * a dead process in another container or on another machine is free after 30 seconds of waiting: with less, a process
   * gets it only at a later call, since what it has seen adds up.
   *
   * @default 60_000
   */
  readonly timeoutMs?: number | undefined
}

/** How to wait in one call. */
export interface FileLockCallOptions {
  /** Ends the wait for the lock. The critical section is not interrupted by it. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Runs `critical` while no other process that uses the same lock file does, and no other caller in this one.
 *
 * @throws AnthropicAuthError `store_failed` with `reason: 'lock_timeout'` when the lock was not free in time, or
 *   `'lock_failed'` when its file can't be written, read or removed; `aborted`; whatever `critical` throws
 */
export type FileLock = <T>(
  critical: (hold: LockHold) => Promise<T>,
  options?: FileLockCallOptions,
) => Promise<T>

/** The largest delay of `setTimeout`; beyond it a timer fires at once. */
const MAX_TIMER_MS = 2_147_483_647

/**
 * Creates a lock for all processes that use the same file: it names the process that holds the lock, and is gone when
 * nobody does.
 *
 * A process that has ended loses the lock at once, one that is suspended keeps it. On macOS and Windows, and for
 * processes in another container or on another machine, only a process that is known to have ended loses it at once.
 * Otherwise the holder has to touch the file, which happens every five seconds by itself; after 30 seconds without a
 * touch a waiting process takes over. A holder that was suspended meanwhile finds out by `assertHeld()`.
 *
 * @param path - the lock file: its folder must be there, and no other program may use it. Not reentrant.
 * @throws TypeError when `path` is empty, or `timeoutMs` is not above 0 and at most 2,147,483,647
 * @throws AnthropicAuthError `unsupported_runtime` where there are no files
 */
export function createFileLock(path: string, options: FileLockOptions = {}): FileLock {
  assertOptions(options)
  const { timeoutMs = 60_000 } = options
  if (typeof path !== 'string' || path === '') throw new TypeError('path must be the path of a lock file')
  if (!isTimeout(timeoutMs)) {
    throw new TypeError(`timeoutMs must be a number above 0 and at most ${MAX_TIMER_MS}`)
  }
  // Now: the working directory can be another one by the time of the call.
  const file = nodeBuiltin('node:path').resolve(path)
  return async (critical, callOptions = {}) => {
    assertOptions(callOptions)
    const { signal } = callOptions
    assertSignal(signal)
    return runLocked({ path: file, times: LOCK_TIMES, timeoutMs, signal }, critical)
  }
}

function isTimeout(value: unknown): boolean {
  return typeof value === 'number' && value > 0 && value <= MAX_TIMER_MS
}

function assertOptions(options: unknown): void {
  if (typeof options !== 'object' || options === null) throw new TypeError('options must be an object')
}

function assertSignal(signal: AbortSignal | undefined | null): void {
  if (signal === undefined || typeof signal?.aborted === 'boolean') return
  throw new TypeError('signal must be an AbortSignal')
}
