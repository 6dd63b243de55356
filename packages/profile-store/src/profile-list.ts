import { AnthropicAuthError } from '@anthropic-auth/core'
import { readOptions } from '@anthropic-auth/core/internal'
import { isThere } from './files/is-there.ts'
import { replaceFile } from './files/json-file.ts'
import { findTemporaryFiles } from './files/leftover.ts'
import { nodeBuiltin } from './files/node-builtin.ts'
import { damagedPathOf } from './files/own-file.ts'
import { removeFile } from './files/remove-file.ts'
import { readConfigIfWhole } from './profile-config.ts'
import { ProfileFiles } from './profile-files.ts'
import {
  activeConfigPath,
  assertConfigDir,
  assertProfileName,
  listProfileNames,
  type ProfileChoice,
} from './profile-location.ts'

/**
 * Lists the names of all profiles that have a file, in order.
 *
 * @param options - `configDir`: as for `createProfileStore()`
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
 * @param options - `configDir`: as for `createProfileStore()`
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

/**
 * Removes the settings of a profile, the damaged ones that a hint told the user to move away, and `active_config` if it
 * names this profile. Use it after `remove()` of its store, and under its lock.
 *
 * @throws AnthropicAuthError `store_failed`
 */
export async function removeSettings(profile: string): Promise<void> {
  const { configPath } = await new ProfileFiles({ profile }).open(readConfigIfWhole)
  for (const path of await findTemporaryFiles(configPath)) await removeFile(path)
  for (const path of [damagedPathOf(configPath), configPath]) await removeFile(path)
  const activePath = activeConfigPath(undefined)
  const active = await nodeBuiltin('node:fs/promises')
    .readFile(activePath, 'utf8')
    .catch(() => '')
  if (active.trim() === profile) await removeFile(activePath)
}

/** Returns the damaged credentials file that a hint told the user to move away, or `null`. Its tokens may still work. */
export async function findDamagedCredentials(profile: string): Promise<string | null> {
  const { credentialsPath } = await new ProfileFiles({ profile }).open(readConfigIfWhole)
  const path = damagedPathOf(credentialsPath)
  return (await isThere(path)) ? path : null
}
