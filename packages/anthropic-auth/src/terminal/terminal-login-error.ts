import { AnthropicAuthError } from '@anthropic-auth/core'

/** A script can't correct its input after a refusal, as a user does. */
export const MAX_REFUSALS = 5

export function tooLong(): AnthropicAuthError {
  const message = 'The pasted text is longer than 8,192 characters'
  return new AnthropicAuthError('invalid_authorization_response', message, { reason: 'too_long' })
}

export function inputEnded(): AnthropicAuthError {
  return new AnthropicAuthError('invalid_authorization_response', 'The input ended without a code', {
    reason: 'empty',
    hint: 'Run this in a terminal, or write the code to its standard input.',
  })
}

export function tooManyRefusals(): AnthropicAuthError {
  const message = `None of the first ${MAX_REFUSALS} lines of standard input was the code`
  return new AnthropicAuthError('invalid_authorization_response', message, {
    reason: 'too_many_refusals',
    hint: 'Run this in a terminal, or write only the code to its standard input.',
  })
}

export function noTerminal(
  code: 'browser_launch_failed' | 'invalid_authorization_response',
  message: string,
): AnthropicAuthError {
  return new AnthropicAuthError(code, message, {
    reason: 'no_terminal',
    hint: 'Run this in a terminal, or pass openBrowser: false to read the code from standard input.',
  })
}
