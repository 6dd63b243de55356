import { consentPage, type ConsentView } from '../pages/consent-page.ts'
import { PageError } from '../pages/error-page.ts'
import { HOLD_PAGE, ON_HOLD } from './account-hold.ts'
import { offeredWorkspaces } from './account.ts'
import {
  parseAuthorizationRequest,
  type AuthorizationRequest,
  type ConsentMode,
} from './authorization-request.ts'
import { PATHS } from './endpoint-paths.ts'
import { SCOPE_DESCRIPTIONS } from './scope.ts'
import type { AppContext, ServerState } from './server-state.ts'

const ACCOUNT_KINDS: Readonly<Record<ConsentMode, string>> = {
  max: 'Claude subscription (mode max)',
  console: 'Claude Console (mode console)',
}

/** Handles `GET /oauth/authorize`: shows the consent page (RFC 6749, section 4.1.1). */
export function askForConsent(context: AppContext, state: ServerState, mode: ConsentMode): Promise<Response> {
  const { searchParams } = new URL(context.req.url)
  // Set this first, so that the inspector groups a refused request with its login too.
  context.env.trace.login = loginOf(searchParams.get('state'), state)
  const request = parseAuthorizationRequest(searchParams, mode, state.clients)
  return consentPage(consentView(request, state))
}

function loginOf(state: string | null, { logins }: ServerState): number | null {
  return state === null || state === '' ? null : logins.ofState(state)
}

function consentView(request: AuthorizationRequest, { url, account, consents }: ServerState): ConsentView {
  const { clientId, loginHint, redirectUri } = request
  return {
    consentId: consents.add(request),
    clientId,
    email: account.email,
    accountKind: ACCOUNT_KINDS[request.mode],
    organization: request.organizationId ?? account.organization.name,
    workspace: request.workspaceId,
    workspaces: offeredWorkspaces(account, request.workspaceId),
    loginHint,
    scopes: request.scopes.map((name) => ({ name, description: SCOPE_DESCRIPTIONS[name] ?? '' })),
    redirectUri,
    showsCode: redirectUri.split('?')[0] === url + PATHS.codePage,
  }
}

/** Handles the form of the consent page: redirects to the client (RFC 6749, section 4.1.2). */
export async function decide(context: AppContext, state: ServerState): Promise<Response> {
  const form = new URLSearchParams(await context.req.text())
  const decision = form.get('decision')
  if (decision !== 'allow' && decision !== 'deny') throw new PageError('The form has no decision.')
  const pending = state.consents.take(form.get('consent') ?? '')
  if (pending === null) throw new PageError('This page was used before, or is too old.')
  context.env.trace.login = state.logins.ofState(pending.state)
  const request = { ...pending, workspaceId: chosenWorkspace(form.get('workspace'), pending, state) }
  return context.redirect(redirectUrl(request, responseTo(decision, request, state)), 303)
}

/** Returns the workspace that the user chose of those on the page, or the requested one. */
function chosenWorkspace(
  chosen: string | null,
  { workspaceId }: AuthorizationRequest,
  { account }: ServerState,
): string | null {
  if (chosen === null || workspaceId !== null) return workspaceId
  if (offeredWorkspaces(account, workspaceId).some(({ id }) => id === chosen)) return chosen
  throw new PageError('The page did not offer this workspace.', { name: 'workspace', detail: chosen })
}

function responseTo(
  decision: 'allow' | 'deny',
  request: AuthorizationRequest,
  { hold, codes }: ServerState,
): Readonly<Record<string, string>> {
  if (decision === 'deny') {
    return { error: 'access_denied', error_description: 'The user denied the request.' }
  }
  if (hold.isActive) return { error: 'access_denied', error_description: ON_HOLD, error_uri: HOLD_PAGE }
  return { code: codes.issue(request) }
}

/** Appends to the redirect URI instead of parsing and rebuilding it: a client may compare its own part. */
function redirectUrl(request: AuthorizationRequest, response: Readonly<Record<string, string>>): string {
  const { redirectUri, state } = request
  return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${new URLSearchParams({ ...response, state })}`
}
