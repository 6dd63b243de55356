import { AnthropicAuthError } from '@anthropic-auth/core'
import { listProfiles, type ProfileDescription } from '@anthropic-auth/profile-store'
import { ciAdvice, isInCi, keyAdvice } from './ci-advice.ts'
import type { CommonFlags } from './common-flags.ts'
import { loginCommand } from '@anthropic-auth/profile-store/internal'
import { sourceOf, unknownProfile } from './unknown-profile.ts'

/**
 * Returns the error for a profile without a login. A profile without any file may be a typing error, or the user may
 * have logged in to another one.
 */
export async function notLoggedIn(
  profile: ProfileDescription,
  flags: Pick<CommonFlags, 'profile'>,
): Promise<AnthropicAuthError> {
  const { name } = profile
  const existing = await listProfiles().catch((): readonly string[] => [])
  const source = sourceOf(flags.profile)
  if (existing.length > 0 && !existing.includes(name)) {
    return unknownProfile({ name, existing, source, login: loginCommand(profile) })
  }
  const of = source === 'variable' ? ', from ANTHROPIC_PROFILE' : ''
  return new AnthropicAuthError('reauthentication_required', `Not logged in (profile '${name}'${of})`, {
    reason: 'not_logged_in',
    hint: loginHints(profile).join('\n'),
  })
}

function loginHints(profile: ProfileDescription): readonly string[] {
  if (isInCi()) return [ciAdvice()]
  const key = keyAdvice()
  if (key !== null) return [key, `To use a login instead, run: ${loginCommand(profile)}`]
  return [`Run: ${loginCommand(profile)}`]
}
