import { timingSafeEqual, verifyCodeChallenge } from '@anthropic-auth/pkce'
import { grantedOrganization, grantedWorkspace } from './account.ts'
import type { AuthorizationCode } from './authorization-code.ts'
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
  if (code === undefined) throw new OAuthError('invalid_grant', 'Authorization code not found or invalid.')
  // Check this first, so that the code isn't used up: it works again once the hold is lifted.
  state.hold.assertLifted()
  useUp(code)
  if (state.codes.isExpired(code)) throw new OAuthError('invalid_grant', 'Authorization code expired.')
  assertMatch(code, presented)
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
    throw new OAuthError('invalid_grant', 'Authorization code was used before.', {
      explanation: {
        text: 'A code works once. A second use may be a theft, so all tokens of the first are revoked.',
      },
    })
  }
  code.used = true
}

function assertMatch({ request }: AuthorizationCode, presented: PresentedCode): void {
  if (presented.clientId !== request.clientId) {
    throw mismatch(
      'Authorization code was issued to another client.',
      'client_id',
      presented.clientId,
      request.clientId,
    )
  }
  if (presented.redirectUri !== request.redirectUri) {
    throw mismatch(
      "Invalid 'redirect_uri' in request.",
      'redirect_uri',
      presented.redirectUri,
      request.redirectUri,
    )
  }
  if (!timingSafeEqual(presented.state, request.state)) {
    throw mismatch("Invalid 'state' in request.", 'state', presented.state, request.state)
  }
  if (!verifyCodeChallenge(presented.codeVerifier, request.codeChallenge)) {
    throw mismatch(
      "Invalid 'code_verifier' in request.",
      'code_verifier',
      presented.codeVerifier,
      request.codeChallenge,
    )
  }
}

/** @param expected - the value of the authorization request */
function mismatch(description: string, name: string, sent: string, expected: string): OAuthError {
  const explanation = { mismatch: { name, sent, expected: [expected] } }
  return new OAuthError('invalid_grant', description, { explanation })
}

/** Reads `expires_in`, which requests a longer lifetime for a token that can only send messages. */
function readLifetime(parameters: RequestParameters, { request }: AuthorizationCode): number | null {
  const expiresIn = parameters.get('expires_in')
  if (expiresIn === undefined) return null
  const isNumber = typeof expiresIn === 'number' || (typeof expiresIn === 'string' && /^\d+$/.test(expiresIn))
  const seconds = Number(expiresIn)
  if (!isNumber || !Number.isInteger(seconds) || seconds < 1 || seconds > LONG_LIFETIME_SECONDS) {
    throw new OAuthError('invalid_request', "Malformed 'expires_in' in request.")
  }
  if (request.scopes.some((scope) => scope !== 'user:inference')) {
    throw new OAuthError('invalid_scope', "Custom 'expires_in' is refused for these scopes.")
  }
  return seconds
}
