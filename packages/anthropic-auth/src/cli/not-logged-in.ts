import { AnthropicAuthError } from '@anthropic-auth/core'
import { listProfiles, type ProfileDescription } from '@anthropic-auth/profile-store'
import type { CommonFlags } from './common-flags.ts'
import { loginCommand } from './error-hint.ts'
import { assignment, unset } from './shell-assignments.ts'
import { environment } from './setting.ts'

/**
 * Returns the error for a profile without a login. A profile without any file may be a typing error, or the user may
 * have logged in to another one.
 */
export async function notLoggedIn(
  profile: ProfileDescription,
  flags: Pick<CommonFlags, 'profile'>,
): Promise<AnthropicAuthError> {
  const others = await listProfiles().catch((): readonly string[] => [])
  const isKnown = others.length === 0 || others.includes(profile.name)
  const isOfVariable = flags.profile === undefined && environment('ANTHROPIC_PROFILE') !== null
  const source = isOfVariable ? ', from ANTHROPIC_PROFILE' : ''
  const existing = isKnown ? '' : `. Existing profiles: ${others.join(', ')}`
  const hints = [...(isKnown ? [] : [selectionHint(others, isOfVariable)]), ...loginHints(profile, isKnown)]
  return new AnthropicAuthError(
    'reauthentication_required',
    `Not logged in (profile '${profile.name}'${source})${existing}`,
    { reason: isKnown ? 'not_logged_in' : 'no_such_profile', hint: hints.join('\n') },
  )
}

/** The variable takes precedence over the active profile. */
function selectionHint(others: readonly string[], isOfVariable: boolean): string {
  if (!isOfVariable) {
    return 'To use an existing profile, add --profile NAME, or make it the active one: anthropic-auth use NAME'
  }
  const [only = 'NAME'] = others.length === 1 ? others : []
  return `To use an existing profile, run: ${assignment('ANTHROPIC_PROFILE', only)}\nTo use the active profile, run: ${unset('ANTHROPIC_PROFILE')}`
}

/** In CI, nobody can log in. */
function loginHints(profile: ProfileDescription, isKnown: boolean): readonly string[] {
  if (environment('ANTHROPIC_API_KEY') !== null) {
    const login = `To use a login instead, run: ${loginCommand(profile)}`
    return ['ANTHROPIC_API_KEY is set: the official SDKs use it, and need no login.', login]
  }
  if (isInCi()) return [CI_HINT]
  return [
    isKnown ? `Run: ${loginCommand(profile)}` : `To log in to this profile, run: ${loginCommand(profile)}`,
  ]
}

/** How a program can authenticate where nobody can log in. */
const CI_HINT =
  'In CI, set ANTHROPIC_API_KEY to a key that you made with: anthropic-auth create-key\nOr use workload identity federation: set ANTHROPIC_FEDERATION_RULE_ID, ANTHROPIC_ORGANIZATION_ID and ANTHROPIC_IDENTITY_TOKEN_FILE.'

function isInCi(): boolean {
  return !['', '0', 'false'].includes(environment('CI')?.value ?? '')
}
