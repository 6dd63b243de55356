import { explainSeparator } from '../explanations/scope-list.ts'
import type { Mismatch } from '../explanations/refusal.ts'
import { explainMixUp } from './mixed-up-value.ts'
import { OAuthError } from './oauth-error.ts'
import { requireParameter, type RequestParameters } from './request-parameters.ts'
import type { RequestTrace } from './request-trace.ts'
import { isKnownScope, parseScope } from './scope.ts'
import type { RequestEnvironment, ServerState } from './server-state.ts'
import type { Session } from './session.ts'
import { tokenResponse, type TokenResponse } from './token-response.ts'

/** Handles the grant `refresh_token`, and rotates the refresh token (RFC 6749, section 6, and RFC 9700, section 4.14.2). */
export function refreshTokens(
  parameters: RequestParameters,
  state: ServerState,
  { issuePolicy: policy, trace }: RequestEnvironment,
): TokenResponse {
  const { sessions, account } = state
  const session = findSession(parameters, state, trace)
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

function findSession(parameters: RequestParameters, state: ServerState, trace: RequestTrace): Session {
  const refreshToken = requireParameter(parameters, 'refresh_token')
  const session = state.sessions.findByRefreshToken(refreshToken)
  trace.login = session?.login ?? null
  if (session === undefined) {
    throw notFound(
      explainMixUp('refresh_token', refreshToken, state) ??
        'This emulator has not issued the refresh token. It forgets all tokens when it ends.',
    )
  }
  if (session.clientId !== parameters.get('client_id')) {
    throw notFound('The refresh token belongs to a different client.', {
      name: 'client_id',
      sent: String(parameters.get('client_id')),
      expected: session.clientId === null ? [] : [session.clientId],
    })
  }
  // Check this first, so that nothing is used up: the login works again once the hold is lifted.
  state.hold.assertLifted()
  // A used token is sent by the client or by a thief, and nobody can tell which. Both lose access.
  if (refreshToken !== session.refreshToken) {
    session.revoked = true
    throw notFound(
      'The refresh token was used before: each refresh returns a new one. This reuse has ended the login.',
    )
  }
  if (session.revoked) throw notFound('The login was revoked.')
  if (state.sessions.isOver(session)) {
    throw new OAuthError('invalid_grant', 'Refresh token expired', {
      explanation: {
        text: 'The login has ended, however often it was refreshed. The user must log in again.',
      },
    })
  }
  return session
}

function notFound(text: string, mismatch?: Mismatch): OAuthError {
  return new OAuthError('invalid_grant', 'Refresh token not found or invalid', {
    explanation: { text, mismatch },
  })
}

function readScopes(parameters: RequestParameters, session: Session): readonly string[] {
  if (!parameters.has('scope')) return session.scopes
  const scopes = parseScope(requireParameter(parameters, 'scope'))
  if (scopes.every((scope) => session.scopes.includes(scope))) return scopes
  throw new OAuthError('invalid_scope', 'The requested scope exceeds the scope that was granted.', {
    explanation: {
      text: explainRefreshScope(scopes, session.scopes),
      mismatch: { name: 'scope', sent: scopes.join(' '), expected: [session.scopes.join(' ')] },
    },
  })
}

function explainRefreshScope(asked: readonly string[], granted: readonly string[]): string {
  const separator = explainSeparator(asked.join(' '), isKnownScope)
  const more = asked.filter((scope) => !granted.includes(scope)).join(' ')
  return separator ?? `Not granted: \`${more}\`. Leave \`scope\` out to keep the granted scopes.`
}
