import { AnthropicAuthError, type TokenSet, type TokenStore } from '@anthropic-auth/core'
import { createFileLock } from './file-lock.ts'
import { fileError } from './file-error.ts'
import { checkedHostUrl } from './host-url.ts'
import { SECRET, makeFolderOf, readJsonFile, removeFile, replaceJsonFile } from './json-file.ts'
import { nodeBuiltin } from './node-builtin.ts'
import { type ProfileConfig, readProfileConfig, updatedConfig } from './profile-config.ts'
import { readCredentials, updatedCredentials } from './profile-credentials.ts'
import {
  type ProfileChoice,
  type ProfileLocation,
  assertProfileName,
  listProfileNames,
  locateProfile,
} from './profile-location.ts'

/** Which profile, and where; every option has a default. */
export interface ProfileStoreOptions extends ProfileChoice {
  /**
   * The host of both tokens and API, to be written into the profile by `save()`: https, or http on a loopback host.
   * Default: it is left as it is.
   */
  readonly baseUrl?: string | undefined
}

/** What a profile's files say beside its tokens. */
export interface ProfileDescription {
  readonly name: string
  /** The host of both tokens and API; `null`: the default one. */
  readonly baseUrl: string | null
  readonly clientId: string | null
  readonly organizationId: string | null
  readonly workspaceId: string | null
  readonly accountEmail: string | null
}

/** A `TokenStore` in the files of one profile. */
export interface ProfileStore extends Required<TokenStore> {
  load(): Promise<TokenSet | null>
  /** What the files say beside the tokens. */
  describe(): Promise<ProfileDescription>
  /** Removes the tokens; the profile's config stays. Use it inside `lock()`, as `save()`. */
  remove(): Promise<void>
}

/**
 * Keeps tokens in a profile: the files that the official Anthropic SDKs and `ant` read, so that `new Anthropic()` uses
 * the login. What they wrote is kept; `base_url` is left as it is. Nothing is cached, nothing is written but by
 * `save()` and `remove()`, and `lock()` excludes other users of this store alone: the SDKs and `ant` take no lock.
 *
 * Which profile it is, where none is given, is decided once, at the first call.
 *
 * Its methods throw `AnthropicAuthError` `store_failed`, with `reason` `unsafe_file`, `corrupt_file`, `foreign_profile`,
 * `read_failed`, `write_failed`, `lock_timeout` or `lock_failed`, and `invalid_config` for a profile's name from
 * elsewhere that is none.
 *
 * @throws AnthropicAuthError `invalid_config` when `profile` is no name of a profile, `configDir` is empty, or `baseUrl`
 *   is no URL of a host
 */
export function createProfileStore(options: ProfileStoreOptions = {}): ProfileStore {
  if (options.profile !== undefined) assertProfileName(options.profile, 'profile')
  assertConfigDir(options.configDir)
  const baseUrl = options.baseUrl === undefined ? null : checkedHostUrl(options.baseUrl, 'The base URL')
  let location: Promise<ProfileLocation> | null = null
  const open = async (): Promise<Profile> => {
    location ??= locateProfile(options).catch((error: unknown) => {
      location = null
      throw error
    })
    return openProfile(await location)
  }

  return {
    async load() {
      const { credentialsPath, config } = await open()
      const json = await readJsonFile(credentialsPath, SECRET)
      return json && readCredentials(json, config.clientId, credentialsPath)
    },

    async save(tokens) {
      const { credentialsPath, configPath, config } = await open()
      const json = await readJsonFile(credentialsPath, SECRET)
      // What can't be loaded may be somebody's: it is not replaced.
      if (json !== null) readCredentials(json, config.clientId, credentialsPath)
      const configJson = updatedConfig(config, { clientId: tokens.clientId, baseUrl })
      // Tokens first: a rotated refresh token must not be lost because the other file can't be written.
      await replaceJsonFile(credentialsPath, updatedCredentials(json ?? {}, config.clientId, tokens))
      if (configJson !== null) await replaceJsonFile(configPath, configJson)
    },

    async describe() {
      const { name, credentialsPath, config } = await open()
      const { clientId, organizationId, workspaceId } = config
      const email = (await readJsonFile(credentialsPath, SECRET))?.['account_email']
      const accountEmail = typeof email === 'string' && email !== '' ? email : null
      return { name, baseUrl: config.baseUrl, clientId, organizationId, workspaceId, accountEmail }
    },

    async remove() {
      const { credentialsPath } = await open()
      await removeFile(credentialsPath)
    },

    async lock(critical) {
      const { credentialsPath } = await open()
      const path = `${credentialsPath}.lock`
      await makeFolderOf(path).catch((error: unknown) => {
        throw fileError('lock_failed', `The folder of ${path} can't be made`, error)
      })
      return createFileLock(path)(critical)
    },
  }
}

/**
 * The names of all profiles that have a file, in order.
 *
 * @param options - `configDir`: as for {@link createProfileStore}
 * @throws AnthropicAuthError `store_failed`, `invalid_config` when `configDir` is empty, or there is no folder to look in
 */
export async function listProfiles(
  options: Pick<ProfileChoice, 'configDir'> = {},
): Promise<readonly string[]> {
  assertConfigDir(options.configDir)
  return listProfileNames(options.configDir)
}

interface Profile {
  readonly name: string
  readonly configPath: string
  readonly config: ProfileConfig
  readonly credentialsPath: string
}

async function openProfile(location: ProfileLocation): Promise<Profile> {
  const config = await readProfileConfig(location.configPath)
  const credentialsPath = nodeBuiltin('node:path').resolve(config.credentialsPath ?? location.credentialsPath)
  return { name: location.name, configPath: location.configPath, config, credentialsPath }
}

function assertConfigDir(configDir: string | undefined): void {
  if (configDir === undefined || (typeof configDir === 'string' && configDir !== '')) return
  throw new AnthropicAuthError('invalid_config', 'configDir must be the path of a folder', {
    reason: 'configDir',
  })
}
