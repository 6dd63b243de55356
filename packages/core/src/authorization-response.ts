import { timingSafeEqual } from '@anthropic-auth/pkce'

import { accountOnHold, saysAccountOnHold } from './account-on-hold.ts'
import { readAnswer, type Answer } from './authorization-response-answer.ts'
import { refusal } from './authorization-response-refusal.ts'
import { AnthropicAuthError } from './error.ts'
import { readErrorUri } from './error-uri.ts'
import { sanitizeServerText } from './redaction.ts'

/** What the authorization server gave for a login: the code, and the state of the request it answers. */
export interface AuthorizationResponse {
  readonly code: string
  readonly state: string
}

/**
 * Reads the answer of the authorization server, as a person pastes it or as a redirect brings it.
 *
 * @param input - `code#state`, the whole redirect URL, its path with query, or its query; at most 8,192 characters
 * @param expected - the flow that the answer must belong to
 * @param options - `requireState: false` also takes the code alone, and returns it with the state of `expected`
 * @throws AnthropicAuthError `invalid_authorization_response` with a `reason`, `state_mismatch`,
 *   `authorization_denied`, `account_on_hold`, or `oauth_error`
 * @throws TypeError when `input` is none of these types, or `expected.state` is not a string with characters
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2
 */
export function parseAuthorizationResponse(
  input: string | URL | URLSearchParams | AuthorizationResponse,
  expected: { readonly state: string },
  options: { readonly requireState?: boolean | undefined } = {},
): AuthorizationResponse {
  const { requireState = true } = options
  // An empty state would let a forged answer without one pass the comparison.
  if (typeof expected.state !== 'string' || expected.state === '') {
    throw new TypeError('The expected state must be a string that is not empty')
  }
  return acceptAnswer(readAnswer(input, expected.state, requireState), expected.state)
}

/** The state comes before all else: what a stranger sends must not even end a login with an error. */
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
  const fields = {
    error: sanitizeServerText(answer.error, secrets) || undefined,
    errorDescription: sanitizeServerText(answer.errorDescription, secrets) || undefined,
    errorUri: readErrorUri(answer.errorUri, secrets),
  }
  if ([answer.error, answer.errorDescription].some(saysAccountOnHold)) return accountOnHold(fields)
  return answer.error === 'access_denied'
    ? new AnthropicAuthError('authorization_denied', 'Access was denied at the authorization server', fields)
    : new AnthropicAuthError('oauth_error', 'The authorization server answered with an error', fields)
}
