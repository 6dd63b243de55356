import {
  AnthropicAuthError,
  type AuthorizationResponse,
  isAnthropicAuthError,
  parseAuthorizationResponse,
} from '@anthropic-auth/core'

/** The characters of an error code, by RFC 6749, section 4.1.2.1. */
const ERROR_CODE = /^[ !#-[\]-~]+$/

/**
 * Reads the query of a callback, and compares its state with every expected state.
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
  // Every state is compared, so that the time doesn't reveal which one nearly matched.
  const results = states.map((state) => readFor(state, parameters))
  return results.find((result) => !isAnthropicAuthError(result, 'state_mismatch')) ?? results[0] ?? unusable()
}

/** An empty error code counts as absent. */
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
