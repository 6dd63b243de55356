import { OAuthError } from './oauth-error.ts'
import { requireParameter, type RequestParameters } from './request-parameters.ts'
import { parseScope } from './scope.ts'
import type { IssuePolicy, ServerState } from './server-state.ts'
import type { Session } from './session.ts'
import { tokenResponse, type TokenResponse } from './token-response.ts'

/** Handles the grant `refresh_token`, and rotates the refresh token (RFC 6749, section 6, and RFC 9700, section 4.14.2). */
export function refreshTokens(
  parameters: RequestParameters,
  state: ServerState,
  policy: IssuePolicy,
): TokenResponse {
  const { sessions, account } = state
  const session = findSession(parameters, state)
  const asked = readScopes(parameters, session)
  const scopes = asked.filter((scope) => !policy.withheldScopes.includes(scope))
  session.organization = policy.organization ?? session.organization
  session.workspace = policy.workspace ?? session.workspace
  if (policy.rotate) sessions.rotate(session)
  const lifetimeSeconds = state.tokenLifetimeSeconds
  return tokenResponse(session, account, {
    accessToken: sessions.issueAccessToken(session, scopes, lifetimeSeconds),
    scopes,
    lifetimeSeconds,
    withRefreshToken: policy.rotate,
    secondsLeft: sessions.secondsLeft(session),
  })
}

function findSession(parameters: RequestParameters, state: ServerState): Session {
  const refreshToken = requireParameter(parameters, 'refresh_token')
  const session = state.sessions.findByRefreshToken(refreshToken)
  if (session === undefined || session.clientId !== parameters.get('client_id')) throw notFound()
  // Check this first, so that nothing is used up: the login works again once the hold is lifted.
  state.hold.assertLifted()
  // A used token is sent by the client or by a thief, and nobody can tell which. Both lose access.
  if (refreshToken !== session.refreshToken) session.revoked = true
  if (session.revoked) throw notFound()
  if (state.sessions.isOver(session)) throw new OAuthError('invalid_grant', 'Refresh token expired')
  return session
}

function notFound(): OAuthError {
  return new OAuthError('invalid_grant', 'Refresh token not found or invalid')
}

function readScopes(parameters: RequestParameters, session: Session): readonly string[] {
  if (!parameters.has('scope')) return session.scopes
  const scopes = parseScope(requireParameter(parameters, 'scope'))
  if (scopes.every((scope) => session.scopes.includes(scope))) return scopes
  throw new OAuthError('invalid_scope', 'The requested scope exceeds the scope that was granted.')
}
