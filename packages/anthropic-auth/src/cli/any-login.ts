import { isAnthropicAuthError } from '@anthropic-auth/core'
import type { CommandContext } from './command-context.ts'
import type { MachineLogin } from './machine/machine-login.ts'
import { hasMachineVariables } from './sdk-credential.ts'
import { environment } from './setting.ts'
import type { CommonFlags } from './common-flags.ts'
import { openLogin, type StoredLogin } from './stored-login.ts'

/** The login of a user, or of a machine. */
export type AnyLogin = StoredLogin | MachineLogin

export function isMachineLogin(login: AnyLogin): login is MachineLogin {
  return 'grant' in login
}

/**
 * Opens the login that the user names. Without a name, chooses it in the order of the official SDKs: the variables of a
 * machine come before the active profile.
 *
 * @throws AnthropicAuthError as `openLogin()`; `invalid_config` when a machine's settings are incomplete
 */
export async function openAnyLogin(flags: CommonFlags, context: CommandContext): Promise<AnyLogin> {
  if (isMachineByVariables(flags)) return fromVariables(flags)
  try {
    return await openLogin(flags, context)
  } catch (error) {
    // The official SDKs use incomplete variables only if there is no active profile.
    if (!isNamed(flags) && isNotLoggedIn(error) && environment('ANTHROPIC_FEDERATION_RULE_ID') !== null) {
      return fromVariables(flags)
    }
    if (!isForeign(error)) throw error
    const { machineOfProfile } = await import('./machine/machine-login.ts')
    const machine = await machineOfProfile(flags, context)
    if (machine === null) throw error
    return machine
  }
}

/** Whether the variables of a machine say how to log in, and no profile is named. */
export function isMachineByVariables(flags: CommonFlags): boolean {
  return hasMachineVariables() && !isNamed(flags)
}

function isNamed({ profile }: CommonFlags): boolean {
  return profile !== undefined || environment('ANTHROPIC_PROFILE') !== null
}

async function fromVariables(flags: CommonFlags): Promise<MachineLogin> {
  return (await import('./machine/machine-login.ts')).machineOfVariables(flags)
}

function isNotLoggedIn(error: unknown): boolean {
  return isAnthropicAuthError(error, 'reauthentication_required')
}

function isForeign(error: unknown): boolean {
  return isAnthropicAuthError(error, 'store_failed') && error.reason === 'foreign_profile'
}
