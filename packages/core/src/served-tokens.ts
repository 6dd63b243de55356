import type { AccessToken } from './access-token.ts'
import type { ForwardClock } from './forward-clock.ts'
import type { TokenSet } from './token-set.ts'

/** Tokens with no more than this left are renewed while their callers wait. */
const WINDOW_MS = 120_000

/** The tokens in use, and how long they serve by the provider's clock. */
export class ServedTokens {
  readonly #clock: ForwardClock
  #tokens: TokenSet | null = null
  /** One promise for all callers, so that a fresh token costs no allocation. */
  #accessToken: Promise<AccessToken> | null = null
  #dueAt = -Infinity
  #expiresAt = -Infinity

  constructor(clock: ForwardClock) {
    this.#clock = clock
  }

  get tokens(): TokenSet | null {
    return this.#tokens
  }

  get accessToken(): Promise<AccessToken> | null {
    return this.#accessToken
  }

  /** When the access token is to be renewed. */
  get dueAt(): number {
    return this.#dueAt
  }

  get expiresAt(): number {
    return this.#expiresAt
  }

  /** Takes tokens into use; `isFetched`: they come straight from the server, with their whole lifetime ahead. */
  use(tokens: TokenSet, isFetched: boolean): void {
    const leftMs = tokens.expiresAt === null ? Infinity : 1000 * tokens.expiresAt - Date.now()
    this.#tokens = tokens
    this.#accessToken = Promise.resolve(
      Object.freeze({ token: tokens.accessToken, expiresAt: tokens.expiresAt }),
    )
    this.#expiresAt = this.#clock.now() + leftMs
    this.#dueAt = this.#expiresAt - (isFetched ? Math.min(WINDOW_MS, leftMs / 4) : WINDOW_MS)
    // Nobody knows how old it is: better to refresh once too often than to serve a token that has expired.
    if (tokens.expiresAt === null && tokens.refreshToken !== null && !isFetched) this.#dueAt = -Infinity
  }

  /** The login is over: its access token serves nobody any more. */
  retire(): void {
    this.#dueAt = this.#expiresAt = -Infinity
  }
}
