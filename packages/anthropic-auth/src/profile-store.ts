import { AnthropicAuthError, type TokenStore } from '@anthropic-auth/core'
import { createFileLock } from './file-lock.ts'
import { fileError } from './file-error.ts'
import { SECRET, makeFolderOf, readJsonFile, replaceJsonFile } from './json-file.ts'
import { nodeBuiltin } from './node-builtin.ts'
import { type ProfileConfig, readProfileConfig, updatedConfig } from './profile-config.ts'
import { readCredentials, updatedCredentials } from './profile-credentials.ts'
import {
  type ProfileChoice,
  type ProfileLocation,
  assertProfileName,
  locateProfile,
} from './profile-location.ts'

/** Which profile, and where; every option has a default. */
export type ProfileStoreOptions = ProfileChoice

/**
 * Keeps tokens in a profile: the files that the official Anthropic SDKs and `ant` read, so that `new Anthropic()` uses
 * the login. What they wrote is kept; `base_url` is left as it is. Nothing is cached, nothing is written but by
 * `save()`, and `lock()` excludes other users of this store alone: the SDKs and `ant` take no lock.
 *
 * Which profile it is, where none is given, is decided once, at the first call.
 *
 * Its methods throw `AnthropicAuthError` `store_failed`, with `reason` `unsafe_file`, `corrupt_file`, `foreign_profile`,
 * `read_failed`, `write_failed`, `lock_timeout` or `lock_failed`, and `invalid_config` for a profile's name from
 * elsewhere that is none.
 *
 * @throws AnthropicAuthError `invalid_config` when `profile` is no name of a profile, or `configDir` is empty
 */
export function createProfileStore(options: ProfileStoreOptions = {}): Required<TokenStore> {
  assertOptions(options)
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
      const configJson = updatedConfig(config, tokens.clientId)
      // Tokens first: a rotated refresh token must not be lost because the other file can't be written.
      await replaceJsonFile(credentialsPath, updatedCredentials(json ?? {}, config.clientId, tokens))
      if (configJson !== null) await replaceJsonFile(configPath, configJson)
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

interface Profile {
  readonly configPath: string
  readonly config: ProfileConfig
  readonly credentialsPath: string
}

async function openProfile(location: ProfileLocation): Promise<Profile> {
  const config = await readProfileConfig(location.configPath)
  const credentialsPath = nodeBuiltin('node:path').resolve(config.credentialsPath ?? location.credentialsPath)
  return { configPath: location.configPath, config, credentialsPath }
}

function assertOptions({ profile, configDir }: ProfileStoreOptions): void {
  if (profile !== undefined) assertProfileName(profile, 'profile')
  if (configDir === undefined || (typeof configDir === 'string' && configDir !== '')) return
  throw new AnthropicAuthError('invalid_config', 'configDir must be the path of a folder', {
    reason: 'configDir',
  })
}
