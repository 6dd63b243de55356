import { canOpenBrowser } from '@anthropic-auth/browser'
import { ANT_CLIENT_ID, loginCommand } from '@anthropic-auth/profile-store/internal'
import { isInCi } from '../ci-advice.ts'
import type { ExaminedProfile } from './examined-profile.ts'
import { type Finding, ok, warning } from './finding.ts'

export const NOT_NEEDED_IN_CI: Finding = ok('Not needed: in CI, nobody can log in')

/** Checks whether a login could open the browser. */
export function checkBrowser(profile: ExaminedProfile): Finding {
  const ability = canOpenBrowser()
  if (ability.ok) return ok('Can be opened')
  if (isInCi()) return NOT_NEEDED_IN_CI
  return warning(
    ability.reason.replace(/\.$/, ''),
    `Open the link on any machine, and paste the code: ${pasteCommand(profile)}`,
  )
}

/** Returns the command that logs in to the profile with a pasted code. */
export function pasteCommand({ location, config, lost }: ExaminedProfile): string {
  const clientId = config.value?.clientId ?? null
  // This tool logs in only to profiles of its own.
  if (location.value === null || clientId === ANT_CLIENT_ID) return 'anthropic-auth login --no-browser'
  return `${loginCommand({ name: location.value.name, clientId, named: lost })} --no-browser`
}
