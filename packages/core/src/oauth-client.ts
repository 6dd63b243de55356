import type { Profile } from './api/profile.ts'
import { createFlow, type StartFlowOptions } from './authorization/authorization-request.ts'
import {
  type AuthorizationResponse,
  parseAuthorizationResponse,
} from './authorization/authorization-response.ts'
import { type OAuthFlow, type OAuthMode, readFlow } from './authorization/oauth-flow.ts'
import { type OAuthConfig, type ResolvedConfig, resolveConfig } from './config/oauth-config.ts'
import { AnthropicAuthError } from './error/error.ts'
import { readRequestOptions, type RequestOptions } from './http/request-options.ts'
import type * as requests from './requests.ts'
import { readOptions } from './syntax/members.ts'
import { isTokenValue } from './syntax/token-value.ts'
import type { IdentityTokenGrant } from './token/identity-token-grant.ts'
import type { RefreshGrant } from './token/token-endpoint.ts'
import { assertIssuedTo, assertScope } from './token/token-guards.ts'
import { TokenSet, type TokensLike } from './token/token-set.ts'

/**
 * The OAuth 2.0 client: the authorization code flow with PKCE, refreshes and API keys. It holds no tokens and no state.
 *
 * Each method that waits for the network can reject with an {@link AnthropicAuthError} whose code is `network_error`,
 * `timeout`, `aborted`, `rate_limited`, `http_error`, `oauth_error`, `account_on_hold` or `invalid_token_response`
 * (together: a network code), in addition to the codes in its own list.
 *
 * @example
 * ```ts
 * import { OAuthClient } from '@anthropic-auth/core'
 *
 * const client = new OAuthClient()
 * const flow = client.startFlow('console')
 * console.log('Open this link:', flow.authorizationUrl)
 *
 * async function finish(pasted: string): Promise<string> {
 *   const tokens = await client.exchangeCode(pasted, flow)
 *   return client.createApiKey(tokens)
 * }
 * ```
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1
 */
export class OAuthClient {
  /** The validated, frozen configuration with its defaults. */
  readonly config: ResolvedConfig

  /**
   * @throws AnthropicAuthError `invalid_config`, with the option's name as `reason`
   * @throws TypeError when `config` is not an object
   */
  constructor(config: OAuthConfig = {}) {
    this.config = resolveConfig(readOptions(config, 'config'))
  }

  /**
   * Starts a login: creates the PKCE verifier, the state, and the URL that the user opens. Synchronous, without I/O.
   *
   * @throws TypeError when the mode or the state is invalid, or an id is not a non-empty string
   * @throws AnthropicAuthError `invalid_config` when `redirectUri` or `scopes` are not valid
   */
  startFlow(mode: OAuthMode, options: StartFlowOptions = {}): OAuthFlow {
    return createFlow(this.config, mode, readOptions(options))
  }

  /**
   * Checks that a response belongs to its flow, and exchanges the code for tokens. Never sends a code twice.
   *
   * @param response - `code#state`, the redirect URL or its query, as the user pasted it or your server received it
   * @param flow - the flow that `startFlow()` returned; the request contains its client id and redirect URI
   * @throws AnthropicAuthError `invalid_flow`, `invalid_authorization_response`, `state_mismatch`,
   *   `authorization_denied`, `organization_mismatch` when the login is for a different organization or workspace
   *   than the flow requested (its tokens are revoked if possible), or a network code
   * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3
   */
  async exchangeCode(
    response: string | URL | URLSearchParams | AuthorizationResponse,
    flow: OAuthFlow,
    options: RequestOptions = {},
  ): Promise<TokenSet> {
    const request = readRequestOptions(options)
    const started = readFlow(flow)
    const { requireState, endpoints } = this.config
    // An honest user can copy the code without its state only from the hosted code page.
    const parsed = parseAuthorizationResponse(response, started, {
      requireState: requireState ?? started.redirectUri !== endpoints.codePage,
    })
    const startedAt = Date.now()
    const { assertAskedOrganization, exchangeCode } = await loadRequests()
    const tokens = await exchangeCode(this.config, parsed, started, request)
    const left = { signal: request.signal, timeoutMs: this.#leftMs(request, startedAt) }
    await assertAskedOrganization(this.config, tokens, { flow: started, code: parsed.code, options: left })
    return tokens
  }

  /**
   * Refreshes tokens. Keeps the values of a given set that the response leaves out.
   *
   * A refresh token works once: save the new tokens before you do anything else.
   *
   * @param tokens - a token set, or a refresh token
   * @throws AnthropicAuthError `missing_refresh_token`, `invalid_config` for tokens of another client,
   *   `reauthentication_required` when the refresh token is dead, or a network code; after `account_on_hold`, the
   *   refresh token still works
   * @see https://www.rfc-editor.org/rfc/rfc6749#section-6
   */
  async refreshToken(tokens: string | TokensLike, options: RequestOptions = {}): Promise<TokenSet> {
    const request = readRequestOptions(options)
    const grant = this.#refreshGrant(tokens)
    const { refreshTokens } = await loadRequests()
    return refreshTokens(this.config, grant, request)
  }

  /**
   * Exchanges an identity token for an access token, by workload identity federation. A machine gets its identity token
   * from its platform. There is no refresh token: `createFederationProvider()` of `@anthropic-auth/federation` exchanges
   * the next identity token in time.
   *
   * With the default endpoints, the request goes to `https://api.anthropic.com`, as in the official SDKs.
   *
   * @param grant - the federation rule, and the identity token or a function that returns one
   * @throws AnthropicAuthError `invalid_config` with `reason: 'identityToken'` when there is no usable identity token;
   *   `http_error` or `oauth_error` with `reason: 'identity_token_refused'` when the server refuses it; or a network code
   * @throws TypeError when a member of `grant` has the wrong type
   * @see https://www.rfc-editor.org/rfc/rfc7523#section-2.1
   */
  async exchangeIdentityToken(grant: IdentityTokenGrant, options: RequestOptions = {}): Promise<TokenSet> {
    const request = readRequestOptions(options)
    const { exchangeIdentityToken, readIdentityTokenGrant } = await loadRequests()
    return exchangeIdentityToken(this.config, readIdentityTokenGrant(grant), request)
  }

  /**
   * Creates an API key. Needs the scope `org:create_api_key`. If an account may not grant this scope, the server leaves
   * it out without an error.
   *
   * @param tokens - a token set, or an access token
   * @throws AnthropicAuthError `missing_scope`, before anything is sent, if the set is known to lack the scope; or a
   *   network code
   */
  async createApiKey(tokens: string | TokensLike, options: RequestOptions = {}): Promise<string> {
    const request = readRequestOptions(options)
    const url = this.#endpoint('apiKey')
    const accessToken = accessTokenOf(tokens, 'org:create_api_key')
    const { createApiKey } = await loadRequests()
    return createApiKey(this.config, url, accessToken, request)
  }

  /**
   * Returns the account and organization of a login. Needs the scope `user:profile`.
   *
   * @experimental The endpoint is undocumented.
   * @param tokens - a token set, or an access token
   * @throws AnthropicAuthError `missing_scope`, before anything is sent, if the set is known to lack the scope; or a
   *   network code
   */
  async getProfile(tokens: string | TokensLike, options: RequestOptions = {}): Promise<Profile> {
    const request = readRequestOptions(options)
    const url = this.#endpoint('profile')
    const accessToken = accessTokenOf(tokens, 'user:profile')
    const { getProfile } = await loadRequests()
    return getProfile(this.config, url, accessToken, request)
  }

  /**
   * Revokes the refresh token of a set, or its access token if there is no refresh token.
   *
   * @experimental The endpoint is undocumented.
   * @param tokens - a token set, or a token
   * @throws AnthropicAuthError `invalid_config` for tokens of another client, or a network code
   * @see https://www.rfc-editor.org/rfc/rfc7009
   */
  async revokeToken(tokens: string | TokensLike, options: RequestOptions = {}): Promise<void> {
    const request = readRequestOptions(options)
    const url = this.#endpoint('revoke')
    const own = typeof tokens === 'string' ? assertTokenValue(tokens) : this.#ownTokens(tokens)
    const { revocableToken, revokeToken } = await loadRequests()
    await revokeToken(this.config, url, revocableToken(own), request)
  }

  /** Returns the time until a call's deadline: at least 1 ms, even if the clock has jumped. */
  #leftMs({ timeoutMs = this.config.timeoutMs }: RequestOptions, startedAt: number): number {
    return Math.min(timeoutMs, Math.max(1, timeoutMs - (Date.now() - startedAt)))
  }

  #refreshGrant(tokens: string | TokensLike): RefreshGrant {
    if (typeof tokens === 'string') return { refreshToken: assertTokenValue(tokens) }
    const { refreshToken, ...known } = this.#ownTokens(tokens).toJSON()
    if (refreshToken === null) {
      throw new AnthropicAuthError('missing_refresh_token', 'These tokens have no refresh token')
    }
    return { refreshToken, ...known }
  }

  #ownTokens(tokens: TokensLike): TokenSet {
    const own = readTokens(tokens)
    assertIssuedTo(this.config.clientId, own)
    return own
  }

  #endpoint(name: 'apiKey' | 'profile' | 'revoke'): string {
    const url = this.config.endpoints[name]
    if (url !== null) return url
    throw new AnthropicAuthError(
      'invalid_config',
      `endpoints.${name} must be set, since endpoints.token is set: a token is never sent to a different server`,
      { reason: `endpoints.${name}` },
    )
  }
}

function accessTokenOf(tokens: string | TokensLike, scope: string): string {
  if (typeof tokens === 'string') return assertTokenValue(tokens)
  const set = readTokens(tokens)
  assertScope(set, scope)
  return set.accessToken
}

function readTokens(tokens: TokensLike): TokenSet {
  if (typeof tokens !== 'object' || tokens === null) {
    throw new TypeError('The tokens must be a token set or a string')
  }
  return tokens instanceof TokenSet ? tokens : TokenSet.fromJSON(tokens)
}

function assertTokenValue(token: string): string {
  if (isTokenValue(token)) return token
  throw new TypeError('A token must be 1 to 8,192 visible ASCII characters, without spaces or line breaks')
}

/**
 * @throws AnthropicAuthError `network_error` when a page can't load the file, for example after a new version was
 *   deployed
 */
async function loadRequests(): Promise<typeof requests> {
  try {
    return await import('./requests.ts')
  } catch (cause) {
    throw new AnthropicAuthError('network_error', 'A file of @anthropic-auth/core could not be loaded', {
      reason: 'chunk',
      retryable: true,
      cause,
    })
  }
}
