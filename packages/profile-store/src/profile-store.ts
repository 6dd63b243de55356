import { AnthropicAuthError, type OAuthConfig, type TokenSet, type TokenStore } from '@anthropic-auth/core'
import { readOptions } from '@anthropic-auth/core/internal'
import type { FileLockCallOptions } from './lock/file-lock.ts'
import { hostEndpoints, isOnLoopback } from './host-endpoints.ts'
import { checkedHostUrl } from './host-url.ts'
import { proveJsonFile, replaceFile, replaceJsonFile } from './files/json-file.ts'
import { findTemporaryFiles } from './files/leftover.ts'
import { nodeBuiltin } from './files/node-builtin.ts'
import { tightenFoldersOf } from './files/own-folder.ts'
import { bindingOf, type ConfigChange, readConfigIfWhole, updatedConfig } from './profile-config.ts'
import { type OpenProfile, ProfileFiles } from './profile-files.ts'
import {
  type ProfileChoice,
  activeConfigPath,
  assertProfileName,
  holdsOnlyProfiles,
  listProfileNames,
} from './profile-location.ts'
import { removeFile } from './files/remove-file.ts'

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

/** The content of a profile's files, apart from its tokens. */
export interface ProfileDescription {
  readonly name: string
  /** The host of both tokens and API; `null`: the default host. */
  readonly baseUrl: string | null
  readonly clientId: string | null
  /** The host of the consent page and the code page; `null`: the default hosts. */
  readonly consoleUrl: string | null
  /** The scopes that a login asks for; `null`: the default ones. */
  readonly scopes: readonly string[] | null
  readonly organizationId: string | null
  readonly workspaceId: string | null
  /** `null` also when the credentials file can't be read. */
  readonly accountEmail: string | null
}

/** A `TokenStore` in the files of one profile. */
export interface ProfileStore extends Required<TokenStore> {
  /**
   * Reads the tokens, even if a killed process has left them next to the file.
   *
   * @throws AnthropicAuthError `store_failed` with `reason` `corrupt_file` (also for a file that is empty or blank),
   *   `unsafe_file`, `foreign_profile` or `read_failed`
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
   * were given as options. A host on loopback counts for both, as an emulator has both. From then on, `load()` rejects
   * and `save()` reject with `reason: 'profile_changed'` when a login elsewhere has changed the host or the client of
   * the profile. Use it, since
   * tokens of a profile must not be sent to another host than the profile's.
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
   * revoke them, too.
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
 * @throws AnthropicAuthError `invalid_config` when `profile` is not a valid name, `configDir` is empty, or `baseUrl` is
 *   not the URL of a host
 */
export function createProfileStore(given: ProfileStoreOptions = {}): ProfileStore {
  const options = readOptions(given)
  if (options.profile !== undefined) assertProfileName(options.profile, 'profile')
  assertConfigDir(options.configDir)
  const settings = settingsOf(options)
  const profiles = new ProfileFiles(options)
  let pinned: string | null = null
  /** A client was made for these tokens: those of another host or client must not be sent to its server. */
  const assertSameBinding = ({ name, config }: OpenProfile): void => {
    if (pinned !== null && bindingOf(config) !== pinned) throw reboundProfile(name)
  }

  return {
    async load() {
      const { file, format } = await profiles.openToLoad()
      const tokens = (await file.load(format))?.tokens ?? null
      // Read again: a login may have changed both files in between.
      if (pinned !== null) assertSameBinding(await profiles.open())
      return tokens
    },

    async save(tokens) {
      const profile = await profiles.openToSave()
      assertSameBinding(profile)
      const { file, format, config } = profile
      const change = changeFor(tokens, settings)
      const writeConfig = async (): Promise<void> => {
        const current = await profiles.open()
        const json = updatedConfig(current.config, change)
        if (json !== null) await replaceJsonFile(current.configPath, json)
      }
      const binding = bindingOf({
        clientId: change.clientId ?? config.clientId,
        baseUrl: change.baseUrl === undefined ? config.baseUrl : change.baseUrl,
      })
      if (binding !== bindingOf(config)) {
        // Neither login may ever be sent to the server of the other one.
        await file.save(format, tokens, { binding, commit: writeConfig })
        if (pinned !== null) pinned = binding
        return
      }
      // Tokens first: a rotated refresh token must not be lost because the other file can't be written.
      await file.save(format, tokens)
      if (updatedConfig(config, change) !== null) await writeConfig()
    },

    async prepareSave() {
      const { file, format, configPath, config } = await profiles.open()
      await file.prepareSave(format)
      const isComplete = config.clientId !== null && updatedConfig(config, settings) === null
      if (!isComplete) await proveJsonFile(configPath)
    },

    async describe() {
      const { name, file, format, config } = await profiles.open(readConfigIfWhole)
      const email = (await file.load(format).catch(() => null))?.json['account_email']
      const accountEmail = typeof email === 'string' && email !== '' ? email : null
      const { baseUrl, clientId, consoleUrl, scopes, organizationId, workspaceId } = config
      return { name, baseUrl, clientId, consoleUrl, scopes, organizationId, workspaceId, accountEmail }
    },

    async clientConfig() {
      const { name, config } = await profiles.open()
      const hostOf = (value: string | null, key: string): string | null =>
        value && checkedHostUrl(value, `${key} of profile '${name}'`)
      const own = hostOf(config.baseUrl, 'base_url')
      pinned = bindingOf(config)
      const baseUrl = settings.baseUrl === undefined ? own : settings.baseUrl
      const ownConsole = baseUrl === own ? hostOf(config.consoleUrl, 'console_url') : null
      const consoleUrl = settings.consoleUrl ?? ownConsole ?? (isOnLoopback(baseUrl) ? baseUrl : null)
      return {
        clientId: settings.clientId ?? config.clientId ?? undefined,
        scopes: settings.scopes ?? config.scopes ?? undefined,
        endpoints: hostEndpoints({ baseUrl, consoleUrl }),
      }
    },

    async isBlank() {
      return (await profiles.open(readConfigIfWhole)).file.isBlank()
    },

    async isEmpty() {
      return (await profiles.open(readConfigIfWhole)).file.isEmpty()
    },

    async leftovers() {
      const { file, format } = await profiles.openToLoad()
      return file.leftovers(format)
    },

    async remove() {
      const { file, format, config, configPath } = await profiles.open(readConfigIfWhole)
      if (config.credentialsPath !== null) await file.assertRemovable(format)
      for (const path of await findTemporaryFiles(configPath)) await removeFile(path)
      await file.remove()
    },

    async tightenFolders() {
      // Don't read the config file: it would be refused until the folders are tightened.
      const { root, isDefaultRoot, configPath, credentialsPath } = await profiles.locate()
      const files = [configPath, credentialsPath]
      const folders = files.map((path) => nodeBuiltin('node:path').dirname(path))
      if (isDefaultRoot || (await holdsOnlyProfiles(root))) folders.push(root)
      return tightenFoldersOf({ files, folders })
    },

    async lock(critical, lockOptions) {
      const { file } = await profiles.open(readConfigIfWhole)
      return file.lock(critical, lockOptions)
    },
  }
}

function reboundProfile(name: string): AnthropicAuthError {
  const message = `Profile '${name}' now belongs to another server or client: somebody has logged in again`
  return new AnthropicAuthError('store_failed', message, {
    reason: 'profile_changed',
    hint: 'Start again, with a new client from clientConfig().',
  })
}

function settingsOf(options: ProfileStoreOptions): ConfigChange {
  const { baseUrl, clientId, consoleUrl, scopes, organizationId, workspaceId } = options
  return {
    baseUrl: baseUrl === undefined || baseUrl === null ? baseUrl : checkedHostUrl(baseUrl, 'baseUrl'),
    clientId,
    consoleUrl:
      consoleUrl === undefined || consoleUrl === null ? consoleUrl : checkedHostUrl(consoleUrl, 'consoleUrl'),
    scopes,
    organizationId,
    workspaceId,
  }
}

/** Returns the settings to write into the config together with these tokens. */
function changeFor({ clientId, workspace }: TokenSet, settings: ConfigChange): ConfigChange {
  const { workspaceId } = settings
  return {
    ...settings,
    clientId: clientId ?? undefined,
    workspaceId: typeof workspaceId === 'string' ? (workspace?.id ?? workspaceId) : workspaceId,
  }
}

/**
 * Lists the names of all profiles that have a file, in order.
 *
 * @param options - `configDir`: as for {@link createProfileStore}
 * @throws AnthropicAuthError `store_failed`; `invalid_config` when `configDir` is empty, or there is no folder to look in
 */
export async function listProfiles(
  options: Pick<ProfileChoice, 'configDir'> = {},
): Promise<readonly string[]> {
  const { configDir } = readOptions(options)
  assertConfigDir(configDir)
  return listProfileNames(configDir)
}

/**
 * Makes a profile the active one: official SDKs, `ant` and this tool use it when `ANTHROPIC_PROFILE` is not set.
 *
 * @param options - `configDir`: as for {@link createProfileStore}
 * @throws AnthropicAuthError `invalid_config` when there is no such profile; `store_failed`
 */
export async function activateProfile(
  profile: string,
  options: Pick<ProfileChoice, 'configDir'> = {},
): Promise<void> {
  assertProfileName(profile, 'profile')
  const { configDir } = readOptions(options)
  if (!(await listProfiles({ configDir })).includes(profile)) {
    throw new AnthropicAuthError('invalid_config', `There is no profile '${profile}'`, {
      reason: 'no_such_profile',
      hint: 'Log in to it first, or choose one of listProfiles().',
    })
  }
  await replaceFile(activeConfigPath(configDir), new TextEncoder().encode(`${profile}\n`))
}

function assertConfigDir(configDir: string | undefined): void {
  if (configDir === undefined || (typeof configDir === 'string' && configDir !== '')) return
  throw new AnthropicAuthError('invalid_config', 'configDir must be the path of a folder', {
    reason: 'configDir',
  })
}
