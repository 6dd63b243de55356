import { AnthropicAuthError } from '@anthropic-auth/core'
import { membersOf } from '@anthropic-auth/core/internal'

const SYSTEM_ERROR = /^E[A-Z0-9]{2,19}$/

/**
 * Creates the error for a browser that did not open. It shows only the code of the system's error: the message and fields
 * of that error can contain the URL, and the URL contains the state.
 */
export function launchFailure(problem: string, error?: unknown): AnthropicAuthError {
  const { code }: { readonly code?: unknown } = membersOf(
    typeof error === 'object' && error !== null ? error : {},
  )
  const detail = typeof code === 'string' && SYSTEM_ERROR.test(code) ? ` (${code})` : ''
  return new AnthropicAuthError('browser_launch_failed', `Could not open the browser: ${problem}${detail}`, {
    reason: 'launch_failed',
  })
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
