import { AnthropicAuthError } from '@anthropic-auth/core'
import { locateProfile } from '@anthropic-auth/profile-store/internal'
import type { CommonFlags } from './common-flags.ts'
import { environment } from './setting.ts'

/**
 * Refuses a profile whose name the commands of this tool would read as an option. The official SDKs allow such a name.
 *
 * @throws AnthropicAuthError `invalid_config`
 */
export async function assertUsableName({ profile }: Pick<CommonFlags, 'profile'>): Promise<void> {
  const { name } = await locateProfile({ profile })
  if (name.startsWith('-')) throw unusableName(name)
}

/** The error for a name that starts with a hyphen. */
export function unusableName(name: string): AnthropicAuthError {
  const isOfVariable = environment('ANTHROPIC_PROFILE') !== null
  const source = isOfVariable ? 'ANTHROPIC_PROFILE' : 'The active profile'
  return new AnthropicAuthError(
    'invalid_config',
    `${source} is '${name}', but a name must not start with "-"`,
    {
      reason: 'profile_name',
      hint: isOfVariable
        ? 'Set ANTHROPIC_PROFILE to the name of a profile, or unset it.'
        : 'Choose the active profile again: anthropic-auth use NAME',
    },
  )
}
