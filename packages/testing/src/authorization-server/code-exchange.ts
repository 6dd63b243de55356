import { timingSafeEqual, verifyCodeChallenge } from '@anthropic-auth/pkce'
import type { Explanation } from '../explanations/refusal.ts'
import { grantedOrganization, grantedWorkspace } from './account.ts'
import type { AuthorizationCode } from './authorization-code.ts'
import { explainForeignState, explainForeignVerifier, explainUnknownCode } from './mixed-up-value.ts'
import { OAuthError } from './oauth-error.ts'
import { requireParameter, type RequestParameters } from './request-parameters.ts'
import type { IssuePolicy, RequestEnvironment, ServerState } from './server-state.ts'
import type { Consent } from './session.ts'
import { tokenResponse, type TokenResponse } from './token-response.ts'

const LONG_LIFETIME_SECONDS = 31_536_000

/** Handles the grant `authorization_code` (RFC 6749, section 4.1.3, and RFC 7636, section 4.6). */
export function exchangeCode(
  parameters: RequestParameters,
  state: ServerState,
  { issuePolicy, trace }: RequestEnvironment,
): TokenResponse {
  const presented = readPresentedCode(parameters)
  const code = state.codes.find(presented.code)
  trace.login = state.logins.find(code?.request.state ?? presented.state)
  if (code === undefined) {
    throw refused('Authorization code not found or invalid.', explainUnknownCode(presented.code, state))
  }
  // Check this first, so that the code isn't used up: it works again once the hold is lifted.
  state.hold.assertLifted()
  useUp(code)
  if (state.codes.isExpired(code)) throw refused('Authorization code expired.', {})
  assertMatch(code, presented, state)
  const lifetimeSeconds = readLifetime(parameters, code) ?? state.tokenLifetimeSeconds
  const session = state.sessions.open(consentTo(code, state, issuePolicy))
  code.session = session
  return tokenResponse(session, state.account, {
    accessToken: state.sessions.issueAccessToken(session, session.scopes, lifetimeSeconds),
    scopes: session.scopes,
    lifetimeSeconds,
    withRefreshToken: true,
    secondsLeft: state.sessions.secondsLeft(session),
  })
}

function consentTo({ request }: AuthorizationCode, state: ServerState, policy: IssuePolicy): Consent {
  const { account, logins } = state
  return {
    login: logins.ofState(request.state),
    clientId: request.clientId,
    mode: request.mode,
    scopes: request.scopes.filter((scope) => !policy.withheldScopes.includes(scope)),
    organization: policy.organization ?? grantedOrganization(account, request.organizationId),
    workspace: policy.workspace ?? grantedWorkspace(account, request.workspaceId),
  }
}

type PresentedCode = ReturnType<typeof readPresentedCode>

function readPresentedCode(parameters: RequestParameters) {
  return {
    code: requireParameter(parameters, 'code'),
    state: requireParameter(parameters, 'state'),
    clientId: requireParameter(parameters, 'client_id'),
    redirectUri: requireParameter(parameters, 'redirect_uri'),
    codeVerifier: requireParameter(parameters, 'code_verifier'),
  }
}

/** A code works for one attempt. A second attempt means that it leaked, and revokes its tokens. */
function useUp(code: AuthorizationCode): void {
  if (code.used) {
    if (code.session !== null) code.session.revoked = true
    throw refused('Authorization code was used before.', {
      text: 'A code works once. A second use may be a theft, so all tokens of the first are revoked.',
    })
  }
  code.used = true
}

function assertMatch({ request }: AuthorizationCode, presented: PresentedCode, state: ServerState): void {
  const { clientId, redirectUri, codeVerifier } = presented
  if (clientId !== request.clientId) {
    const mismatch = { name: 'client_id', sent: clientId, expected: [request.clientId] }
    throw refused('Authorization code was issued to another client.', { mismatch })
  }
  if (redirectUri !== request.redirectUri) {
    const mismatch = { name: 'redirect_uri', sent: redirectUri, expected: [request.redirectUri] }
    throw refused("Invalid 'redirect_uri' in request.", { mismatch })
  }
  if (!timingSafeEqual(presented.state, request.state)) {
    const mismatch = { name: 'state', sent: presented.state, expected: [request.state] }
    const text = explainForeignState(presented.state, state)
    throw refused("Invalid 'state' in request.", { text, mismatch })
  }
  if (!verifyCodeChallenge(codeVerifier, request.codeChallenge)) {
    const mismatch = { name: 'code_verifier', sent: codeVerifier, expected: [request.codeChallenge] }
    const text = explainForeignVerifier(codeVerifier, state)
    throw refused("Invalid 'code_verifier' in request.", { text, mismatch })
  }
}

function refused(description: string, explanation: Explanation): OAuthError {
  return new OAuthError('invalid_grant', description, { explanation })
}

/** Reads `expires_in`, which requests a longer lifetime for a token that can only send messages. */
function readLifetime(parameters: RequestParameters, { request }: AuthorizationCode): number | null {
  const expiresIn = parameters.get('expires_in')
  if (expiresIn === undefined) return null
  const isNumber = typeof expiresIn === 'number' || (typeof expiresIn === 'string' && /^\d+$/.test(expiresIn))
  const seconds = Number(expiresIn)
  if (!isNumber || !Number.isInteger(seconds) || seconds < 1 || seconds > LONG_LIFETIME_SECONDS) {
    throw new OAuthError('invalid_request', "Malformed 'expires_in' in request.", {
      explanation: {
        text: `Send whole seconds from 1 to ${LONG_LIFETIME_SECONDS}, or leave \`expires_in\` out.`,
      },
    })
  }
  if (request.scopes.some((scope) => scope !== 'user:inference')) {
    throw new OAuthError('invalid_scope', "Custom 'expires_in' is refused for these scopes.", {
      explanation: {
        text: 'Leave `expires_in` out. Only a login whose one scope is `user:inference` may choose its lifetime.',
      },
    })
  }
  return seconds
}
