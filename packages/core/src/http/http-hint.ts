import { hintFor, SERVER_PROBLEM } from '../error/error-hint.ts'

/** For a request that must not be sent again as it is, since the server may have processed it. */
export const MAYBE_PROCESSED_HINT =
  'The server may have processed the request. Before you try again, start a new login to get a new code, or look for the new key.'

export const PROXY_AUTHENTICATION_HINT =
  'Set the user name and password of the proxy, for example with HTTPS_PROXY=http://user:password@host:port.'

/** For a token request that may have failed because the server doesn't read JSON. */
const FORM_HINT = "If this server takes only form-encoded token requests, set tokenEncoding: 'form'."

/** More precise hints than that of `http_error`, by reason. */
const HTTP_ERROR_HINTS: ReadonlyMap<string | undefined, string> = new Map([
  ['redirect', 'If you trust the new address, set it in the endpoints option.'],
  [
    'html',
    'The response is a web page, not JSON. Check the URL in the endpoints option, and any proxy or firewall in between.',
  ],
  ['unauthorized', 'The access token was refused. Refresh the tokens, or log in again.'],
  ['client_unauthorized', 'The server refused this client. Check the options clientId and endpoints.'],
  ['forbidden', 'Use an account and a token that are allowed to do this. errorDescription may say more.'],
  ['not_found', 'The server has nothing at this URL. Check it in the endpoints option.'],
  ['server_error', SERVER_PROBLEM],
  ['proxy_authentication', PROXY_AUTHENTICATION_HINT],
  [
    'unsupported_media_type',
    'Check the URL in the endpoints option: it does not accept this kind of request.',
  ],
])

/**
 * Returns the hint of a refused request.
 *
 * @param isAboutEncoding - whether the server may have refused it because it can't read JSON
 */
export function refusalHint(
  code: 'oauth_error' | 'http_error',
  reason: string | undefined,
  isAboutEncoding: boolean,
): string | undefined {
  if (isAboutEncoding && reason === 'unsupported_media_type') return FORM_HINT
  const usual = (code === 'http_error' ? HTTP_ERROR_HINTS.get(reason) : undefined) ?? hintFor(code, reason)
  return isAboutEncoding ? `${usual} ${FORM_HINT}` : usual
}
