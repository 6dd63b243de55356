import type { AnthropicAuthError } from '../error/error.ts'
import type { TokenSet } from '../token/token-set.ts'
import type { AccessToken } from './access-token.ts'
import type { MonotonicClock } from './monotonic-clock.ts'

/** A token that expires within this time is renewed before it is handed out. */
const WINDOW_MS = 120_000
/** A forced renewal this soon after another one was caused by a 401 for the previous token. */
const JUST_RENEWED_MS = 10_000

/** The tokens in use, and when they are due for renewal by the clock of the provider. */
export class TokenFreshness {
  readonly #clock: MonotonicClock
  #tokens: TokenSet | null = null
  /** One promise for all callers, so that a fresh token costs no allocation. */
  #accessToken: Promise<AccessToken> | null = null
  #dueAt = -Infinity
  #expiresAt = -Infinity
  #renewedAt = -Infinity

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

  /** Returns the token if it can be handed out right away; otherwise `null`. */
  fresh(force: boolean, now: number = this.#clock.now()): Promise<AccessToken> | null {
    const freshUntil = force ? Math.min(this.#renewedAt + JUST_RENEWED_MS, this.#expiresAt) : this.#dueAt
    return now < freshUntil ? this.#accessToken : null
  }

  isValid(): boolean {
    return this.#clock.now() < this.#expiresAt
  }

  /** Returns a token that is still valid instead of throwing `error`, unless the caller forces a renewal. */
  validOr(error: AnthropicAuthError, force: boolean): Promise<AccessToken> {
    if (!force && this.#accessToken !== null && this.isValid()) return this.#accessToken
    throw error
  }

  /** Starts to use tokens. `isFetched` means that the server has just issued them. */
  use(tokens: TokenSet, isFetched: boolean): void {
    const leftMs = tokens.expiresAt === null ? Infinity : 1000 * tokens.expiresAt - Date.now()
    this.#tokens = tokens
    this.#accessToken = Promise.resolve(accessTokenOf(tokens))
    this.#expiresAt = this.#clock.now() + leftMs
    this.#dueAt = this.#expiresAt - (isFetched ? Math.min(WINDOW_MS, leftMs / 4) : WINDOW_MS)
    // The age of the token is unknown. Better refresh once too often than hand out an expired token.
    if (tokens.expiresAt === null && tokens.refreshToken !== null && !isFetched) this.#dueAt = -Infinity
  }

  /** The tokens have just been renewed, here or elsewhere. */
  markRenewed(): void {
    this.#renewedAt = this.#clock.now()
  }

  /** The login is over: stops handing out its access token. */
  retire(): void {
    this.#dueAt = this.#expiresAt = -Infinity
  }
}

/** Returns the access token of a token set, in the shape that the official SDK expects. */
export function accessTokenOf({ accessToken: token, expiresAt }: TokenSet): AccessToken {
  return Object.freeze({ token, expiresAt })
}
