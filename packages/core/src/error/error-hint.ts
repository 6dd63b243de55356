import { membersOf } from '../syntax/members.ts'
import type { AnthropicAuthErrorCode } from './error-code.ts'

export const COPY_AGAIN =
  'Copy the complete code (code#state) or the whole redirect URL from the browser, and try again.'

export const SERVER_PROBLEM = 'The server has a problem. Try again later.'

/** The next step after each error. The texts are fixed, so they can't contain a secret. */
const HINTS: Readonly<Record<AnthropicAuthErrorCode, string>> = {
  invalid_config: 'Correct the option that the message names.',
  invalid_flow: 'Pass the flow exactly as startFlow() returned it, or start a new one.',
  invalid_authorization_response: COPY_AGAIN,
  state_mismatch: 'This response is for a different login. Open the newest link and use its response.',
  authorization_denied: 'Start a new login and allow access.',
  oauth_error:
    'Read errorDescription, check the options clientId, redirectUri, scopes and endpoints, then start a new login.',
  http_error: 'Check the URL in the endpoints option and any proxy in between, then try again.',
  rate_limited: 'Wait for retryAfterSeconds, or for a minute if it is not set, then try again.',
  invalid_token_response:
    'Check the URL in the endpoints option, and that no proxy responds in place of the server.',
  network_error: 'Check the network connection, then try again.',
  timeout: 'Check the network connection and try again, with a larger timeoutMs if the network is slow.',
  aborted: 'Your program aborted this call. Call again to continue.',
  missing_refresh_token: "Log in again: these tokens can't be refreshed.",
  missing_scope:
    'Log in again, request the scope that the message names, and use an account that may grant it.',
  reauthentication_required: 'The refresh token is used up, revoked or expired. Log in again.',
  account_on_hold:
    'To see why and how to appeal, open the link that came with this error (errorUri), or sign in at https://claude.ai. Try again once the hold is lifted.',
  organization_mismatch:
    'Log in again, and choose the requested organization and workspace on the consent page.',
  store_failed: 'Fix the problem that the message or the cause names, then call again.',
  callback_server_failed:
    'Call startCallbackServer() again. If that fails, use the default redirectUri, where the user can copy the code.',
  port_unavailable: 'Set port to another number, or to 0 for any free port.',
  callback_timeout: 'Start a new login, with a larger timeoutMs if the user needs more time.',
  browser_launch_failed: 'Show the URL to the user, who can open it in any browser.',
  unsafe_url: 'Check the URL: only https URLs, and http URLs on loopback, are opened.',
  worker_failed: 'Call again: the next call starts a new worker thread.',
  unsupported_runtime: 'Use a runtime that supports what the message names, such as Node.',
}

/** More precise hints for the errors of RFC 6749, which come from a redirect or a request. */
const OAUTH_ERROR_HINTS = membersOf<Readonly<Record<string, string>>>({
  invalid_grant: 'The code was used before, has expired, or belongs to another login. Start a new login.',
  invalid_client: 'The server does not know this client id. Check the options clientId and endpoints.',
  unauthorized_client: 'The server does not allow this client to do this. Check the option clientId.',
  invalid_scope: 'Request only scopes that this client id and account are allowed.',
  server_error: SERVER_PROBLEM,
  temporarily_unavailable: SERVER_PROBLEM,
})

/** Returns the default hint of an error. Code with reasons of its own also has its own hints. */
export function hintFor(code: AnthropicAuthErrorCode, reason: string = ''): string | undefined {
  return (code === 'oauth_error' ? OAUTH_ERROR_HINTS[reason] : undefined) ?? HINTS[code]
}
