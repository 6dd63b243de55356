import {
  AnthropicAuthError,
  type AuthorizationResponse,
  isAnthropicAuthError,
  parseAuthorizationResponse,
} from '@anthropic-auth/core'

/** What RFC 6749, section 4.1.2.1 lets an error code consist of. */
const ERROR_CODE = /^[ !#-[\]-~]+$/

/**
 * Reads the query of a callback against every state that is waited for: the answer, or the error that it comes to.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1.2
 */
export function readCallback(
  query: string,
  states: readonly string[],
): AuthorizationResponse | AnthropicAuthError {
  const parameters = new URLSearchParams(query)
  const errors = parameters.getAll('error')
  if (errors.length > 1 || !errors.every(isErrorCode)) return unusable()
  // All of them, so that the time does not tell which state was nearly met.
  const results = states.map((state) => readFor(state, parameters))
  return results.find((result) => !isAnthropicAuthError(result, 'state_mismatch')) ?? results[0] ?? unusable()
}

/** An empty one is as good as none. */
function isErrorCode(error: string): boolean {
  return error === '' || ERROR_CODE.test(error)
}

function readFor(state: string, parameters: URLSearchParams): AuthorizationResponse | AnthropicAuthError {
  try {
    return parseAuthorizationResponse(parameters, { state })
  } catch (error) {
    if (isAnthropicAuthError(error)) return error
    throw error
  }
}

function unusable(): AnthropicAuthError {
  return new AnthropicAuthError('invalid_authorization_response', 'The callback has no usable error code')
}
