import {
  parseAuthorizationRequest,
  type AuthorizationRequest,
  type ConsentMode,
} from './authorization-request.ts'
import { HOLD_PAGE, ON_HOLD } from './authorization-server/account-hold.ts'
import { consentPage } from './consent-page.ts'
import { PageRefusal } from './error-page.ts'
import type { AppContext, ServerState } from './server-environment.ts'

/** Answers `GET /oauth/authorize`: asks the person, and decides nothing. */
export function askForConsent(context: AppContext, state: ServerState, mode: ConsentMode): Promise<Response> {
  const { searchParams } = new URL(context.req.url)
  const request = parseAuthorizationRequest(searchParams, mode, state.clients)
  return consentPage(request, state.consents.add(request), state)
}

/** Answers the form of the consent page with a redirect to the client (RFC 6749, section 4.1.2). */
export async function decide(context: AppContext, state: ServerState): Promise<Response> {
  const form = new URLSearchParams(await context.req.text())
  const decision = form.get('decision')
  if (decision !== 'allow' && decision !== 'deny') throw new PageRefusal('Nothing was decided.')
  const request = state.consents.take(form.get('consent') ?? '')
  if (request === null) throw new PageRefusal('This page was answered before, or is too old.')
  return context.redirect(redirectUrl(request, responseTo(decision, request, state)), 303)
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

/** The redirect URI with the answer added to it, not parsed and rebuilt: a client may compare its own part. */
function redirectUrl(request: AuthorizationRequest, answer: Readonly<Record<string, string>>): string {
  const { redirectUri, state } = request
  return `${redirectUri}${redirectUri.includes('?') ? '&' : '?'}${new URLSearchParams({ ...answer, state })}`
}
