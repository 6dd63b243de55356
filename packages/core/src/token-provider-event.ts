import type { AnthropicAuthError } from './error.ts'
import type { TokenSet } from './token-set.ts'

/**
 * Something that a token provider did, for a log: one log of it tells why a login has ended.
 *
 * It holds no secret: `JSON.stringify(event)` may go into a bug report.
 */
export interface TokenProviderEvent {
  /**
   * - `waiting_for_lock`, `lock_acquired`, `lock_lost`: the store's lock
   * - `refreshing`, `refreshed`: a refresh token is sent; its successor has arrived
   * - `still_waiting`: the response takes longer than `timeoutMs`; callers stop waiting, the request goes on
   * - `refused`: the server says that the refresh token works no more, with `error`
   * - `adopted`: the store holds other tokens than ours, and they are used from now on
   * - `new_login`: `setTokens()` was called
   * - `saved`, `save_failed`: the tokens are in the store; they could not be written, with `error`
   * - `paused`: a renewal failed with `error`, and none is tried before `until`
   * - `logged_out`: the store held this login before and holds none now
   */
  readonly type:
    | 'waiting_for_lock'
    | 'lock_acquired'
    | 'lock_lost'
    | 'refreshing'
    | 'still_waiting'
    | 'refreshed'
    | 'refused'
    | 'adopted'
    | 'new_login'
    | 'saved'
    | 'save_failed'
    | 'paused'
    | 'logged_out'
  /** When it happened, as `Date.prototype.toISOString()` writes it. */
  readonly time: string
  /**
   * Which refresh token it is about: the first 8 hex digits of its SHA-256. The same token has the same id in every
   * process, so that logs of several can be read together. Absent where the runtime offers no `crypto.subtle`.
   */
  readonly refreshTokenId?: string | undefined
  /** When the access token expires, in Unix seconds; `null` = unknown. */
  readonly expiresAt?: number | null | undefined
  /** When this login ends, in Unix seconds; `null` = unknown. */
  readonly refreshTokenExpiresAt?: number | null | undefined
  /** The end of a pause, as `time`. */
  readonly until?: string | undefined
  readonly error?: AnthropicAuthError | undefined
}

/** What an event is about; `tokens` are told by their id and their lifetimes alone. */
export interface EventDetails {
  readonly tokens?: TokenSet | null
  readonly untilMs?: number
  readonly error?: AnthropicAuthError
}

/** Tells a listener what a provider does, in order. */
export class ProviderEvents {
  readonly #listener: ((event: TokenProviderEvent) => void) | undefined
  /** Ids take a moment to compute, and no event may overtake the one before. */
  #last: Promise<void> = Promise.resolve()

  constructor(listener: ((event: TokenProviderEvent) => void) | undefined) {
    this.#listener = listener
  }

  emit(type: TokenProviderEvent['type'], { tokens, untilMs, error }: EventDetails = {}): void {
    const listener = this.#listener
    if (listener === undefined) return
    const time = new Date().toISOString()
    const until = untilMs === undefined ? undefined : new Date(Date.now() + untilMs).toISOString()
    const tell = async (): Promise<void> => {
      const about = tokens ? await describe(tokens) : {}
      listener({ type, time, ...about, until, error })
    }
    // A listener that throws must not end a login.
    this.#last = this.#last.then(tell).catch(() => undefined)
  }
}

type TokenDetails = Pick<TokenProviderEvent, 'refreshTokenId' | 'expiresAt' | 'refreshTokenExpiresAt'>

async function describe({ refreshToken, expiresAt, refreshTokenExpiresAt }: TokenSet): Promise<TokenDetails> {
  const refreshTokenId = refreshToken === null ? undefined : await idOf(refreshToken)
  return { refreshTokenId, expiresAt, refreshTokenExpiresAt }
}

async function idOf(token: string): Promise<string | undefined> {
  // Browsers offer it in secure contexts alone.
  const { subtle } = crypto as Partial<Crypto>
  const digest = await subtle?.digest('SHA-256', new TextEncoder().encode(token))
  if (digest === undefined) return undefined
  return Array.from(new Uint8Array(digest, 0, 4), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
