import { AnthropicAuthError, type TokenSet } from '@anthropic-auth/core'
import {
  createProfileStore,
  listProfiles,
  type ProfileDescription,
  type ProfileStore,
} from '@anthropic-auth/profile-store'
import type { CommandContext } from './command-context.ts'
import type { CommonFlags } from './common-flags.ts'

/** A login in a profile. */
export interface StoredLogin {
  readonly profile: ProfileDescription
  readonly store: ProfileStore
  readonly tokens: TokenSet
}

/**
 * Opens the login of a profile.
 *
 * @throws AnthropicAuthError `reauthentication_required` when there is none; `store_failed`
 */
export async function openLogin(flags: CommonFlags, { useProfile }: CommandContext): Promise<StoredLogin> {
  const store = createProfileStore({ profile: flags.profile })
  // From now on, tokens of another server are refused: a login may change the profile while a command waits.
  await store.clientConfig()
  const profile = await store.describe()
  useProfile(profile.name, profile.clientId)
  const tokens = await store.load()
  if (tokens === null) throw await notLoggedIn(profile.name)
  return { profile, store, tokens }
}

/** A profile without any file may be a typing error, or the user may have logged in to another one. */
async function notLoggedIn(profile: string): Promise<AnthropicAuthError> {
  const others = await listProfiles().catch((): readonly string[] => [])
  const isKnown = others.length === 0 || others.includes(profile)
  const existing = isKnown ? '' : `. Existing profiles: ${others.join(', ')}`
  const message = `Not logged in (profile '${profile}')${existing}`
  const reason = isKnown ? 'not_logged_in' : 'no_such_profile'
  return new AnthropicAuthError('reauthentication_required', message, { reason })
}
