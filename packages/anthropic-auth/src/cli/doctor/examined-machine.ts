import type { AnthropicAuthError } from '@anthropic-auth/core'
import { isMachineByVariables } from '../any-login.ts'
import type { CommandContext } from '../command-context.ts'
import { type MachineLogin, machineOfProfile, machineOfVariables } from '../machine/machine-login.ts'
import type { CommonFlags } from '../common-flags.ts'
import { type ExaminedProfile, outcomeOf } from './examined-profile.ts'

/** A machine that logs in, as far as its settings are complete. */
export interface ExaminedMachine {
  /** `null`: the federation variables alone say how to log in. */
  readonly profile: string | null
  readonly login: MachineLogin | null
  /** The reason why there is no `login`. */
  readonly problem: AnthropicAuthError | null
}

/**
 * Finds the machine that `token`, `run` and `status` would log in.
 *
 * @returns `null` when a user logs in, or the profile can't be read
 */
export async function examineMachine(
  flags: CommonFlags,
  { location, opened }: ExaminedProfile,
  context: CommandContext,
): Promise<ExaminedMachine | null> {
  if (isMachineByVariables(flags)) {
    const { value, problem } = await outcomeOf(async () => machineOfVariables(flags))
    return { profile: null, login: value, problem }
  }
  if (location.value === null || opened.problem?.reason !== 'foreign_profile') return null
  const { value, problem } = await outcomeOf(async () => machineOfProfile(flags, context))
  return value === null && problem === null ? null : { profile: location.value.name, login: value, problem }
}
