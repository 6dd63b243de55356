import { ON_HOLD } from '../authorization-server/account-hold.ts'
import type { AppContext, ServerState } from '../authorization-server/server-state.ts'
import type { AccessGrant } from '../authorization-server/session.ts'
import { ApiError } from './api-error.ts'

const BEARER = /^Bearer +([\x21-\x7e]+)$/i
const API_KEY = /^sk-ant-api\d/
const OAUTH_BETA = 'oauth-2025-04-20'

/** Each of these scopes lets a token send messages. */
const INFERENCE_SCOPES = ['user:inference', 'workspace:developer', 'workspace:inference']

/**
 * Returns the grant that the request's access token stands for.
 *
 * @param scopes - the token needs one of these
 * @throws ApiError 401 without a valid access token, 403 when it lacks the scope or the account is on hold
 */
export function requireBearer(
  request: AppContext['req'],
  { sessions, hold }: ServerState,
  scopes: readonly string[],
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
  if (hold.isActive && grant.session.mode !== 'federation') throw new ApiError(403, ON_HOLD)
  if (!scopes.some((scope) => grant.scopes.includes(scope))) {
    throw new ApiError(403, `OAuth token does not meet scope requirement ${scopes[0]}`)
  }
  return grant
}

/**
 * Accepts a request to the messages and models API with an API key, or with an access token and the beta header.
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
  assertApiKey(apiKey, state)
}

function assertApiKey(apiKey: string, { sessions }: ServerState): void {
  if (!sessions.hasApiKey(apiKey)) throw new ApiError(401, 'invalid x-api-key')
}

function authenticateBearer(request: AppContext['req'], state: ServerState): void {
  const authorization = request.header('authorization')
  const token = BEARER.exec(authorization ?? '')?.[1] ?? ''
  // The API takes a key as a Bearer token too.
  if (API_KEY.test(token)) return assertApiKey(token, state)
  const betas = request.header('anthropic-beta')?.split(',') ?? []
  if (authorization !== undefined && !betas.some((beta) => beta.trim() === OAUTH_BETA)) {
    throw new ApiError(
      401,
      `OAuth authentication is not supported without the header anthropic-beta: ${OAUTH_BETA}`,
    )
  }
  requireBearer(request, state, INFERENCE_SCOPES)
}
