import { AnthropicAuthError, type TokenSet } from '@anthropic-auth/core'
import { createProfileStore, type ProfileDescription, type ProfileStore } from '../profile-store.ts'
import type { CommandContext } from './program.ts'
import type { CommonFlags } from './settings.ts'

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
  const profile = await store.describe()
  useProfile(profile.name)
  const tokens = await store.load()
  if (tokens === null) throw notLoggedIn(profile.name)
  return { profile, store, tokens }
}

function notLoggedIn(profile: string): AnthropicAuthError {
  return new AnthropicAuthError('reauthentication_required', `Not logged in (profile '${profile}')`, {
    reason: 'not_logged_in',
  })
}
