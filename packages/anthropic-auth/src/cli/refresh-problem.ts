import type { AnthropicAuthError } from '@anthropic-auth/core'
import type { ProfileDescription } from '@anthropic-auth/profile-store'
import { loginCommand } from '@anthropic-auth/profile-store/internal'
import { isEndOfLogin } from './login-lifetime.ts'

/** Describes why a profile can't be kept fresh, and what the user can do. */
export function refreshProblem(error: AnthropicAuthError, profile: ProfileDescription): string {
  const { code, message } = error
  if (code !== 'reauthentication_required') {
    return `The login could not be refreshed. Trying again. ${message}`
  }
  const why = isEndOfLogin(error) ? 'This login has ended' : message
  return `${why}. To log in again, run in another terminal: ${loginCommand(profile)}`
}
