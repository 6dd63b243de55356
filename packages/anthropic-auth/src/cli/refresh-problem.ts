import type { AnthropicAuthError } from '@anthropic-auth/core'

/** Describes why a profile can't be kept fresh, and what the user can do. */
export function refreshProblem({ code, message }: AnthropicAuthError, profile: string): string {
  return code === 'reauthentication_required'
    ? `${message}. To log in again, run in another terminal: anthropic-auth login --profile ${profile}`
    : `The login could not be refreshed. Trying again. ${message}`
}
