const PROFILE_NAME = /^[A-Za-z0-9_.-]+$/

/** Whether a text can name a profile, as in the official SDKs: such a name can't lead out of the folder of profiles. */
export function isProfileName(name: unknown): boolean {
  return typeof name === 'string' && PROFILE_NAME.test(name) && name !== '.' && name !== '..'
}
