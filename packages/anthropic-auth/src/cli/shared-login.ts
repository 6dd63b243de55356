import { isAnthropicAuthError } from '@anthropic-auth/core'
import { profilesSharingWith } from '@anthropic-auth/profile-store/internal'

/**
 * Says which other profiles have the same credentials file, and what happens to them; `null` if there are none.
 *
 * @param consequence - what happens there
 */
export async function sharedText(profile: string, consequence: string): Promise<string | null> {
  const names = await profilesSharingWith(profile).catch((error: unknown) => {
    if (!isAnthropicAuthError(error)) throw error
    return []
  })
  if (names.length === 0) return null
  const [whose, verb] = names.length === 1 ? ['Profile', 'uses'] : ['Profiles', 'use']
  return `${whose} ${names.map((name) => `'${name}'`).join(', ')} ${verb} the same credentials file, so ${consequence}.`
}
