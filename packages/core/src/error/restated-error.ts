import { AnthropicAuthError, type AnthropicAuthErrorFields } from './error.ts'

/** Returns an error that differs from `error` only in what is given: where its usual words would name no remedy. */
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
