import { grantedOrganization, grantedWorkspace, isWorkspaceId } from './account.ts'
import type { EmulatorFederationRule } from './federation-rule.ts'
import { readIdentityToken, type IdentityClaims } from './identity-token.ts'
import { OAuthError } from './oauth-error.ts'
import type { Mismatch } from '../explanations/refusal.ts'
import { requireParameter, type RequestParameters } from './request-parameters.ts'
import type { RequestEnvironment, ServerState } from './server-state.ts'

/** The value of `anthropic-beta` that the grant needs, and that no other grant takes. */
export const FEDERATION_BETA = 'oidc-federation-2026-04-01'

/** The body of a successful response. It has no refresh token: a machine exchanges its identity token again. */
interface FederationResponse {
  readonly token_type: 'Bearer'
  readonly access_token: string
  readonly expires_in: number
  readonly scope: string
}

/** Handles the grant `jwt-bearer`: an identity token for an access token (RFC 7523, section 2.1). */
export function exchangeIdentityToken(
  parameters: RequestParameters,
  state: ServerState,
  { issuePolicy: policy, trace }: RequestEnvironment,
): FederationResponse {
  const requested = readRequest(parameters)
  const claims = readIdentityToken(requested.assertion, state.now())
  const rule = findRule(requested.ruleId, claims, state.federationRules)
  const workspace = requested.workspaceId ?? chooseWorkspace(rule)
  assertCovered(rule, workspace)
  const scopes = (rule.scopes ?? ['workspace:developer']).filter(
    (scope) => !policy.withheldScopes.includes(scope),
  )
  const login = state.logins.next()
  trace.login = login
  const session = state.sessions.openFederated({
    login,
    clientId: null,
    mode: 'federation',
    scopes,
    organization: policy.organization ?? grantedOrganization(state.account, requested.organizationId),
    workspace: policy.workspace ?? grantedWorkspace(state.account, workspace),
  })
  const lifetimeSeconds = state.tokenLifetimeSeconds
  return {
    token_type: 'Bearer',
    access_token: state.sessions.issueAccessToken(session, scopes, lifetimeSeconds),
    expires_in: lifetimeSeconds,
    scope: scopes.join(' '),
  }
}

function readRequest(parameters: RequestParameters) {
  return {
    assertion: requireParameter(parameters, 'assertion'),
    ruleId: requireParameter(parameters, 'federation_rule_id'),
    organizationId: requireParameter(parameters, 'organization_id'),
    serviceAccountId: readOptional(parameters, 'service_account_id'),
    workspaceId: readOptional(parameters, 'workspace_id'),
  }
}

function readOptional(parameters: RequestParameters, name: string): string | null {
  return parameters.has(name) ? requireParameter(parameters, name) : null
}

/** Returns the rule that the identity token satisfies. Without configured rules, there is one for every id. */
function findRule(
  id: string,
  claims: IdentityClaims,
  rules: readonly EmulatorFederationRule[] | undefined,
): EmulatorFederationRule {
  if (rules === undefined) return { id }
  const rule = rules.find((candidate) => candidate.id === id)
  if (rule === undefined) {
    const expected = rules.map((candidate) => candidate.id)
    throw unauthorized('Federation rule not found.', { name: 'federation_rule_id', sent: id, expected })
  }
  assertClaim('iss', claims.issuer, rule.issuer)
  assertClaim('sub', claims.subject, rule.subject)
  return rule
}

function assertClaim(name: string, sent: string | null, expected: string | undefined): void {
  if (expected === undefined || expected === sent) return
  throw unauthorized('The federation rule does not match the identity token.', {
    name,
    sent,
    expected: [expected],
  })
}

/** Returns the rule's only workspace, or the organization's default workspace if the rule covers it. */
function chooseWorkspace({ workspaces = [] }: EmulatorFederationRule): string | null {
  if (workspaces.length <= 1) return workspaces[0] ?? null
  if (workspaces.includes('default')) return 'default'
  const description = "The federation rule covers several workspaces. Name one with 'workspace_id'."
  throw unauthorized(description, { name: 'workspace_id', sent: null, expected: workspaces })
}

function assertCovered({ workspaces }: EmulatorFederationRule, workspaceId: string | null): void {
  if (workspaceId === null) return
  if (!isWorkspaceId(workspaceId)) {
    throw new OAuthError('invalid_request', "Malformed 'workspace_id' in request.")
  }
  if (workspaces !== undefined && !workspaces.includes(workspaceId)) {
    const mismatch = { name: 'workspace_id', sent: workspaceId, expected: workspaces }
    throw unauthorized('The federation rule does not cover this workspace.', mismatch)
  }
}

function unauthorized(description: string, mismatch: Mismatch): OAuthError {
  return new OAuthError('invalid_grant', description, { status: 401, explanation: { mismatch } })
}
