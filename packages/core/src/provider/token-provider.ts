import type { OAuthClient } from '../oauth-client.ts'
import { assertSignal, membersOf, readOptions } from '../syntax/members.ts'
import type { TokenSet, TokensLike } from '../token/token-set.ts'
import type { AccessToken } from './access-token.ts'
import { readTokenProviderOptions, type TokenProviderOptions } from './token-provider-options.ts'
import { TokenRefresher } from './token-refresher.ts'

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
  const refresher = new TokenRefresher(client, readTokenProviderOptions(options))
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
