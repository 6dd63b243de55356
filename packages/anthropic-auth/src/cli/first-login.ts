import { isAnthropicAuthError } from '@anthropic-auth/core'
import { activateIfNone, locateProfile } from '@anthropic-auth/profile-store/internal'
import { reportWarning } from './error-report.ts'
import { tell } from './output.ts'
import { selectionCommand } from './sdk-credential.ts'
import { environment } from './setting.ts'

/**
 * Makes the profile of a new login the active one if the active one doesn't exist, as `ant` does. Otherwise says how to
 * choose it. The login is saved already, so a failure is only a warning.
 */
export async function activateFirst(
  profile: string,
  { json }: { readonly json?: boolean | undefined },
): Promise<void> {
  try {
    const active = await locateProfile({})
    if (active.name === profile) return
    if (environment('ANTHROPIC_PROFILE') === null && (await activateIfNone(profile))) {
      tell('It is now the active profile.')
    } else tell(`To use this profile by default, run: ${selectionCommand(profile)}`)
  } catch (error) {
    if (!isAnthropicAuthError(error)) throw error
    reportWarning(
      `The profile could not be made the active one: ${error.message}. To try again, run: anthropic-auth use ${profile}`,
      json,
    )
  }
}
