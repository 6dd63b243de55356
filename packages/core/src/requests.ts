// The requests of an `OAuthClient`, and everything that sends them. The client loads this file with its first request,
// since the start of a login needs none of it.
import * as apiKey from './api/api-key.ts'
import * as profile from './api/profile.ts'
import type { AuthorizationResponse } from './authorization/authorization-response.ts'
import type { OAuthFlow } from './authorization/oauth-flow.ts'
import type { ResolvedConfig } from './config/oauth-config.ts'
import { AnthropicAuthError } from './error/error.ts'
import {
  type PatientRequestOptions,
  readRequestOptions,
  type RequestOptions,
} from './http/request-options.ts'
import { isTokenValue } from './syntax/token-value.ts'
import * as identityToken from './token/identity-token-exchange.ts'
import { type IdentityTokenGrant, readIdentityTokenGrant } from './token/identity-token-grant.ts'
import { assertAskedOrganization } from './token/organization-mismatch.ts'
import * as tokenEndpoint from './token/token-endpoint.ts'
import { assertIssuedTo, assertScope } from './token/token-guards.ts'
import * as revocation from './token/token-revocation.ts'
import { TokenSet, type TokensLike } from './token/token-set.ts'

/** A response that was checked against its flow. */
export interface CheckedResponse {
  readonly response: AuthorizationResponse
  readonly flow: OAuthFlow
}

export async function exchangeCode(
  config: ResolvedConfig,
  { response, flow }: CheckedResponse,
  options: RequestOptions,
): Promise<TokenSet> {
  const request = readRequestOptions(options)
  const startedAt = Date.now()
  const tokens = await tokenEndpoint.exchangeCode(config, response, flow, request)
  const left = { signal: request.signal, timeoutMs: leftMs(config, request, startedAt) }
  await assertAskedOrganization(config, tokens, { flow, code: response.code, options: left })
  return tokens
}

export async function refreshToken(
  config: ResolvedConfig,
  tokens: string | TokensLike,
  options: RequestOptions,
): Promise<TokenSet> {
  const request = readRequestOptions(options)
  return tokenEndpoint.refreshTokens(config, refreshGrant(config, tokens), request)
}

export async function exchangeIdentityToken(
  config: ResolvedConfig,
  grant: IdentityTokenGrant,
  options: RequestOptions,
): Promise<TokenSet> {
  const request = readRequestOptions(options)
  return identityToken.exchangeIdentityToken(config, readIdentityTokenGrant(grant), request)
}

export async function createApiKey(
  config: ResolvedConfig,
  tokens: string | TokensLike,
  options: RequestOptions,
): Promise<string> {
  const request = readRequestOptions(options)
  const url = endpointOf(config, 'apiKey')
  return apiKey.createApiKey(config, url, accessTokenOf(tokens, 'org:create_api_key'), request)
}

export async function getProfile(
  config: ResolvedConfig,
  tokens: string | TokensLike,
  options: RequestOptions,
): Promise<profile.Profile> {
  const request = readRequestOptions(options)
  const url = endpointOf(config, 'profile')
  return profile.getProfile(config, url, accessTokenOf(tokens, 'user:profile'), request)
}

export async function revokeToken(
  config: ResolvedConfig,
  tokens: string | TokensLike,
  options: RequestOptions,
): Promise<void> {
  const request = readRequestOptions(options)
  const url = endpointOf(config, 'revoke')
  const own = typeof tokens === 'string' ? assertTokenValue(tokens) : ownTokens(config, tokens)
  await revocation.revokeToken(config, url, revocation.revocableToken(own), request)
}

/** Returns the time until a call's deadline: at least 1 ms, even if the clock has jumped. */
function leftMs(config: ResolvedConfig, request: PatientRequestOptions, startedAt: number): number {
  const { timeoutMs = config.timeoutMs } = request
  return Math.min(timeoutMs, Math.max(1, timeoutMs - (Date.now() - startedAt)))
}

function refreshGrant(config: ResolvedConfig, tokens: string | TokensLike): tokenEndpoint.RefreshGrant {
  if (typeof tokens === 'string') return { refreshToken: assertTokenValue(tokens) }
  const { refreshToken: own, ...known } = ownTokens(config, tokens).toJSON()
  if (own === null) {
    throw new AnthropicAuthError('missing_refresh_token', 'These tokens have no refresh token')
  }
  return { refreshToken: own, ...known }
}

function ownTokens({ clientId }: ResolvedConfig, tokens: TokensLike): TokenSet {
  const own = readTokens(tokens)
  assertIssuedTo(clientId, own)
  return own
}

function endpointOf({ endpoints }: ResolvedConfig, name: 'apiKey' | 'profile' | 'revoke'): string {
  const url = endpoints[name]
  if (url !== null) return url
  throw new AnthropicAuthError(
    'invalid_config',
    `endpoints.${name} must be set, since endpoints.token is set: a token is never sent to a different server`,
    { reason: `endpoints.${name}` },
  )
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
