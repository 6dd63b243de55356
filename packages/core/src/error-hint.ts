import type { AnthropicAuthErrorCode } from './error.ts'

const COPY_AGAIN = 'Copy the whole answer from the browser, in the form code#state, and paste it again.'

/** What the person can do next, by code. Fixed texts: nothing that was given ever stands in one. */
const HINTS: Readonly<Record<AnthropicAuthErrorCode, string>> = {
  invalid_config: 'Correct the option that the message names.',
  invalid_flow: 'Pass the flow that startFlow() returned, complete and unchanged, or start a new one.',
  invalid_authorization_response: COPY_AGAIN,
  state_mismatch:
    'This answer belongs to another login attempt. Use the newest link and paste the answer that it leads to.',
  authorization_denied: 'Start the login again, and choose to allow it.',
  oauth_error: 'Start the login again. If it fails again, check client id, redirect URI and scopes.',
  http_error: 'Check the endpoint and any proxy between here and there, then try again.',
  rate_limited: 'Wait, then try again.',
  invalid_token_response: 'Check that the endpoint is the right one and that no proxy answers in its place.',
  network_error: 'Check the network connection and any proxy settings, then try again.',
  timeout: 'Check the network connection, then try again, with a larger timeoutMs if it is slow.',
  aborted: 'The caller ended the call. Call again to go on.',
  missing_refresh_token: 'These tokens can not be refreshed. Log in again.',
  missing_scope: 'Log in again with the scope that the message names, with an account that may grant it.',
  reauthentication_required: 'The refresh token is used up, revoked or expired. Log in again.',
  account_on_hold:
    'To see why and how to appeal, open the link that came with this error (errorUri), or sign in at https://claude.ai. Try again once the hold is lifted.',
  organization_mismatch: 'Log in again and choose the organization and workspace that you asked for.',
  store_failed:
    'Check the place where the tokens are stored: that it is there, readable, writable and undamaged.',
  callback_server_failed: 'Start the login again, or paste the code instead.',
  port_unavailable: 'Choose another port, or let the system choose a free one.',
  callback_timeout: 'Start the login again and answer in the browser in time.',
  browser_launch_failed: 'Open the printed link in a browser yourself.',
  unsafe_url: 'Check the authorization endpoint: only https links, or http on loopback, are opened.',
  worker_failed: 'Call again; a new worker is started.',
  unsupported_runtime: 'Use the asynchronous client of @anthropic-auth/core in this runtime.',
}

/** Finer hints, by code and reason. */
const REASON_HINTS: Readonly<Record<string, string>> = {
  'invalid_authorization_response:empty': 'Nothing was pasted. ' + COPY_AGAIN,
  'invalid_authorization_response:too_long': 'This is too long to be the answer. ' + COPY_AGAIN,
  'invalid_authorization_response:characters':
    'Copy only the answer, without the words around it, in the form code#state, and paste it again.',
  'invalid_authorization_response:two_answers':
    'More than one answer was pasted. Paste the newest one alone.',
  'invalid_authorization_response:repeated_parameter':
    'Paste the link that the browser shows after access was allowed, unchanged.',
  'invalid_authorization_response:missing_state': 'The part after the # is missing. ' + COPY_AGAIN,
  'invalid_authorization_response:missing_code': 'The code is missing. ' + COPY_AGAIN,
  'invalid_authorization_response:authorization_url':
    'This is the login link itself. Open it in a browser, allow access, and paste the answer that is shown then.',
  'invalid_authorization_response:api_key':
    'This is an API key or a token, not an answer. Treat it as exposed if others could see it. ' + COPY_AGAIN,
  'invalid_authorization_response:json': 'This is JSON. Paste the answer alone, in the form code#state.',
  'invalid_authorization_response:scheme':
    'Paste the answer alone, in the form code#state. From a link of another scheme, pass its URLSearchParams.',
  'invalid_authorization_response:userinfo':
    'This link carries a user name. Paste the link that the browser shows after access was allowed.',
  'invalid_authorization_response:email_code':
    'This is the code of the login e-mail. Type it into the browser, allow access, and paste the answer that is shown then.',
  'oauth_error:invalid_grant':
    'The code was used already, has expired, or belongs to another login. Start the login again.',
  'oauth_error:invalid_client': 'The server does not know this client id. Check clientId and the endpoints.',
  'oauth_error:unauthorized_client': 'This client id may not do this. Check clientId.',
  'oauth_error:invalid_scope': 'Ask only for scopes that this client id and account may have.',
  'http_error:redirect': 'Set the endpoint to the address that it has moved to, if you trust that.',
  'http_error:html':
    'A web page came in place of an answer: check that the endpoint is up to date, and any proxy or firewall on the way.',
  'http_error:unauthorized': 'The access token was refused. Refresh the tokens, or log in again.',
  'http_error:forbidden': 'This account or token may not do this. Log in with an account that may.',
  'http_error:not_found': 'Nothing is there. Check that the endpoint is up to date.',
  'http_error:server_error': 'The server has a problem. Try again later.',
  'network_error:dns': 'The host was not found. Check the endpoint and the network connection.',
  'network_error:tls':
    'The certificate was not accepted. Behind a proxy that inspects TLS, make its CA known to the runtime (Node: NODE_EXTRA_CA_CERTS).',
}

/** The hint of a code, or of a code with a reason where there is a finer one. */
export function hintFor(code: AnthropicAuthErrorCode, reason?: string): string | undefined {
  return REASON_HINTS[`${code}:${reason}`] ?? HINTS[code]
}
