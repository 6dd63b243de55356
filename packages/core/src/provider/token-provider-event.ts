import type { AnthropicAuthError } from '../error/error.ts'
import { membersOf } from '../syntax/members.ts'
import type { TokenSet } from '../token/token-set.ts'

/**
 * Something that a token provider did. Log these events to find out why a login ended.
 *
 * An event contains no secrets: you can paste `JSON.stringify(event)` into a bug report.
 */
export interface TokenProviderEvent {
  /**
   * - `waiting_for_lock`, `lock_acquired`, `lock_lost`: the provider waits for, got or lost the store's lock
   * - `refreshing`, `refreshed`: a refresh token or an identity token is being sent; new tokens have arrived
   * - `still_waiting`: the response takes longer than `timeoutMs`; callers stop waiting, the request goes on
   * - `refused`: the server no longer accepts the refresh token; see `error`
   * - `adopted`: the store held different tokens, and the provider uses them from now on
   * - `new_login`: `setTokens()` was called
   * - `saved`, `save_failed`: the tokens were saved; saving them failed with `error`
   * - `paused`: a renewal failed with `error`; the next one starts no earlier than `until`
   * - `logged_out`: the store held this login before, and is empty now
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
  /** When it happened, in the format of `Date.prototype.toISOString()`. */
  readonly time: string
  /**
   * Identifies the refresh token: the first 8 hex digits of its SHA-256. A token has the same id in every process, so
   * you can combine the logs of several processes. Absent if the runtime has no `crypto.subtle`.
   */
  readonly refreshTokenId?: string | undefined
  /** When the access token expires, in Unix seconds; `null` = unknown. */
  readonly expiresAt?: number | null | undefined
  /** When this login ends, in Unix seconds; `null` = unknown. */
  readonly refreshTokenExpiresAt?: number | null | undefined
  /** When the pause ends, in the format of `time`. */
  readonly until?: string | undefined
  readonly error?: AnthropicAuthError | undefined
}

/** The details of an event. Only the id and the lifetimes of `tokens` are reported. */
export interface EventDetails {
  readonly tokens?: TokenSet | null
  readonly untilMs?: number
  readonly error?: AnthropicAuthError
}

/** Reports what a provider does to a listener, in order. */
export class ProviderEvents {
  readonly #listener: ((event: TokenProviderEvent) => void) | undefined
  /** Computing an id takes a moment. This keeps the events in order. */
  #last: Promise<void> = Promise.resolve()

  constructor(listener: ((event: TokenProviderEvent) => void) | undefined) {
    this.#listener = listener
  }

  emit(type: TokenProviderEvent['type'], details: EventDetails = {}): void {
    const listener = this.#listener
    if (listener === undefined) return
    const { tokens, untilMs, error } = membersOf(details)
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
  // Browsers have it only in secure contexts.
  const { subtle } = crypto as Partial<Crypto>
  const digest = await subtle?.digest('SHA-256', new TextEncoder().encode(token))
  if (digest === undefined) return undefined
  return Array.from(new Uint8Array(digest, 0, 4), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
