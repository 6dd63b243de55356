import { timingSafeEqual } from '@anthropic-auth/pkce/internal'
import { accountOnHold, saysAccountOnHold } from '../error/account-on-hold.ts'
import { readErrorUri } from '../error/error-uri.ts'
import { AnthropicAuthError } from '../error/error.ts'
import { isOAuthErrorCode } from '../error/oauth-error-code.ts'
import { sanitizeServerText } from '../error/redaction.ts'
import { readOptions } from '../syntax/members.ts'
import { invalidResponse } from './authorization-response-error.ts'
import { readAuthorizationResponse, type UncheckedResponse } from './authorization-response-reader.ts'

/** The authorization server's response to a login: the code, and the state of its request. */
export interface AuthorizationResponse {
  readonly code: string
  readonly state: string
}

/**
 * Reads the response of the authorization server: pasted by a user, or from a redirect.
 *
 * @param input - `code#state`, the whole redirect URL, its path with query, or its query; at most 8,192 characters. The
 *   lines of a wrapped text are joined if that gives the right state.
 * @param expected - the flow that the response must belong to, or its state. With `redirectUri`, a redirect URL may have
 *   any scheme if it equals `redirectUri` up to the query.
 * @param options - with `requireState: false`, the code alone is accepted, too, and returned with the state of `expected`
 * @throws AnthropicAuthError `invalid_authorization_response` with a `reason`, `state_mismatch`,
 *   `authorization_denied`, `account_on_hold`, or `oauth_error`
 * @throws TypeError when `input` has none of these types, `expected.state` is not a non-empty string, or `expected` or
 *   `options` is not an object
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2
 */
export function parseAuthorizationResponse(
  input: string | URL | URLSearchParams | AuthorizationResponse,
  expected: { readonly state: string; readonly redirectUri?: string | undefined },
  options: { readonly requireState?: boolean | undefined } = {},
): AuthorizationResponse {
  const { requireState = true } = readOptions(options)
  const { state, redirectUri } = readOptions(expected, 'expected')
  // An empty state would let a forged response without one pass the comparison.
  if (typeof state !== 'string' || state === '') {
    throw new TypeError('expected.state must be a non-empty string')
  }
  const flow = { state, redirectUri: typeof redirectUri === 'string' ? redirectUri : undefined }
  return acceptResponse(readAuthorizationResponse(input, flow, requireState), state)
}

/** Compares the state first: a response from a stranger must not end the login, not even with an error. */
function acceptResponse(response: UncheckedResponse, expectedState: string): AuthorizationResponse {
  const { code, state, error } = response
  if (state === '') throw invalidResponse('missing_state')
  if (!timingSafeEqual(state, expectedState)) {
    throw new AnthropicAuthError(
      'state_mismatch',
      "The state in the authorization response doesn't match this login",
    )
  }
  if (error !== '') throw serverError(response)
  if (code === '') throw invalidResponse('missing_code')
  return { code, state }
}

function serverError(response: UncheckedResponse): AnthropicAuthError {
  const secrets = [response.state, response.code].filter((secret) => secret !== '')
  const error = sanitizeServerText(response.error, secrets) || undefined
  const fields = {
    error,
    errorDescription: sanitizeServerText(response.errorDescription, secrets) || undefined,
    errorUri: readErrorUri(response.errorUri, secrets),
  }
  if ([response.error, response.errorDescription].some(saysAccountOnHold)) return accountOnHold(fields)
  return response.error === 'access_denied'
    ? new AnthropicAuthError('authorization_denied', 'The authorization server denied access', fields)
    : new AnthropicAuthError('oauth_error', 'The authorization server responded with an error', {
        ...fields,
        reason: isOAuthErrorCode(error) ? error : undefined,
      })
}
