import { AnthropicAuthError } from '@anthropic-auth/core'
import { fileError } from './file-error.ts'
import { readLockFile, release, tryToTake } from './lock-file.ts'
import { type LockHolder, newLockHolder } from './lock-holder.ts'
import { nodeBuiltin } from './node-builtin.ts'
import { takeTurn } from './turn-queue.ts'

/** How to wait for a file lock. */
export interface FileLockOptions {
  /** Milliseconds to wait for the lock; default 60,000. How long it may be held is not bounded by it. */
  readonly timeoutMs?: number | undefined
}

/**
 * Runs `critical` while no other process that uses the same lock file does, and no other caller in this one.
 *
 * @throws AnthropicAuthError `store_failed` with `reason: 'lock_timeout'` when the lock was not free in time, or
 *   `'lock_failed'` when its file can't be written, read or removed; whatever `critical` throws
 */
export type FileLock = <T>(critical: () => Promise<T>) => Promise<T>

/** The largest delay of `setTimeout`; beyond it a timer fires at once. */
const MAX_TIMER_MS = 2_147_483_647
const FIRST_PAUSE_MS = 5
const MAX_PAUSE_MS = 100

/**
 * Mutual exclusion among the processes of one machine, by a file that names its holder. A holder that was killed is
 * noticed by its pid and start time. One that can't be looked at, in another container or on another machine, or on a
 * system that does not tell start times, keeps the lock for at most ten minutes.
 *
 * @param path - the lock file: its folder must be there, and no other program may use it. Not reentrant.
 * @throws TypeError when `path` is empty or `timeoutMs` no finite number above 0
 * @throws AnthropicAuthError `unsupported_runtime` where there are no files
 */
export function createFileLock(path: string, options: FileLockOptions = {}): FileLock {
  const { timeoutMs = 60_000 } = options
  if (typeof path !== 'string' || path === '') throw new TypeError('path must be the path of a lock file')
  if (!Number.isFinite(timeoutMs) || timeoutMs <= 0)
    throw new TypeError('timeoutMs must be a finite number above 0')
  // Now: the working directory can be another one by the time of the call.
  const file = nodeBuiltin('node:path').resolve(path)
  const limitMs = Math.min(timeoutMs, MAX_TIMER_MS)
  return async (critical) => {
    const endsAt = performance.now() + limitMs
    const endTurn = await takeTurn(file, limitMs)
    if (endTurn === null) throw await lockTimeout(file, limitMs)
    try {
      const holder = await take(file, endsAt)
      if (holder === null) throw await lockTimeout(file, limitMs)
      return await runAndRelease(critical, async () => released(file, holder))
    } finally {
      endTurn()
    }
  }
}

/** Tries until the lock is ours; `null` when it is not by the end. */
async function take(path: string, endsAt: number): Promise<LockHolder | null> {
  try {
    const holder = await newLockHolder()
    for (let tries = 0; !(await tryToTake(path, holder)); tries += 1) {
      const leftMs = endsAt - performance.now()
      if (leftMs <= 0) return null
      await new Promise((resolve) => setTimeout(resolve, Math.min(pauseMs(tries), leftMs)))
    }
    return holder
  } catch (error) {
    throw fileError('lock_failed', `The lock file ${path} can't be used`, error)
  }
}

/** Longer after each try, and never the same for two processes. */
function pauseMs(tries: number): number {
  const longest = Math.min(FIRST_PAUSE_MS * 2 ** tries, MAX_PAUSE_MS)
  const [random = 0] = crypto.getRandomValues(new Uint32Array(1))
  return longest * (0.5 + random / 2 ** 33)
}

async function runAndRelease<T>(critical: () => Promise<T>, free: () => Promise<void>): Promise<T> {
  let result: T
  try {
    result = await critical()
  } catch (error) {
    // What went wrong first is what the caller needs to know.
    await free().catch(() => undefined)
    throw error
  }
  await free()
  return result
}

async function released(path: string, holder: LockHolder): Promise<void> {
  await release(path, holder).catch((error: unknown) => {
    throw fileError('lock_failed', `The lock file ${path} can't be removed`, error)
  })
}

async function lockTimeout(path: string, timeoutMs: number): Promise<AnthropicAuthError> {
  const found = await readLockFile(path).catch(() => null)
  const who = found?.holder ? `process ${found.holder.pid} (${found.holder.host}) holds it` : 'it is in use'
  return new AnthropicAuthError('store_failed', `${path} was not free within ${timeoutMs} ms: ${who}`, {
    reason: 'lock_timeout',
    retryable: true,
    hint: 'Wait until that process is done, or end it. Remove the lock file only when no such process runs.',
  })
}
