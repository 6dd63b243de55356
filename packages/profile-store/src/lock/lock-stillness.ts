import type { LockTimes } from './lock-times.ts'

interface Sighting {
  readonly version: string
  readonly seenAt: number
  readonly stillMs: number
}

/** Far more files than are watched at once. The file with the oldest last look is dropped first. */
const MAX_SIGHTINGS = 256

/** By path. They are kept between calls, so that callers with a short `timeoutMs` also get the lock in the end. */
const sightings = new Map<string, Sighting>()

/**
 * Notes how a file looks now. Returns whether this process has watched it for so long without a change that its
 * holder counts as dead. Only the clock of this process is used, since the clocks of two machines differ.
 *
 * @param version - differs when the file has changed since
 * @param now - milliseconds of a clock that never goes back
 */
export function hasStayedStill(
  path: string,
  version: string,
  { deadAfterMs, maxGapMs }: LockTimes,
  now: number = performance.now(),
): boolean {
  const last = sightings.get(path)
  const stillMs = last?.version === version ? last.stillMs + Math.min(now - last.seenAt, maxGapMs) : 0
  // Delete it first, so that it becomes the newest entry of the map.
  sightings.delete(path)
  sightings.set(path, { version, seenAt: now, stillMs })
  if (sightings.size > MAX_SIGHTINGS) forgetOldest()
  return stillMs >= deadAfterMs
}

/** Forgets a file that is gone. */
export function forgetSighting(path: string): void {
  sightings.delete(path)
}

function forgetOldest(): void {
  for (const path of sightings.keys()) {
    sightings.delete(path)
    return
  }
}
