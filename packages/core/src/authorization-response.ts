import { timingSafeEqual } from '@anthropic-auth/pkce'

import { accountOnHold, saysAccountOnHold } from './account-on-hold.ts'
import { readAnswer, type Answer } from './authorization-response-answer.ts'
import { refusal } from './authorization-response-refusal.ts'
import { AnthropicAuthError } from './error.ts'
import { isOAuthErrorCode } from './error-body.ts'
import { readErrorUri } from './error-uri.ts'
import { readOptions } from './members.ts'
import { sanitizeServerText } from './redaction.ts'

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
  return acceptAnswer(readAnswer(input, flow, requireState), state)
}

/** Compares the state first: a stranger's response must not even end a login with an error. */
function acceptAnswer(answer: Answer, expectedState: string): AuthorizationResponse {
  const { code, state, error } = answer
  if (state === '') throw refusal('missing_state')
  if (!timingSafeEqual(state, expectedState)) {
    throw new AnthropicAuthError(
      'state_mismatch',
      'The state of the authorization response is not that of this login',
    )
  }
  if (error !== '') throw serverError(answer)
  if (code === '') throw refusal('missing_code')
  return { code, state }
}

function serverError(answer: Answer): AnthropicAuthError {
  const secrets = [answer.state, answer.code].filter((secret) => secret !== '')
  const error = sanitizeServerText(answer.error, secrets) || undefined
  const fields = {
    error,
    errorDescription: sanitizeServerText(answer.errorDescription, secrets) || undefined,
    errorUri: readErrorUri(answer.errorUri, secrets),
  }
  if ([answer.error, answer.errorDescription].some(saysAccountOnHold)) return accountOnHold(fields)
  return answer.error === 'access_denied'
    ? new AnthropicAuthError('authorization_denied', 'Access was denied at the authorization server', fields)
    : new AnthropicAuthError('oauth_error', 'The authorization server responded with an error', {
        ...fields,
        reason: isOAuthErrorCode(error) ? error : undefined,
      })
}
