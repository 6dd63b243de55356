import { membersOf } from '../syntax/members.ts'
import type { AnthropicAuthErrorCode } from './error-code.ts'

const COPY_AGAIN =
  'Copy the complete code (code#state) or the whole redirect URL from the browser, and try again.'

/** The next step after each error. The texts are fixed, so they can't contain a secret. */
const HINTS: Readonly<Record<AnthropicAuthErrorCode, string>> = {
  invalid_config: 'Correct the option that the message names.',
  invalid_flow: 'Pass the flow exactly as startFlow() returned it, or start a new one.',
  invalid_authorization_response: COPY_AGAIN,
  state_mismatch: 'This response is for a different login. Open the newest link and use its response.',
  authorization_denied: 'Start a new login and allow access.',
  oauth_error:
    'Read errorDescription, check clientId, redirectUri, scopes and endpoints, then start a new login.',
  http_error: 'Check the endpoint and any proxy in between, then try again.',
  rate_limited: 'Wait, then try again.',
  invalid_token_response: 'Check the endpoint, and that no proxy responds in its place.',
  network_error: 'Check the network connection, then try again.',
  timeout: 'Check the network connection and try again, with a larger timeoutMs if the network is slow.',
  aborted: 'Your program aborted this call. Call again to continue.',
  missing_refresh_token: "Log in again: these tokens can't be refreshed.",
  missing_scope:
    'Log in again, request the scope that the message names, and use an account that may grant it.',
  reauthentication_required: 'The refresh token is used up, revoked or expired. Log in again.',
  account_on_hold:
    'To see why and how to appeal, open the link that came with this error (errorUri), or sign in at https://claude.ai. Try again once the hold is lifted.',
  organization_mismatch: 'Log in again and choose the organization and workspace that you asked for.',
  store_failed: 'Check the token store. If there is a cause, it is the error of the store.',
  callback_server_failed:
    'Call startCallbackServer() again. If that fails, use the default redirectUri, where the user can copy the code.',
  port_unavailable: 'Choose another port, or 0 for any free port.',
  callback_timeout: 'Start a new login, with a larger timeoutMs if the user needs more time.',
  browser_launch_failed: 'Show the URL to the user, who can open it in any browser.',
  unsafe_url: 'Check the URL: only https URLs, and http URLs on loopback, are opened.',
  worker_failed: 'Call again: the next call starts a new worker thread.',
  unsupported_runtime: 'Use a runtime that supports what the message names, such as Node.',
}

/** More precise hints, by code and reason. */
const REASON_HINTS = membersOf<Readonly<Record<string, string>>>({
  'invalid_authorization_response:characters':
    'Copy only the code (code#state), without any words around it, and try again.',
  'invalid_authorization_response:two_answers': 'Use only one response, the newest.',
  'invalid_authorization_response:repeated_parameter':
    'Use the URL that the browser shows after access was allowed, unchanged.',
  'invalid_authorization_response:missing_state': `The state is missing. ${COPY_AGAIN}`,
  'invalid_authorization_response:missing_code': `The code is missing. ${COPY_AGAIN}`,
  'invalid_authorization_response:authorization_url':
    'Open this link in a browser, allow access, and use the code that the browser then shows.',
  'invalid_authorization_response:api_key': `Revoke this key or token if others may have seen it. ${COPY_AGAIN}`,
  'invalid_authorization_response:json': 'Use only the code, in the form code#state.',
  'invalid_authorization_response:scheme':
    'Use the code (code#state), or a URL that begins like the redirectUri of this login.',
  'invalid_authorization_response:userinfo':
    'Use the URL that the browser shows after access was allowed, which has no user name.',
  'invalid_authorization_response:email_code':
    'Type this code into the browser, allow access, and use the code that the browser then shows.',
  'oauth_error:invalid_grant':
    'The code was used before, has expired, or belongs to another login. Start a new login.',
  'oauth_error:invalid_client': 'The server does not know this client id. Check clientId and endpoints.',
  'oauth_error:unauthorized_client': 'This client is not allowed to do this. Check clientId.',
  'oauth_error:invalid_scope': 'Request only scopes that this client id and account are allowed.',
  'oauth_error:server_error': 'The server has a problem. Try again later.',
  'oauth_error:temporarily_unavailable': 'The server has a problem. Try again later.',
  'http_error:redirect': 'If you trust the new address, set the endpoint to it.',
  'http_error:html':
    'A web page came instead of JSON. Check that the endpoint is up to date, and any proxy or firewall in between.',
  'http_error:unauthorized': 'The access token was refused. Refresh the tokens, or log in again.',
  'http_error:client_unauthorized': 'The server refused this client. Check clientId and endpoints.',
  'http_error:forbidden':
    'Use an account and a token that are allowed to do this. errorDescription may say more.',
  'http_error:not_found': 'There is nothing at this URL. Check that the endpoint is up to date.',
  'http_error:server_error': 'The server has a problem. Try again later.',
  'http_error:proxy_authentication':
    'Set the user name and password of the proxy, for example with HTTPS_PROXY=http://user:password@host:port.',
  'http_error:unsupported_media_type': 'Check the endpoint: it does not accept requests of this type.',
  'rate_limited:no_retry_after':
    'Wait, then try again. If it never works, the server may be blocking this client or its userAgent.',
  'network_error:dns': 'The host was not found. Check the endpoint and the network connection.',
  'network_error:tls':
    "The server's certificate was not accepted. Behind a proxy that inspects TLS, run Node with --use-system-ca, or with NODE_EXTRA_CA_CERTS set to the proxy's certificate.",
  'network_error:proxy': 'Check that the proxy works and allows connections to this host.',
  'network_error:chunk': 'Reload the page: a new version of it may have replaced its files.',
  'network_error:proxy_authentication':
    'Set the user name and password of the proxy, for example with HTTPS_PROXY=http://user:password@host:port.',
  'worker_failed:defect': 'This is a bug in the package. Please report it with this message.',
  'store_failed:invalid_tokens': 'Pass tokens in the form that TokenSet.toJSON() returns, or log in again.',
  'store_failed:onRefresh': 'Check your onRefresh(). If there is a cause, it is what onRefresh() threw.',
  'reauthentication_required:no_tokens':
    'Log in, then pass the tokens to setTokens() or save them to the store.',
  'reauthentication_required:logged_out':
    'Someone logged out, or removed the tokens from the store. Log in again.',
})

/** For a request that must not be sent again as it is, since the server may have processed it. */
export const MAYBE_PROCESSED_HINT =
  'The server may have processed the request. Before you try again, start a new login to get a new code, or look for the new key.'

/** For a token request that may have failed because the server doesn't read JSON. */
export const FORM_HINT = "If this server takes only form-encoded token requests, set tokenEncoding: 'form'."

/** Returns the hint for a code and reason, or for the code alone if its reason has none. */
export function hintFor(code: AnthropicAuthErrorCode, reason?: string): string | undefined {
  return REASON_HINTS[`${code}:${reason}`] ?? HINTS[code]
}
