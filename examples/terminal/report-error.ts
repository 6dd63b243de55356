import { isAnthropicAuthError } from '@anthropic-auth/core'

/** Prints an error of these packages with its hint, and sets the exit code. Other errors are bugs. */
export function reportError(error: unknown): void {
  if (!isAnthropicAuthError(error)) throw error
  console.error(`\n${error.code}: ${error.message}`)
  if (error.cause instanceof Error) console.error(error.cause.message)
  console.error(error.hint ?? '')
  process.exitCode = 1
}
