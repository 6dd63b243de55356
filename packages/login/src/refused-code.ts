import { AnthropicAuthError, isAnthropicAuthError } from '@anthropic-auth/core'

/** Whether the server doesn't know the code: it is incomplete, expired, used, or of another login. */
export function isUnknownCode(error: unknown): error is AnthropicAuthError {
  return isAnthropicAuthError(error, 'oauth_error') && error.error === 'invalid_grant'
}

/** The error that the prompt shows for a code that the server doesn't know. Unlike the server's error, it does not end the login. */
export function unknownCode({ requestId, status }: AnthropicAuthError): AnthropicAuthError {
  return new AnthropicAuthError('invalid_authorization_response', "The server doesn't know this code", {
    reason: 'unknown_code',
    hint: 'Copy the whole code from the browser and paste it again. If that fails too, open the link again to get a new code.',
    requestId,
    status,
  })
}

/** The error for a code that was pasted again after the server had refused it. */
export function refusedBefore(): AnthropicAuthError {
  return new AnthropicAuthError(
    'invalid_authorization_response',
    'The server has already refused this code, so it was not sent again',
    {
      reason: 'refused_code',
      hint: 'Copy the whole code from the browser. If it is the same code, open the link again to get a new one.',
    },
  )
}

/** The error for a code whose end is missing. It is not sent. */
export function cutShort(): AnthropicAuthError {
  return new AnthropicAuthError('state_mismatch', 'The end of this code is missing', {
    reason: 'incomplete',
    hint: 'Copy the whole code from the browser, in the form code#state, and paste it.',
  })
}

/** The error for a text that can't be a code. It is not sent. */
export function notACode(): AnthropicAuthError {
  return new AnthropicAuthError('invalid_authorization_response', 'This is not a code', {
    reason: 'not_a_code',
    hint: 'Copy the whole code from the browser, and paste it.',
  })
}
