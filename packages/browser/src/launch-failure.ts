import { AnthropicAuthError } from '@anthropic-auth/core'

const SYSTEM_ERROR = /^E[A-Z0-9]{2,19}$/

/**
 * What is said of a browser that did not start.
 *
 * The error that tells it gives its system's code alone: its message and fields can hold the URL, with the state.
 */
export function launchFailure(what: string, error?: unknown): AnthropicAuthError {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  const detail = typeof code === 'string' && SYSTEM_ERROR.test(code) ? ` (${code})` : ''
  return new AnthropicAuthError('browser_launch_failed', `${what}${detail}`)
}

/** For a launcher that ended: says so, unless it did what it was asked. */
export function checkExit(exitCode: number | null): void {
  if (exitCode === 0) return
  throw launchFailure(`The browser was not opened: its launcher ended with ${exitCode ?? 'a signal'}`)
}
