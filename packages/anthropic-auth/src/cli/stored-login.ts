import type { TokenSet } from '@anthropic-auth/core'
import { createProfileStore, type ProfileDescription, type ProfileStore } from '@anthropic-auth/profile-store'
import type { CommandContext } from './command-context.ts'
import type { CommonFlags } from './common-flags.ts'
import { notLoggedIn } from './not-logged-in.ts'
import { assertUsableName } from './usable-name.ts'

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
  await assertUsableName(flags)
  // From now on, tokens of another server are refused: a login may change the profile while a command waits.
  await store.clientConfig()
  const profile = await store.describe()
  useProfile(profile.name, profile.clientId)
  const tokens = await store.load()
  if (tokens === null) throw await notLoggedIn(profile, flags)
  return { profile, store, tokens }
}
