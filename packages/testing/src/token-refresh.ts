import { OAuthRefusal } from './oauth-refusal.ts'
import { requireParameter } from './request-parameters.ts'
import type { RequestParameters } from './request-parameters.ts'
import { parseScope } from './scope.ts'
import type { IssuePolicy, ServerState } from './server-environment.ts'
import type { Session } from './session.ts'
import { tokenResponse } from './token-response.ts'
import type { TokenResponse } from './token-response.ts'

/** Answers the grant `refresh_token` with a new refresh token (RFC 6749, section 6, and RFC 9700, section 4.14.2). */
export function refreshTokens(
  parameters: RequestParameters,
  state: ServerState,
  policy: IssuePolicy,
): TokenResponse {
  const session = findSession(parameters, state)
  const asked = readScopes(parameters, session)
  const scopes = asked.filter((scope) => !policy.withheldScopes.includes(scope))
  if (policy.rotate) state.sessions.rotate(session)
  const lifetimeSeconds = state.tokenLifetimeSeconds
  const accessToken = state.sessions.issueAccessToken(session, scopes, lifetimeSeconds)
  return tokenResponse(session, { accessToken, scopes, lifetimeSeconds, withRefreshToken: policy.rotate })
}

function findSession(parameters: RequestParameters, state: ServerState): Session {
  const refreshToken = requireParameter(parameters, 'refresh_token')
  const session = state.sessions.findByRefreshToken(refreshToken)
  if (session === undefined || session.request.clientId !== parameters.get('client_id')) throw notFound()
  // Either the client or a thief presents a used token, and nobody can tell which: both are cut off.
  if (refreshToken !== session.refreshToken) session.revoked = true
  if (session.revoked) throw notFound()
  return session
}

function notFound(): OAuthRefusal {
  return new OAuthRefusal('invalid_grant', 'Refresh token not found or invalid')
}

function readScopes(parameters: RequestParameters, session: Session): readonly string[] {
  if (!parameters.has('scope')) return session.scopes
  const scopes = parseScope(requireParameter(parameters, 'scope'))
  if (scopes.every((scope) => session.scopes.includes(scope))) return scopes
  throw new OAuthRefusal('invalid_scope', 'The requested scope exceeds the scope that was granted.')
}
