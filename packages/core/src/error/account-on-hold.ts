import { AnthropicAuthError, type AnthropicAuthErrorFields } from './error.ts'

const ON_HOLD = /^account_on_hold\b/

/** Whether an error's description, message or code says that the account is on hold. */
export function saysAccountOnHold(text: string): boolean {
  return ON_HOLD.test(text.trim())
}

/** Returns the error for an account on hold. It is retryable, since the hold may be lifted. */
export function accountOnHold(fields: AnthropicAuthErrorFields): AnthropicAuthError {
  return new AnthropicAuthError('account_on_hold', 'This account is on hold', { ...fields, retryable: true })
}
