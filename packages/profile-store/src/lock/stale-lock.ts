import type { LockPart } from './lock-creation.ts'
import { lifeOf } from './lock-holder.ts'
import { type FoundLock, readLockFile } from './lock-reading.ts'
import { isAbandoned } from './lock-release.ts'
import { hasStayedStill } from './lock-stillness.ts'

/** If a breaker is killed, its own lock is broken in turn. More than a few in a row are no accident. */
const MAX_DEPTH = 8

/** Whether the holder of a lock has ended, or has not touched its file for too long. */
export async function isStale(part: LockPart, found: FoundLock): Promise<boolean> {
  if (isAbandoned(found.token)) return true
  const life = found.holder === null ? 'unknown' : await lifeOf(found.holder)
  if (life !== 'unknown') return life === 'dead'
  if (hasStayedStill(part.path, found.version, part.times)) return true
  // The process that came to break it may be dead, too. Watch both at the same time, not one after the other.
  const breaker = breakerOf(part, found)
  const foundBreaker = breaker && (await readLockFile(breaker.path))
  if (breaker && foundBreaker) await isStale(breaker, foundBreaker)
  return false
}

/** Returns the lock that gives the right to break `part`; `null` for files that name each other in a circle. */
export function breakerOf(part: LockPart, { token }: FoundLock): LockPart | null {
  const depth = part.depth + 1
  return depth > MAX_DEPTH ? null : { ...part, path: `${part.root}.${token}.break`, depth }
}
