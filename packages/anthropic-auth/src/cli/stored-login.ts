import type { TokenSet } from '@anthropic-auth/core'
import type { ProfileDescription, ProfileStore } from '@anthropic-auth/profile-store'
import { openStoredProfile, storeOf } from '@anthropic-auth/profile-store/internal'
import type { CommandContext } from './command-context.ts'
import type { CommonFlags } from './common-flags.ts'
import { checkedUrl, type TokenDestination, tokenHostSetting, warnOfOtherHost } from './host-settings.ts'
import { notLoggedIn } from './not-logged-in.ts'
import { assertUsableName } from './usable-name.ts'

/** A login in a profile. */
export interface StoredLogin extends TokenDestination {
  readonly profile: ProfileDescription
  readonly store: ProfileStore
  readonly tokens: TokenSet
  /** The host that issued the tokens, if a flag names the host that they go to; `null`: not known, or no flag. */
  readonly movedFrom: string | null
}

/**
 * Opens the login of a profile.
 *
 * @throws AnthropicAuthError `reauthentication_required` when there is none; `store_failed`
 */
export async function openLogin(flags: CommonFlags, { useProfile }: CommandContext): Promise<StoredLogin> {
  const opened = openStoredProfile({ profile: flags.profile })
  const store = storeOf(opened)
  await assertUsableName(flags)
  // From now on, tokens of another server are refused: a login may change the profile while a command waits.
  await store.clientConfig()
  const profile = await store.describe()
  useProfile(profile.name, profile.clientId)
  const baseUrl = await tokenHostSetting(flags, profile, async () => opened.loginHost())
  // The flag moves the tokens that are there now. Those of a later login stay at their own host.
  const movedFrom = flags.baseUrl === undefined ? null : await opened.loginHost()
  if (baseUrl !== null && baseUrl.isOfProfile !== true) {
    opened.sendTo({ host: checkedUrl(baseUrl), movedFrom })
  }
  const tokens = await store.load()
  if (tokens === null) throw await notLoggedIn(profile, flags)
  warnOfOtherHost(flags, profile, movedFrom)
  return { profile, store, tokens, baseUrl, movedFrom }
}
