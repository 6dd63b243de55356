import { type AnthropicAuthError, isAnthropicAuthError } from './error.ts'
import type { ForwardClock } from './forward-clock.ts'
import { type GuardedStore, isLockLost } from './guarded-store.ts'
import { nextPause, type Pause } from './refresh-pause.ts'
import type { ProviderEvents } from './token-provider-event.ts'
import type { TokenSet } from './token-set.ts'
import { wait } from './wait.ts'

/** A save that fails is repeated under the lock for so long: until it works, nobody else has the new tokens. */
const REPEAT_MS = 5000
const FIRST_WAIT_MS = 50
const MAX_WAIT_MS = 1000

interface Unsaved {
  /** A login that replaces whatever the store holds. */
  readonly isNewLogin: boolean
  /** The last save failed; `null`: the first one is still to come. */
  readonly pause: Pause | null
}

/** Brings tokens into the store: repeatedly while they are new, then once in each later renewal. */
export class TokenSaver {
  readonly #store: GuardedStore
  readonly #clock: ForwardClock
  readonly #events: ProviderEvents
  /** The store does not hold our tokens yet. */
  #unsaved: Unsaved | null = null

  constructor(store: GuardedStore, clock: ForwardClock, events: ProviderEvents) {
    this.#store = store
    this.#clock = clock
    this.#events = events
  }

  get isNewLogin(): boolean {
    return this.#unsaved?.isNewLogin === true
  }

  /** When a save that has failed is due again; Infinity where none is. */
  get dueAt(): number {
    return this.#unsaved?.pause?.until ?? Infinity
  }

  /** Whether there are new tokens that no save has been tried with. */
  get isUntried(): boolean {
    return this.#unsaved?.pause === null
  }

  addNewLogin(): void {
    this.#unsaved = { isNewLogin: true, pause: null }
  }

  addRefreshed(): void {
    this.#unsaved ??= { isNewLogin: false, pause: null }
  }

  /** The store could not even be locked: the save is due again after a pause. */
  postpone(error: AnthropicAuthError): void {
    if (this.#unsaved?.pause === null) this.#pauseAfter(error)
  }

  /** The store holds our tokens, or other ones that win. */
  drop(): void {
    this.#unsaved = null
  }

  /**
   * Saves `tokens` where that is due.
   *
   * @returns whether it was
   * @throws AnthropicAuthError `store_failed`; another save is due after a pause then
   */
  async save(tokens: TokenSet | null): Promise<boolean> {
    const unsaved = this.#unsaved
    if (unsaved === null || tokens === null) return false
    try {
      if (unsaved.pause === null) await this.#saveRepeatedly(tokens)
      else await this.#saveOnce(tokens)
    } catch (error) {
      // Whoever has lost the lock takes it again at once.
      if (isAnthropicAuthError(error) && !isLockLost(error)) this.#pauseAfter(error)
      throw error
    }
    // A new login may have come meanwhile.
    if (this.#unsaved === unsaved) this.#unsaved = null
    return true
  }

  async #saveRepeatedly(tokens: TokenSet): Promise<void> {
    await repeatedly(this.#clock, async () => this.#saveOnce(tokens), isLockLost)
  }

  async #saveOnce(tokens: TokenSet): Promise<void> {
    try {
      await this.#store.save(tokens)
    } catch (error) {
      if (isAnthropicAuthError(error)) this.#events.emit('save_failed', { tokens, error })
      throw error
    }
    this.#events.emit('saved', { tokens })
  }

  #pauseAfter(error: AnthropicAuthError): void {
    if (this.#unsaved === null) return
    this.#unsaved = { ...this.#unsaved, pause: nextPause(this.#unsaved.pause, error, this.#clock.now()) }
  }
}

/**
 * Tries again and again while nobody else has the tokens that are to be saved.
 *
 * @throws the last error, when the time is over or `isFinal` says that another try is of no use
 */
export async function repeatedly(
  clock: ForwardClock,
  attempt: () => Promise<void>,
  isFinal: (error: unknown) => boolean,
): Promise<void> {
  const endsAt = clock.now() + REPEAT_MS
  for (let waitMs = 0, waitedMs = 0; ; waitMs = nextWait(waitMs)) {
    try {
      return await attempt()
    } catch (error) {
      const isOver = waitedMs + waitMs > REPEAT_MS || clock.now() >= endsAt
      if (isOver || isFinal(error)) throw error
    }
    if (waitMs > 0) await wait(waitMs)
    waitedMs += waitMs
  }
}

function nextWait(waitMs: number): number {
  return waitMs === 0 ? FIRST_WAIT_MS : Math.min(2 * waitMs, MAX_WAIT_MS)
}
