import { AnthropicAuthError, type AnthropicAuthErrorFields } from './error.ts'

/** Returns a copy of `error` with another message, reason or hint, for when the usual hint would not help. */
export function restateError(
  error: AnthropicAuthError,
  {
    message = error.message,
    ...changes
  }: Pick<AnthropicAuthErrorFields, 'reason' | 'hint'> & { readonly message?: string },
): AnthropicAuthError {
  const fields: AnthropicAuthErrorFields = { ...(error as object), cause: error.cause, ...changes }
  return new AnthropicAuthError(error.code, message, fields)
}
