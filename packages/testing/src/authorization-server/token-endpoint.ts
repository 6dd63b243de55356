import { assertKnownClient } from './client-registry.ts'
import { exchangeCode } from './code-exchange.ts'
import { GRANT_TYPES, JWT_BEARER } from './grant-parameters.ts'
import { exchangeIdentityToken, FEDERATION_BETA } from './jwt-bearer.ts'
import { OAuthError } from './oauth-error.ts'
import { readParameters, requireParameter } from './request-parameters.ts'
import type { AppContext, ServerState } from './server-state.ts'
import { refreshTokens } from './token-refresh.ts'
import { jsonResponse } from './json-response.ts'

/** Handles `POST /v1/oauth/token` (RFC 6749, section 3.2). */
export async function handleTokenRequest(context: AppContext, state: ServerState): Promise<Response> {
  const parameters = await readParameters(context.req)
  const grantType = requireParameter(parameters, 'grant_type')
  assertBeta(context.req.header('anthropic-beta'), grantType)
  if (grantType === JWT_BEARER) return jsonResponse(exchangeIdentityToken(parameters, state, context.env))
  assertKnownClient(requireParameter(parameters, 'client_id'), state.clients)
  if (grantType === 'authorization_code') return jsonResponse(exchangeCode(parameters, state, context.env))
  if (grantType === 'refresh_token') return jsonResponse(refreshTokens(parameters, state, context.env))
  const mismatch = { name: 'grant_type', sent: grantType, expected: GRANT_TYPES }
  throw new OAuthError('unsupported_grant_type', "The 'grant_type' is not supported.", {
    explanation: { mismatch },
  })
}

function assertBeta(header: string | undefined, grantType: string): void {
  const betas = header?.split(',').map((beta) => beta.trim()) ?? []
  if (betas.includes(FEDERATION_BETA) === (grantType === JWT_BEARER)) return
  throw new OAuthError(
    'invalid_request',
    grantType === JWT_BEARER
      ? `The grant type needs the header anthropic-beta: ${FEDERATION_BETA}`
      : `The header anthropic-beta: ${FEDERATION_BETA} is for the grant type ${JWT_BEARER}.`,
  )
}
