/** The two clocks drift apart a little. A larger difference means that one of them has jumped. */
const JUMP_MS = 1000

/**
 * A clock that only goes forward, also while the machine sleeps. `performance.now()` may stand still during sleep, and
 * `Date.now()` can be set back. So this clock follows `performance.now()`, and adds each forward jump of `Date.now()`.
 */
export class MonotonicClock {
  #wall: number = Date.now()
  #now: number = performance.now()
  #aheadMs: number = this.#wall - this.#now
  #skippedMs = 0

  now(): number {
    const wall = Date.now()
    // Most calls find a fresh token. Reading only one clock makes them twice as fast.
    if (wall !== this.#wall) this.#advance(wall)
    return this.#now
  }

  #advance(wall: number): void {
    const steady = performance.now()
    const jumpMs = wall - steady - this.#aheadMs
    if (Math.abs(jumpMs) > JUMP_MS) {
      this.#skippedMs += Math.max(0, jumpMs)
      this.#aheadMs += jumpMs
    }
    this.#wall = wall
    this.#now = steady + this.#skippedMs
  }
}
