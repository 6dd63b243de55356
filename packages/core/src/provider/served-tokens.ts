import type { TokenSet } from '../token/token-set.ts'
import type { AccessToken } from './access-token.ts'
import type { MonotonicClock } from './monotonic-clock.ts'

/** Tokens that expire within this time are renewed while their callers wait. */
const WINDOW_MS = 120_000

/** The tokens in use, and how long they can be used by the provider's clock. */
export class ServedTokens {
  readonly #clock: MonotonicClock
  #tokens: TokenSet | null = null
  /** One promise for all callers, so that a fresh token costs no allocation. */
  #accessToken: Promise<AccessToken> | null = null
  #dueAt = -Infinity
  #expiresAt = -Infinity

  constructor(clock: MonotonicClock) {
    this.#clock = clock
  }

  get tokens(): TokenSet | null {
    return this.#tokens
  }

  get accessToken(): Promise<AccessToken> | null {
    return this.#accessToken
  }

  /** When the access token is due for renewal. */
  get dueAt(): number {
    return this.#dueAt
  }

  get expiresAt(): number {
    return this.#expiresAt
  }

  /** Starts to use tokens. `isFetched`: the server has just issued them, so their whole lifetime lies ahead. */
  use(tokens: TokenSet, isFetched: boolean): void {
    const leftMs = tokens.expiresAt === null ? Infinity : 1000 * tokens.expiresAt - Date.now()
    this.#tokens = tokens
    this.#accessToken = Promise.resolve(
      Object.freeze({ token: tokens.accessToken, expiresAt: tokens.expiresAt }),
    )
    this.#expiresAt = this.#clock.now() + leftMs
    this.#dueAt = this.#expiresAt - (isFetched ? Math.min(WINDOW_MS, leftMs / 4) : WINDOW_MS)
    // The token's age is unknown: better to refresh once too often than to hand out an expired token.
    if (tokens.expiresAt === null && tokens.refreshToken !== null && !isFetched) this.#dueAt = -Infinity
  }

  /** The login is over: stops handing out its access token. */
  retire(): void {
    this.#dueAt = this.#expiresAt = -Infinity
  }
}
