import { timingSafeEqual } from '@anthropic-auth/pkce'
import { accountOnHold, saysAccountOnHold } from '../error/account-on-hold.ts'
import { readErrorUri } from '../error/error-uri.ts'
import { AnthropicAuthError } from '../error/error.ts'
import { isOAuthErrorCode } from '../error/oauth-error-code.ts'
import { sanitizeServerText } from '../error/redaction.ts'
import { readOptions } from '../syntax/members.ts'
import { invalidResponse } from './authorization-response-error.ts'
import { readAuthorizationResponse, type UncheckedResponse } from './authorization-response-reader.ts'

/** The authorization server's response to a login: the code, and the state of the request. */
export interface AuthorizationResponse {
  readonly code: string
  readonly state: string
}

/**
 * Reads the response of the authorization server, as a user pastes it or as a redirect brings it.
 *
 * @param input - `code#state`, the whole redirect URL, its path with query, or its query; at most 8,192 characters. Text
 *   that was wrapped into several lines is joined if the state is right then.
 * @param expected - the flow that the response must belong to, or its state; with `redirectUri`, a redirect URL of any
 *   scheme is read that equals it up to the query
 * @param options - `requireState: false` also accepts the code alone, and returns it with the state of `expected`
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
    throw new TypeError('The expected state must be a string that is not empty')
  }
  const flow = { state, redirectUri: typeof redirectUri === 'string' ? redirectUri : undefined }
  return acceptResponse(readAuthorizationResponse(input, flow, requireState), state)
}

/** Compares the state first: a stranger's response must not even end a login with an error. */
function acceptResponse(response: UncheckedResponse, expectedState: string): AuthorizationResponse {
  const { code, state, error } = response
  if (state === '') throw invalidResponse('missing_state')
  if (!timingSafeEqual(state, expectedState)) {
    throw new AnthropicAuthError(
      'state_mismatch',
      'The state of the authorization response is not that of this login',
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
    ? new AnthropicAuthError('authorization_denied', 'Access was denied at the authorization server', fields)
    : new AnthropicAuthError('oauth_error', 'The authorization server responded with an error', {
        ...fields,
        reason: isOAuthErrorCode(error) ? error : undefined,
      })
}
