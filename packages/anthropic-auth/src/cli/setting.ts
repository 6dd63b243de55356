import type { ProfileDescription } from '@anthropic-auth/profile-store'

/** The value of a setting, and its source. */
export interface Setting {
  readonly value: string
  /** The flag, the variable or the key of a profile that it comes from, for messages. */
  readonly source: string
  /** Whether it comes from the profile. */
  readonly isOfProfile?: boolean
}

/** Returns a setting, or `null` if it is empty or missing. */
export function given(source: string, value: string | null | undefined): Setting | null {
  return value === null || value === undefined || value === '' ? null : { source, value }
}

/** Returns a setting of a profile, or `null` if the profile doesn't have it. */
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
