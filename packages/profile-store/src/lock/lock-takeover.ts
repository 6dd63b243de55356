import { createLockFile, type LockPart, removeLockFile, type TakenLock } from './lock-creation.ts'
import { lifeOf, newLockHolder } from './lock-holder.ts'
import { type FoundLock, readLockFile } from './lock-reading.ts'
import { forgetAbandoned, isAbandoned, release } from './lock-release.ts'
import { forgetSighting, hasStayedStill } from './lock-stillness.ts'

/** If a breaker is killed, its own lock is broken in turn. More than a few in a row are no accident. */
const MAX_DEPTH = 8

/** Removes a lock file that was left behind. Returns whether it did. */
export async function breakIfLeftBehind(part: LockPart, found: FoundLock): Promise<boolean> {
  return (await isLeftBehind(part, found)) && breakLock(part, found)
}

/** Whether the holder of a lock has ended, or has not touched its file for too long. */
export async function isLeftBehind(part: LockPart, found: FoundLock): Promise<boolean> {
  if (isAbandoned(found.token)) return true
  const life = found.holder === null ? 'unknown' : await lifeOf(found.holder)
  if (life !== 'unknown') return life === 'dead'
  if (hasStayedStill(part.path, found.version, part.times)) return true
  // The process that came to break it may be dead, too. Watch both at the same time, not one after the other.
  const breaker = breakerOf(part, found)
  const foundBreaker = breaker && (await readLockFile(breaker.path))
  if (breaker && foundBreaker) await isLeftBehind(breaker, foundBreaker)
  return false
}

/**
 * Removes a lock file that was left behind. First it takes a second lock, named after this one taking of the first, and
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

/** Returns the lock that gives the right to break `part`; `null` for files that name each other in a circle. */
function breakerOf(part: LockPart, { token }: FoundLock): LockPart | null {
  const depth = part.depth + 1
  return depth > MAX_DEPTH ? null : { ...part, path: `${part.root}.${token}.break`, depth }
}

/** Takes the lock of a breaker, and first breaks that of a dead one. */
async function takeBreaker(breaker: LockPart): Promise<TakenLock | null> {
  const found = await readLockFile(breaker.path)
  if (found === null) forgetSighting(breaker.path)
  else if (!(await breakIfLeftBehind(breaker, found))) return null
  return createLockFile(breaker, await newLockHolder())
}
