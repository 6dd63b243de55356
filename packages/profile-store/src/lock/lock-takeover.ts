import { createLockFile, type LockPart, removeLockFile, type TakenLock } from './lock-creation.ts'
import { newLockHolder } from './lock-holder.ts'
import { type FoundLock, readLockFile } from './lock-reading.ts'
import { forgetAbandoned, release } from './lock-release.ts'
import { breakerOf, isStale } from './stale-lock.ts'
import { forgetSighting } from './lock-stillness.ts'

/** Removes a stale lock file. Returns whether it did. */
export async function breakIfStale(part: LockPart, found: FoundLock): Promise<boolean> {
  return (await isStale(part, found)) && breakLock(part, found)
}

/**
 * Removes a stale lock file. First it takes a second lock, named after this one taking of the first, and
 * then it looks again. Otherwise two processes could find the same file, and the slower one could remove the lock that
 * the faster one has just taken.
 */
export async function breakLock(part: LockPart, found: FoundLock): Promise<boolean> {
  const breaker = breakerOf(part, found)
  const right = breaker && (await takeBreaker(breaker))
  if (right === null) return false
  try {
    const now = await readLockFile(part.path)
    if (now?.version !== found.version) return false
    await removeLockFile(part.path)
    forgetSighting(part.path)
    forgetAbandoned(found.token)
    return true
  } finally {
    await release(right)
  }
}

/** Takes the lock of a breaker, and first breaks that of a dead one. */
async function takeBreaker(breaker: LockPart): Promise<TakenLock | null> {
  const found = await readLockFile(breaker.path)
  if (found === null) forgetSighting(breaker.path)
  else if (!(await breakIfStale(breaker, found))) return null
  return createLockFile(breaker, await newLockHolder())
}
