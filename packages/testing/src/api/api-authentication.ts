import { ON_HOLD } from '../authorization-server/account-hold.ts'
import type { AppContext, ServerState } from '../authorization-server/server-state.ts'
import type { AccessGrant } from '../authorization-server/session.ts'
import { ApiError } from './api-error.ts'

const BEARER = /^Bearer +([\x21-\x7e]+)$/i
const OAUTH_BETA = 'oauth-2025-04-20'

/**
 * The grant behind the request's access token.
 *
 * @throws ApiError 401 without a valid one, 403 when it lacks `scope` or the account is on hold
 */
export function requireBearer(
  request: AppContext['req'],
  { sessions, hold }: ServerState,
  scope: string,
): AccessGrant {
  const authorization = request.header('authorization')
  if (authorization === undefined) {
    throw new ApiError(401, 'Authentication is required: send a Bearer token.')
  }
  const grant = sessions.findAccessGrant(BEARER.exec(authorization)?.[1] ?? '')
  if (grant === undefined) throw new ApiError(401, 'Invalid bearer token')
  if (!sessions.isValid(grant)) {
    throw new ApiError(401, 'OAuth token has expired or was revoked. Log in again.')
  }
  if (hold.isActive) throw new ApiError(403, ON_HOLD)
  if (!grant.scopes.includes(scope)) {
    throw new ApiError(403, `OAuth token does not meet scope requirement ${scope}`)
  }
  return grant
}

/**
 * Lets a request to the messages and models API pass with a created key, or with an access token and the beta header.
 *
 * @throws ApiError 400, 401 or 403
 */
export function authenticateApiRequest(request: AppContext['req'], state: ServerState): void {
  if (request.header('anthropic-version') === undefined) {
    throw new ApiError(400, 'anthropic-version: header is required')
  }
  const apiKey = request.header('x-api-key')
  if (apiKey === undefined) return authenticateBearer(request, state)
  if (request.header('authorization') !== undefined) {
    throw new ApiError(401, 'Send either x-api-key or Authorization, not both.')
  }
  if (!state.sessions.hasApiKey(apiKey)) throw new ApiError(401, 'invalid x-api-key')
}

function authenticateBearer(request: AppContext['req'], state: ServerState): void {
  const authorization = request.header('authorization')
  // The official SDK sends an API key as a Bearer token too.
  if (state.sessions.hasApiKey(BEARER.exec(authorization ?? '')?.[1] ?? '')) return
  const betas = request.header('anthropic-beta')?.split(',') ?? []
  if (authorization !== undefined && !betas.some((beta) => beta.trim() === OAUTH_BETA)) {
    throw new ApiError(
      401,
      `OAuth authentication is not supported without the header anthropic-beta: ${OAUTH_BETA}`,
    )
  }
  requireBearer(request, state, 'user:inference')
}
