import { exchangeCode } from './code-exchange.ts'
import { OAuthError } from './oauth-error.ts'
import { readParameters, requireParameter } from './request-parameters.ts'
import type { AppContext, ServerState } from './server-state.ts'
import { refreshTokens } from './token-refresh.ts'

/** Answers `POST /v1/oauth/token` (RFC 6749, section 3.2). */
export async function handleTokenRequest(context: AppContext, state: ServerState): Promise<Response> {
  const parameters = await readParameters(context.req)
  const grantType = requireParameter(parameters, 'grant_type')
  const clientId = requireParameter(parameters, 'client_id')
  if (!state.clients.has(clientId)) {
    throw new OAuthError('invalid_client', 'Client not found.', { status: 401 })
  }
  const { issuePolicy } = context.env
  if (grantType === 'authorization_code') return context.json(exchangeCode(parameters, state, issuePolicy))
  if (grantType === 'refresh_token') return context.json(refreshTokens(parameters, state, issuePolicy))
  throw new OAuthError('unsupported_grant_type', "The 'grant_type' is not supported.")
}
