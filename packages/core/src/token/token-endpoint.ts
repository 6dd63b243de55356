import type { AuthorizationResponse } from '../authorization/authorization-response.ts'
import type { OAuthFlow } from '../authorization/oauth-flow.ts'
import type { ResolvedConfig } from '../config/oauth-config.ts'
import { type HttpRequest, send } from '../http/http-client.ts'
import { readJsonResponse } from '../http/http-response.ts'
import type { RequestOptions } from '../http/request-options.ts'
import { MAX_RETRIES } from '../http/retry.ts'
import { membersOf } from '../syntax/members.ts'
import { assertCodeAccepted, assertRefreshTokenAlive } from './refused-grant.ts'
import { readTokenResponse } from './token-response.ts'
import type { TokenSet, TokenSetJson } from './token-set.ts'

/** The API calls its additions to OAuth `oauth-2025-04-20`. */
const OAUTH_BETA = { 'anthropic-beta': 'oauth-2025-04-20' }
const ANTHROPIC_HOST = /(?:^|\.)(?:anthropic\.com|claude\.(?:com|ai))$/

/** Exchanges a code (RFC 6749, section 4.1.3). Sends it once, since the server would take a second request for theft. */
export async function exchangeCode(
  config: ResolvedConfig,
  { code, state }: AuthorizationResponse,
  flow: OAuthFlow,
  options: RequestOptions,
): Promise<TokenSet> {
  const { verifier, clientId, redirectUri, scopes } = flow
  const request = tokenRequest(config, [code, state, verifier], {
    grant_type: 'authorization_code',
    code,
    state,
    client_id: clientId,
    redirect_uri: redirectUri,
    code_verifier: verifier,
  })
  const sentAt = Date.now()
  const response = await send(request, config, options)
  assertCodeAccepted(response, request)
  return readTokenResponse(readJsonResponse(response, request), { sentAt, clientId, known: { scopes } })
}

/** The refresh token to send, and the known values that the response may leave out. */
export type RefreshGrant = Partial<TokenSetJson> & { readonly refreshToken: string }

/** Refreshes tokens (RFC 6749, section 6). Requests no scope, since the server refuses more than it has granted. */
export async function refreshTokens(
  config: ResolvedConfig,
  known: RefreshGrant,
  options: RequestOptions,
): Promise<TokenSet> {
  const { refreshToken, accessToken } = membersOf(known)
  const { clientId } = config
  const secrets = [refreshToken, ...(accessToken === undefined ? [] : [accessToken])]
  const request = {
    ...tokenRequest(config, secrets, {
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      client_id: clientId,
    }),
    repeatable: true,
    retries: MAX_RETRIES,
  }
  const sentAt = Date.now()
  const response = await send(request, config, options)
  assertRefreshTokenAlive(response, request)
  return readTokenResponse(readJsonResponse(response, request), { sentAt, clientId, known })
}

/** Returns a request in the encoding of the token endpoint. Its secrets are only in the body. */
export function tokenRequest(
  { endpoints, tokenEncoding }: ResolvedConfig,
  secrets: readonly string[],
  parameters: Readonly<Record<string, string>>,
): HttpRequest {
  const form = tokenEncoding === 'form'
  return {
    name: 'token endpoint',
    method: 'POST',
    url: endpoints.token,
    headers: {
      'content-type': form ? 'application/x-www-form-urlencoded' : 'application/json',
      ...(membersOf(parameters)['grant_type'] === 'refresh_token' && OAUTH_BETA),
    },
    body: form ? new URLSearchParams(parameters).toString() : JSON.stringify(parameters),
    secrets,
    repeatable: false,
    isAnonymous: true,
    mayNeedForm: !form && !isAnthropicUrl(endpoints.token),
  }
}

/** Whether a URL belongs to Anthropic's own servers, which read JSON. */
function isAnthropicUrl(url: string): boolean {
  return ANTHROPIC_HOST.test(new URL(url).hostname)
}
