import { AnthropicAuthError, type TokenSet } from '@anthropic-auth/core'
import { createProfileStore, type ProfileDescription, type ProfileStore } from '../profile-store.ts'
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
export async function openLogin(flags: CommonFlags): Promise<StoredLogin> {
  const store = createProfileStore({ profile: flags.profile })
  const tokens = await store.load()
  const profile = await store.describe()
  if (tokens === null) throw notLoggedIn(profile.name)
  return { profile, store, tokens }
}

function notLoggedIn(profile: string): AnthropicAuthError {
  return new AnthropicAuthError('reauthentication_required', `Nobody is logged in to profile '${profile}'`, {
    hint: `Run: anthropic-auth login --profile ${profile}`,
  })
}
