import type { ProfileDescription } from '@anthropic-auth/profile-store'

/** A setting that was given. */
export interface Setting {
  readonly value: string
  /** Where it comes from, for messages: a flag, a variable, or a profile. */
  readonly source: string
  /** Whether it comes from the profile. */
  readonly isOfProfile?: boolean
}

/** Returns a setting, or `null` when it was not given. */
export function given(source: string, value: string | null | undefined): Setting | null {
  return value === null || value === undefined || value === '' ? null : { source, value }
}

/** Returns a setting of a profile, or `null` when it has none. */
export function ofProfile(
  key: string,
  profile: ProfileDescription | null,
  value: string | null | undefined,
): Setting | null {
  const setting = given(`${key} of profile '${profile?.name}'`, value)
  return setting && { ...setting, isOfProfile: true }
}

/** Returns a setting of the environment. An empty variable counts as not set. */
export function environment(name: string): Setting | null {
  return given(name, process.env[name]?.trim())
}
