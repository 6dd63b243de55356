import type { OAuthConfig, OAuthMode, TokenSet, TokenStore } from '@anthropic-auth/core'
import { readOptions } from '@anthropic-auth/core/internal'
import { checkedHostUrl } from './host-url.ts'
import type { FileLockCallOptions } from './lock/file-lock.ts'
import type { ConfigChange } from './profile-config.ts'
import { assertConfigDir, assertProfileName, type ProfileChoice } from './profile-location.ts'
import { type ProfileDescription, StoredProfile } from './stored-profile.ts'

/** The profile, and the settings to save in it. Every option has a default. */
export interface ProfileStoreOptions extends ProfileChoice {
  /**
   * The host of both tokens and API, which `save()` writes into the profile: https, or http on a loopback host. `null`
   * is the default host: `save()` removes the profile's own.
   *
   * @default the profile's own, which is left as it is
   */
  readonly baseUrl?: string | null | undefined
  /**
   * The client of the tokens to save. If the profile names another one, `prepareSave()` also proves that its config can
   * be replaced.
   *
   * @default the profile's own
   */
  readonly clientId?: string | undefined
  /**
   * The host of the consent page and the code page, which `save()` writes into the profile for the next login. `null`
   * removes it.
   *
   * @default the profile's own, which is left as it is
   */
  readonly consoleUrl?: string | null | undefined
  /**
   * How the user logs in, which `save()` writes into the profile for the next login. Other programs ignore it.
   *
   * @default the profile's own, which is left as it is
   */
  readonly mode?: OAuthMode | undefined
  /**
   * The scopes to ask for at the next login, which `save()` writes into the profile.
   *
   * @default the profile's own, which are left as they are
   */
  readonly scopes?: readonly string[] | undefined
  /**
   * The organization of the login, a UUID, which `save()` writes into the profile. `null` removes it.
   *
   * @default the profile's own, which is left as it is
   */
  readonly organizationId?: string | null | undefined
  /**
   * The workspace of the login, which `save()` writes into the profile, where the official SDKs read it. When the
   * tokens name their workspace, `save()` writes its id: a login can ask for `default`. `null` removes it.
   *
   * @default the profile's own, which is left as it is
   */
  readonly workspaceId?: string | null | undefined
}

/** A `TokenStore` in the files of one profile. */
export interface ProfileStore extends Required<TokenStore> {
  /**
   * Reads the tokens, even if a killed process has left them next to the file.
   *
   * @throws AnthropicAuthError `store_failed` with `reason` `corrupt_file` (also for a file that is empty or blank),
   *   `unsafe_file`, `foreign_profile`, `other_host` or `read_failed`
   */
  load(): Promise<TokenSet | null>
  /**
   * Replaces the tokens. Inside `lock()` it first checks that the lock was not lost, and writes to the disk space
   * that `prepareSave()` has reserved. If it fails after the new tokens have reached the disk, they stay there, in
   * the file that the message names: the next `load()` of any process finds them.
   *
   * @throws AnthropicAuthError `store_failed` with `reason` `write_failed`, `too_large`, `lock_lost`, or as `load()`
   */
  save(tokens: TokenSet): Promise<void>
  /**
   * Proves that the next `save()` will work, by checking the folders, the file and the disk. Inside `lock()` it also
   * reserves disk space until the lock ends, and moves tokens into place that a killed process has left next to the
   * file.
   *
   * @throws as `save()`
   */
  prepareSave(): Promise<void>
  /**
   * Notes, in a file beside the credentials, that the server has refused this refresh token for good. From then on,
   * `load()` returns the tokens with a `refreshTokenExpiresAt` in the past, until a login or another program writes other
   * tokens, or the profile gets another client or host. Use it inside `lock()`, like `save()`.
   *
   * @throws as `save()`
   */
  markEnded(tokens: TokenSet): Promise<void>
  /**
   * Whether `markEnded()` was called for this refresh token.
   *
   * @throws as `load()`
   */
  hasEnded(tokens: TokenSet): Promise<boolean>
  /**
   * Runs `critical` while no other process that uses a store of this profile runs one.
   *
   * @param options - `signal` ends the wait for the lock
   * @throws AnthropicAuthError `store_failed` with `reason` `lock_timeout`, `lock_failed` or `write_failed`; `aborted`
   */
  lock<T>(critical: () => Promise<T>, options?: FileLockCallOptions): Promise<T>
  /** Describes the profile, even if its credentials file can't be read. */
  describe(): Promise<ProfileDescription>
  /**
   * Returns the configuration of a client for this profile: its OAuth client, its hosts and its scopes, or those that
   * were given as options. A host on loopback counts for both, as an emulator has both. Always use it: tokens must never
   * go to another host than their profile's. From then on, `load()` and `save()` reject with
   * `reason: 'profile_changed'` when a login elsewhere has changed the host or the client of the profile.
   *
   * @throws AnthropicAuthError `invalid_config` when a URL in the profile is not the URL of a host
   */
  clientConfig(): Promise<OAuthConfig>
  /**
   * Whether there is a credentials file that is empty, blank or full of NUL bytes, as a power loss can leave it. In
   * that case `load()` rejects, and `save()` replaces the file.
   */
  isBlank(): Promise<boolean>
  /** Whether there is neither a credentials file nor anything that a save may have left next to it. */
  isEmpty(): Promise<boolean>
  /**
   * Reads the tokens in all files that failed saves have left next to the credentials file, so that a logout can
   * revoke them, too. Leaves out tokens of other hosts, which must not get to this one.
   */
  leftovers(): Promise<readonly TokenSet[]>
  /**
   * Removes the tokens and everything that saves have left behind, even if they can't be read. The profile's config
   * stays. Use it inside `lock()`, like `save()`.
   *
   * @throws AnthropicAuthError `store_failed` with `reason` `write_failed` or `foreign_profile`
   */
  remove(): Promise<void>
  /**
   * Removes the write permission of the group and of others from the profile folders that belong to this user. A
   * login calls it, since the store would refuse to save in such folders.
   *
   * @returns the folders that were changed
   * @throws AnthropicAuthError `store_failed` with `reason: 'unsafe_file'` for a folder that may have other uses, or
   *   that belongs to another user; in that case nothing was changed
   */
  tightenFolders(): Promise<readonly string[]>
}

/**
 * Keeps tokens in a profile: the files that the official Anthropic SDKs and `ant` read, so that `new Anthropic()`
 * uses the login. Keys of other programs are kept, and so are settings that no option names. Nothing is cached, and
 * only `save()`, `prepareSave()`, `remove()` and `tightenFolders()` write. `lock()` excludes only other users of this
 * store: the SDKs and `ant` take no lock.
 *
 * When no profile is given, the first call decides which one it is.
 *
 * Its methods throw `AnthropicAuthError` `store_failed`, and `invalid_config` for an invalid profile name from the
 * environment or from `active_config`, and for a `credentials_path` that starts with `~`.
 *
 * @example
 *   ```ts
 *   import { createTokenProvider, OAuthClient } from '@anthropic-auth/core'
 *   import { createProfileStore } from '@anthropic-auth/profile-store'
 *
 *   const store = createProfileStore({ profile: 'work' })
 *   const client = new OAuthClient(await store.clientConfig())
 *   const provider = createTokenProvider(client, { store })
 *   const { token } = await provider()
 *   await fetch('https://api.anthropic.com/v1/models', { headers: { authorization: `Bearer ${token}` } })
 *   ```
 *
 * @throws AnthropicAuthError `invalid_config` when `profile` is not a valid name, `configDir` is empty, or `baseUrl` is
 *   not the URL of a host
 */
export function createProfileStore(given: ProfileStoreOptions = {}): ProfileStore {
  return storeOf(openStoredProfile(given))
}

/** Opens a profile with more methods than its store has, for the command line tool. */
export function openStoredProfile(given: ProfileStoreOptions = {}): StoredProfile {
  const options = readOptions(given)
  if (options.profile !== undefined) assertProfileName(options.profile, 'profile')
  assertConfigDir(options.configDir)
  return new StoredProfile(options, settingsOf(options))
}

/** Returns the store of a profile. */
export function storeOf(profile: StoredProfile): ProfileStore {
  return {
    load: async () => profile.load(),
    save: async (tokens) => profile.save(tokens),
    prepareSave: async () => profile.prepareSave(),
    markEnded: async (tokens) => profile.markEnded(tokens),
    hasEnded: async (tokens) => profile.hasEnded(tokens),
    lock: async (critical, lockOptions) => profile.lock(critical, lockOptions),
    describe: async () => profile.describe(),
    clientConfig: async () => profile.clientConfig(),
    isBlank: async () => profile.isBlank(),
    isEmpty: async () => profile.isEmpty(),
    leftovers: async () => profile.leftovers(),
    remove: async () => profile.remove(),
    tightenFolders: async () => profile.tightenFolders(),
  }
}

function settingsOf(options: ProfileStoreOptions): ConfigChange {
  const { baseUrl, clientId, consoleUrl, mode, scopes, organizationId, workspaceId } = options
  return {
    baseUrl: baseUrl === undefined || baseUrl === null ? baseUrl : checkedHostUrl(baseUrl, 'baseUrl'),
    clientId,
    consoleUrl:
      consoleUrl === undefined || consoleUrl === null ? consoleUrl : checkedHostUrl(consoleUrl, 'consoleUrl'),
    mode,
    scopes,
    organizationId,
    workspaceId,
  }
}
