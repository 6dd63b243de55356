import { AnthropicAuthError, isAnthropicAuthError, type TokenSet } from '@anthropic-auth/core'
import {
  activateProfile,
  createProfileStore,
  listProfiles,
  type ProfileDescription,
} from '@anthropic-auth/profile-store'
import { loginCommand } from '@anthropic-auth/profile-store/internal'
import { reportWarning } from './error-report.ts'
import { endedText, isUsable } from './login-lifetime.ts'
import { printJson, tell } from './output.ts'
import { unset } from './shell-assignments.ts'
import type { CommandContext } from './command-context.ts'
import { environment } from './setting.ts'
import { unknownProfile } from './unknown-profile.ts'

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
  const existing = await listProfiles()
  if (!existing.includes(profile)) {
    const login = loginCommand({ name: profile, clientId: null })
    throw unknownProfile({ name: profile, existing, source: 'argument', login })
  }
  const { email, warning } = await readProfile(profile)
  await activateProfile(profile)
  if (json === true) printJson({ profile })
  else tell(`Profile '${profile}' is now active${email === null ? '' : ` (${email})`}.`)
  if (warning !== null) reportWarning(warning, json)
  const variable = environment('ANTHROPIC_PROFILE')
  if (variable === null || variable.value === profile) return
  reportWarning(
    `ANTHROPIC_PROFILE is set to '${variable.value}' in this shell, and takes precedence. Run: ${unset('ANTHROPIC_PROFILE')}`,
    json,
  )
}

interface ReadProfile {
  /** `null`: unknown. */
  readonly email: string | null
  readonly warning: string | null
}

/** @throws AnthropicAuthError `store_failed` when a file of the profile can't be used: the active profile then stays */
async function readProfile(profile: string): Promise<ReadProfile> {
  const store = createProfileStore({ profile })
  try {
    const [description, tokens] = [await store.describe(), await store.load()]
    return { email: description.accountEmail, warning: warningOf(description, tokens) }
  } catch (error) {
    if (!isAnthropicAuthError(error)) throw error
    // A machine logs in by itself.
    if (error.reason === 'foreign_profile') return { email: null, warning: null }
    throw unusable(error, profile)
  }
}

function warningOf(profile: ProfileDescription, tokens: TokenSet | null): string | null {
  if (tokens === null) return `Not logged in to it yet. Run: ${loginCommand(profile)}`
  return isUsable({ tokens }) ? null : endedText({ profile, tokens })
}

function unusable({ code, message, reason, cause }: AnthropicAuthError, profile: string): AnthropicAuthError {
  return new AnthropicAuthError(code, `Profile '${profile}' can't be used: ${message}`, {
    reason,
    hint: `The active profile was not changed. To see how to fix this one, run: anthropic-auth doctor --profile ${profile}`,
    cause,
  })
}
