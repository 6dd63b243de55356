import type { AnthropicAuthError } from '../error/error.ts'
import type { OAuthClient } from '../oauth-client.ts'
import { assertFunction, assertSignal, membersOf, readOptions } from '../syntax/members.ts'
import type { TokenSet, TokensLike } from '../token/token-set.ts'
import type { AccessToken } from './access-token.ts'
import type { TokenProviderEvent } from './token-provider-event.ts'
import { TokenRefresher, type TokenRefresherOptions } from './token-refresher.ts'
import { assertStore, type TokenStore } from './token-store.ts'

/** Where tokens come from and go to; `tokens` or `store` is needed. */
export interface TokenProviderOptions {
  /** First tokens; the store wins when it holds any. */
  readonly tokens?: TokensLike | undefined
  readonly store?: TokenStore | undefined
  /** Awaited before the token is handed out: the place to persist without a store. */
  readonly onRefresh?: ((tokens: TokenSet) => void | Promise<void>) | undefined
  /**
   * Called with errors that no caller receives: a refresh that failed while the token was still valid, or a failed
   * save.
   */
  readonly onError?: ((error: AnthropicAuthError) => void) | undefined
  /** Called for each thing that the provider does. Log these events to find out why a login ended. */
  readonly onEvent?: ((event: TokenProviderEvent) => void) | undefined
}

/** Gives a valid access token at each call; assignable to the official SDK's `credentials` option as it is. */
export interface TokenProvider {
  /**
   * @param options - `forceRefresh` after a 401; `signal` ends this caller's waiting, never a refresh that was sent
   * @throws AnthropicAuthError `reauthentication_required` when a new login is needed, `missing_refresh_token`,
   *   `store_failed`, `aborted`, or a code of `refreshToken()`
   */
  (options?: {
    readonly forceRefresh?: boolean | undefined
    readonly signal?: AbortSignal | undefined
  }): Promise<AccessToken>
  /** The last known tokens, without I/O. */
  readonly tokens: TokenSet | null
  /**
   * Takes the tokens of a new login, and saves them.
   *
   * @throws AnthropicAuthError `store_failed` when they could not be saved: they are in use, and saved later;
   *   `invalid_config` for tokens of another client
   */
  setTokens(tokens: TokensLike): Promise<void>
}

/**
 * Keeps one login alive: hands out its access token, renews it once for all callers and processes, in time, and never
 * loses it. Its states are drawn in `docs/token-provider.md`.
 *
 * @throws TypeError when neither `tokens` nor `store` is given, or an option has the wrong type
 * @throws AnthropicAuthError `store_failed` when `tokens` are not valid, `invalid_config` when they are another client's
 */
export function createTokenProvider(client: OAuthClient, options: TokenProviderOptions): TokenProvider {
  const refresher = new TokenRefresher(client, readProviderOptions(options))
  const provider = Object.assign(
    (request?: Parameters<TokenProvider>[0]) =>
      request === undefined ? refresher.accessToken(false, undefined) : handOut(refresher, request),
    { tokens: refresher.tokens, setTokens: async (tokens: TokensLike) => refresher.replace(tokens) },
  )
  return Object.defineProperty(provider, 'tokens', membersOf({ get: () => refresher.tokens }))
}

/** Rejects for a misused option, since nobody expects a provider to throw. */
async function handOut(
  refresher: TokenRefresher,
  request: NonNullable<Parameters<TokenProvider>[0]>,
): Promise<AccessToken> {
  const { forceRefresh = false, signal } = readOptions(request)
  assertSignal(signal)
  return refresher.accessToken(forceRefresh, signal)
}

function readProviderOptions(options: TokenProviderOptions): TokenRefresherOptions {
  const { tokens, store, onRefresh, onError, onEvent } = readOptions(options)
  if (tokens === undefined && store === undefined) throw new TypeError('Give tokens, a store, or both')
  if (store !== undefined) assertStore(store)
  assertFunction(onRefresh, 'onRefresh')
  assertFunction(onError, 'onError')
  assertFunction(onEvent, 'onEvent')
  return { tokens, store, onRefresh, onError, onEvent }
}
