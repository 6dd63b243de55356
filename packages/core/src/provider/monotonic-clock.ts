/** The two clocks differ by rounding and drift; only by more than this has one of them jumped. */
const JUMP_MS = 1000

/**
 * Milliseconds that only go forward: those of the steady clock, which can not be set but may stand still while a machine
 * sleeps, and what the wall clock, which can be set back, has jumped ahead of it.
 */
export class MonotonicClock {
  #wall: number = Date.now()
  #now: number = performance.now()
  #aheadMs: number = this.#wall - this.#now
  #skippedMs = 0

  now(): number {
    const wall = Date.now()
    // Looking at one clock is half the cost of a token that is fresh.
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
