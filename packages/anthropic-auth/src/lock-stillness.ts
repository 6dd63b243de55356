import type { LockTimes } from './lock-times.ts'

interface Sighting {
  readonly version: string
  readonly seenAt: number
  readonly stillMs: number
}

/** More files than are ever watched at a time; those that nobody came back to go first. */
const MAX_SIGHTINGS = 256

/** By path. It outlives a call, so that callers with a short `timeoutMs` come to an end, too. */
const sightings = new Map<string, Sighting>()

/**
 * Notes how a file looks now, and whether this process has watched it for long enough without a change to take its
 * holder for dead. The clock of this process alone counts: those of two machines differ.
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
  // Anew, to be the newest in the order of the map.
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
