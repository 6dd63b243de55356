import { activateProfile, createProfileStore } from '@anthropic-auth/profile-store'
import { reportWarning } from './error-report.ts'
import { printJson, tell } from './output.ts'
import type { CommandContext } from './command-context.ts'
import { environment } from './setting.ts'

export interface UseFlags {
  readonly json?: boolean
}

/** `anthropic-auth use` */
export async function runUse(
  profile: string,
  { json }: UseFlags,
  { useProfile }: CommandContext,
): Promise<void> {
  useProfile(profile)
  await activateProfile(profile)
  if (json === true) printJson({ profile })
  else tell(`Profile '${profile}' is now active${await accountText(profile)}.`)
  const variable = environment('ANTHROPIC_PROFILE')
  if (variable !== null && variable.value !== profile) {
    reportWarning(
      `ANTHROPIC_PROFILE is set to '${variable.value}' in this shell, and takes precedence. Run: unset ANTHROPIC_PROFILE`,
      json,
    )
  }
}

async function accountText(profile: string): Promise<string> {
  const description = await createProfileStore({ profile })
    .describe()
    .catch(() => null)
  const email = description?.accountEmail ?? null
  return email === null ? '' : ` (${email})`
}
