import type { Profile } from './api/profile.ts'
import { createFlow, type StartFlowOptions } from './authorization/authorization-request.ts'
import {
  type AuthorizationResponse,
  parseAuthorizationResponse,
} from './authorization/authorization-response.ts'
import { type OAuthFlow, type OAuthMode, readFlow } from './authorization/oauth-flow.ts'
import { type OAuthConfig, type ResolvedConfig, resolveConfig } from './config/oauth-config.ts'
import { AnthropicAuthError } from './error/error.ts'
import type { RequestOptions } from './http/request-options.ts'
import type * as requests from './requests.ts'
import { readOptions } from './syntax/members.ts'
import type { IdentityTokenGrant } from './token/identity-token-grant.ts'
import type { TokenSet, TokensLike } from './token/token-set.ts'

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
    const started = readFlow(flow)
    const { requireState, endpoints } = this.config
    // An honest user can copy the code without its state only from the hosted code page.
    const parsed = parseAuthorizationResponse(response, started, {
      requireState: requireState ?? started.redirectUri !== endpoints.codePage,
    })
    const { exchangeCode } = await loadRequests()
    return exchangeCode(this.config, { response: parsed, flow: started }, options)
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
    const { refreshToken } = await loadRequests()
    return refreshToken(this.config, tokens, options)
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
    const { exchangeIdentityToken } = await loadRequests()
    return exchangeIdentityToken(this.config, grant, options)
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
    const { createApiKey } = await loadRequests()
    return createApiKey(this.config, tokens, options)
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
    const { getProfile } = await loadRequests()
    return getProfile(this.config, tokens, options)
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
    const { revokeToken } = await loadRequests()
    return revokeToken(this.config, tokens, options)
  }
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
      hint: 'Reload the page: a new version of it may have replaced its files.',
      cause,
    })
  }
}
