import type { OAuthClient } from '../oauth-client.ts'
import { assertSignal } from '../syntax/abort-signal.ts'
import { membersOf, readOptions } from '../syntax/members.ts'
import type { TokenSet, TokensLike } from '../token/token-set.ts'
import type { AccessToken } from './access-token.ts'
import { readTokenProviderOptions, type TokenProviderOptions } from './token-provider-options.ts'
import { TokenHandout } from './token-handout.ts'

/** Returns a valid access token at each call. You can pass it to the official SDK's `credentials` option as it is. */
export interface TokenProvider {
  /**
   * @param options - set `forceRefresh` after a 401. `signal` ends this caller's wait, but never a refresh that was sent.
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
   * Switches to the tokens of a new login, and saves them.
   *
   * @throws AnthropicAuthError `store_failed` if they couldn't be saved (they are in use, and will be saved later);
   *   `invalid_config` for tokens of another client
   */
  setTokens(tokens: TokensLike): Promise<void>
}

/**
 * Creates a token provider, which keeps one login alive: it hands out the access token, and refreshes it in time, once for
 * all callers and processes. `docs/token-provider.md` describes its states.
 *
 * @example
 * ```ts
 * import { createTokenProvider, OAuthClient, TokenSet } from '@anthropic-auth/core'
 *
 * async function accessToken(stored: string, save: (tokens: string) => Promise<void>): Promise<string> {
 *   const provider = createTokenProvider(new OAuthClient(), {
 *     tokens: TokenSet.fromJSON(JSON.parse(stored)),
 *     onRefresh: async (tokens) => save(JSON.stringify(tokens)),
 *   })
 *   const { token } = await provider()
 *   return token
 * }
 * ```
 *
 * @throws TypeError when neither `tokens` nor `store` is given, or an option has the wrong type
 * @throws AnthropicAuthError `store_failed` when `tokens` are not valid, `invalid_config` when they belong to another
 *   client
 * @see {@link TokenStore} for logins that several processes share
 */
export function createTokenProvider(client: OAuthClient, options: TokenProviderOptions): TokenProvider {
  const handout = new TokenHandout(client, readTokenProviderOptions(options))
  const provider = Object.assign(
    (request?: Parameters<TokenProvider>[0]) =>
      request === undefined ? handout.accessToken(false, undefined) : handOut(handout, request),
    { tokens: handout.tokens, setTokens: async (tokens: TokensLike) => handout.replace(tokens) },
  )
  return Object.defineProperty(provider, 'tokens', membersOf({ get: () => handout.tokens }))
}

/** Rejects for an invalid option, since callers don't expect a provider to throw. */
async function handOut(
  handout: TokenHandout,
  request: NonNullable<Parameters<TokenProvider>[0]>,
): Promise<AccessToken> {
  const { forceRefresh = false, signal } = readOptions(request)
  assertSignal(signal)
  return handout.accessToken(forceRefresh, signal)
}
