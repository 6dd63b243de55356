import { AnthropicAuthError } from '@anthropic-auth/core'
import { ciAdvice, isInCi } from './ci-advice.ts'
import { assignment, unset } from './shell-assignments.ts'
import { environment } from './setting.ts'
import { similarProfile } from './similar-profile.ts'

/** A profile that doesn't exist, while others may. */
export interface UnknownProfile {
  readonly name: string
  readonly existing: readonly string[]
  /** Where the name comes from: an argument or a flag, `ANTHROPIC_PROFILE`, or the active profile. */
  readonly source: 'argument' | 'flag' | 'variable' | 'active'
  /** The command that creates the profile; `null` where that is no way out. */
  readonly login: string | null
}

/** Finds out where the name of the profile comes from. */
export function sourceOf(flag: string | undefined): 'flag' | 'variable' | 'active' {
  if (flag !== undefined) return 'flag'
  return environment('ANTHROPIC_PROFILE') === null ? 'active' : 'variable'
}

/** The error for the name of a profile that doesn't exist. It is the same for every command. */
export function unknownProfile(unknown: UnknownProfile): AnthropicAuthError {
  return new AnthropicAuthError('reauthentication_required', problemOf(unknown), {
    reason: 'no_such_profile',
    hint: hintsFor(unknown).join('\n'),
  })
}

function problemOf({ name, source }: UnknownProfile): string {
  if (source === 'active') return `The active profile '${name}' does not exist`
  return `There is no profile '${name}'${source === 'variable' ? ' (ANTHROPIC_PROFILE)' : ''}`
}

function hintsFor(unknown: UnknownProfile): readonly string[] {
  const { name, existing, login, source } = unknown
  const similar = similarProfile(name, existing)
  const create = login === null ? [] : [isInCi() ? ciAdvice() : `To create this profile, run: ${login}`]
  if (similar === null) return [...existingHints(unknown), ...create]
  const command = selection(source, similar)
  const question = `Did you mean '${similar}'?${command === null ? '' : ` Run: ${command}`}`
  // In CI, a typing error needs no advice about logins.
  return [question, ...(isInCi() ? [] : create)]
}

/** More names would fill the terminal. */
const MAX_NAMES = 10

function existingHints({ existing, source }: UnknownProfile): readonly string[] {
  if (existing.length === 0) return []
  const isShort = existing.length <= MAX_NAMES
  const [only, second] = existing
  const command = selection(source, second === undefined ? (only ?? '') : 'NAME')
  return [
    isShort ? `Existing profiles: ${existing.join(', ')}` : 'To see the profiles, run: anthropic-auth list',
    ...(command === null ? [] : [`To use an existing profile, run: ${command}`]),
    ...(source === 'variable' ? [`To use the active profile, run: ${unset('ANTHROPIC_PROFILE')}`] : []),
  ]
}

/** Returns the command that chooses another profile, or `null` where the user only has to write its name. */
function selection(source: UnknownProfile['source'], profile: string): string | null {
  if (source === 'variable') return assignment('ANTHROPIC_PROFILE', profile)
  return source === 'active' ? `anthropic-auth use ${profile}` : null
}
