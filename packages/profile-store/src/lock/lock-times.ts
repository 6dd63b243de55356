/** The times by which to judge a holder whose process can't be looked at. */
export interface LockTimes {
  /** Milliseconds between two touches of the lock file by its holder. */
  readonly touchEveryMs: number
  /** A holder counts as dead when a waiter has watched its file for this long without a change. */
  readonly deadAfterMs: number
  /** The longest time that counts between two looks: in a longer gap, the waiter itself may have been suspended. */
  readonly maxGapMs: number
}

export const LOCK_TIMES: LockTimes = { touchEveryMs: 5_000, deadAfterMs: 30_000, maxGapMs: 1_000 }
