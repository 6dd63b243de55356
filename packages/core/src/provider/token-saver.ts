import { type AnthropicAuthError, isAnthropicAuthError } from '../error/error.ts'
import type { TokenSet } from '../token/token-set.ts'
import { type GuardedStore, isLockLost } from './guarded-store.ts'
import type { MonotonicClock } from './monotonic-clock.ts'
import { nextPause, type Pause } from './failure-pause.ts'
import type { ProviderEvents } from './token-provider-event.ts'
import { wait } from './wait.ts'

/** How long a failed save is repeated under the lock. Until it succeeds, only this process has the new tokens. */
const REPEAT_MS = 5000
const FIRST_WAIT_MS = 50
const MAX_WAIT_MS = 1000

interface Unsaved {
  /** Whether this is a new login, which replaces whatever the store holds. */
  readonly isNewLogin: boolean
  /** The pause after the last failed save; `null` before the first save. */
  readonly pause: Pause | null
}

/** Saves tokens to the store. If that fails for 5 s, later refreshes try it again, once each. */
export class TokenSaver {
  readonly #store: GuardedStore
  readonly #clock: MonotonicClock
  readonly #events: ProviderEvents
  /** Set while the store doesn't hold our tokens. */
  #unsaved: Unsaved | null = null

  constructor(store: GuardedStore, clock: MonotonicClock, events: ProviderEvents) {
    this.#store = store
    this.#clock = clock
    this.#events = events
  }

  get isNewLogin(): boolean {
    return this.#unsaved?.isNewLogin === true
  }

  /** When a failed save is due again; Infinity if there is none. */
  get dueAt(): number {
    return this.#unsaved?.pause?.until ?? Infinity
  }

  /** Whether there are new tokens, and no save has been tried yet. */
  get isUntried(): boolean {
    return this.#unsaved?.pause === null
  }

  addNewLogin(): void {
    this.#unsaved = { isNewLogin: true, pause: null }
  }

  addRefreshed(): void {
    this.#unsaved ??= { isNewLogin: false, pause: null }
  }

  /** Called when the store couldn't be locked: the save is due again after a pause. */
  postpone(error: AnthropicAuthError): void {
    if (this.#unsaved?.pause === null) this.#pauseAfter(error)
  }

  /** Nothing is left to save: the store holds our tokens, or others that take precedence. */
  drop(): void {
    this.#unsaved = null
  }

  /**
   * Saves `tokens` if the store does not hold them yet.
   *
   * @returns whether they were saved now
   * @throws AnthropicAuthError `store_failed`; the next save is due after a pause
   */
  async save(tokens: TokenSet | null): Promise<boolean> {
    const unsaved = this.#unsaved
    if (unsaved === null || tokens === null) return false
    try {
      if (unsaved.pause === null) await this.#saveRepeatedly(tokens)
      else await this.#saveOnce(tokens)
    } catch (error) {
      // After losing the lock, the caller takes it again at once, without a pause.
      if (isAnthropicAuthError(error) && !isLockLost(error)) this.#pauseAfter(error)
      throw error
    }
    // `setTokens()` may have been called meanwhile.
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
 * Repeats `attempt` for 5 s, since only this process has the tokens until they are saved.
 *
 * @throws the last error, when the time is up or `isFinal` returns `true` for an error
 */
export async function repeatedly(
  clock: MonotonicClock,
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
