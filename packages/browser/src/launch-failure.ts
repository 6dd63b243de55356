import { AnthropicAuthError } from '@anthropic-auth/core'

const SYSTEM_ERROR = /^E[A-Z0-9]{2,19}$/

/**
 * The error for a browser that did not open. Of the system's error it has only the code, since its message and fields
 * can contain the URL, which holds the state.
 */
export function launchFailure(reason: string, error?: unknown): AnthropicAuthError {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined
  const detail = typeof code === 'string' && SYSTEM_ERROR.test(code) ? ` (${code})` : ''
  return new AnthropicAuthError('browser_launch_failed', `Could not open the browser: ${reason}${detail}`)
}

/**
 * Checks how a launcher ended.
 *
 * @param file - the path or name of its program
 * @throws AnthropicAuthError `browser_launch_failed` unless it exited with code 0
 */
export function checkExit(file: string, exitCode: number | null): void {
  if (exitCode === 0) return
  const name = file.split(/[/\\]/).at(-1)
  throw launchFailure(exitCode === null ? `${name} was killed` : `${name} exited with code ${exitCode}`)
}
