import { HOLD_EXPLANATION, ON_HOLD } from '../authorization-server/account-hold.ts'
import { explainMixUp } from '../authorization-server/mixed-up-value.ts'
import type { AppContext, ServerState } from '../authorization-server/server-state.ts'
import type { AccessGrant } from '../authorization-server/session.ts'
import { explainAuthorization } from '../explanations/authorization-header.ts'
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
  { req, env }: AppContext,
  state: ServerState,
  scopes: readonly string[],
): AccessGrant {
  const authorization = req.header('authorization')
  if (authorization === undefined) throw noToken(req)
  const grant = state.sessions.findAccessGrant(BEARER.exec(authorization)?.[1] ?? '')
  env.trace.login = grant?.session.login ?? null
  if (grant === undefined) throw unknownToken(authorization, state)
  if (!state.sessions.isValid(grant)) throw invalidToken(grant)
  if (state.hold.isActive && grant.session.mode !== 'federation') {
    throw new ApiError(403, ON_HOLD, HOLD_EXPLANATION)
  }
  if (!scopes.some((scope) => grant.scopes.includes(scope))) throw missingScope(grant, scopes)
  return grant
}

function noToken(req: AppContext['req']): ApiError {
  const hasKey = req.header('x-api-key') !== undefined
  const inQuery = req.query('access_token') !== undefined
  return new ApiError(401, 'Authentication is required: send a Bearer token.', {
    text: hasKey
      ? 'This address takes no `x-api-key`. Send an access token as `Authorization: Bearer …`.'
      : inQuery
        ? 'Send the token in the header `Authorization: Bearer …`, not in the URL.'
        : 'The request has no `Authorization` header.',
  })
}

function unknownToken(authorization: string, state: ServerState): ApiError {
  return new ApiError(401, 'Invalid bearer token', {
    text:
      explainToken(authorization, state) ??
      'This emulator has not issued the token. It forgets all tokens when it ends.',
  })
}

function explainToken(authorization: string, state: ServerState): string | undefined {
  const token = BEARER.exec(authorization)?.[1] ?? ''
  return explainAuthorization(authorization) ?? explainMixUp('authorization', token, state)
}

function invalidToken({ revoked, session }: AccessGrant): ApiError {
  const isRevoked = revoked || session.revoked
  return new ApiError(401, 'OAuth token has expired or was revoked. Log in again.', {
    text: isRevoked ? 'The token was revoked.' : 'The token has expired. The refresh token gives a new one.',
  })
}

function missingScope(grant: AccessGrant, scopes: readonly string[]): ApiError {
  return new ApiError(403, `OAuth token does not meet scope requirement ${scopes[0]}`, {
    text: 'Request the scope when the login starts. A refresh cannot add it.',
    mismatch: { name: 'scope', sent: grant.scopes.join(' '), expected: scopes },
  })
}

/**
 * Accepts a request to the messages and models API with an API key, or with an access token and the beta header.
 *
 * @throws ApiError 400, 401 or 403
 */
export function authenticateApiRequest(context: AppContext, state: ServerState): void {
  if (context.req.header('anthropic-version') === undefined) {
    throw new ApiError(400, 'anthropic-version: header is required', {
      text: 'Send `anthropic-version: 2023-06-01`, as every request to the API does.',
    })
  }
  const apiKey = context.req.header('x-api-key')
  if (apiKey === undefined) return authenticateBearer(context, state)
  if (context.req.header('authorization') !== undefined) {
    throw new ApiError(401, 'Send either x-api-key or Authorization, not both.', {
      text: explainMixUp('x-api-key', apiKey, state) ?? 'Send an API key as `x-api-key` alone.',
    })
  }
  assertApiKey(apiKey, context, state)
}

function assertApiKey(apiKey: string, { env }: AppContext, state: ServerState): void {
  const session = state.sessions.findByApiKey(apiKey)
  env.trace.login = session?.login ?? null
  if (session !== undefined) return
  throw new ApiError(401, 'invalid x-api-key', {
    text:
      explainMixUp('x-api-key', apiKey, state) ??
      'This emulator has not created the key. It forgets all keys when it ends.',
  })
}

function authenticateBearer(context: AppContext, state: ServerState): void {
  const authorization = context.req.header('authorization')
  const token = BEARER.exec(authorization ?? '')?.[1] ?? ''
  // The API takes a key as a Bearer token too.
  if (API_KEY.test(token)) return assertApiKey(token, context, state)
  if (authorization !== undefined) assertOAuthBeta(context.req.header('anthropic-beta'), authorization, state)
  requireBearer(context, state, INFERENCE_SCOPES)
}

function assertOAuthBeta(header: string | undefined, authorization: string, state: ServerState): void {
  const betas = header?.split(',').map((beta) => beta.trim()) ?? []
  if (betas.includes(OAUTH_BETA)) return
  throw new ApiError(
    401,
    `OAuth authentication is not supported without the header anthropic-beta: ${OAUTH_BETA}`,
    {
      text: explainToken(authorization, state),
      mismatch: { name: 'anthropic-beta', sent: header ?? null, expected: [OAUTH_BETA] },
    },
  )
}
