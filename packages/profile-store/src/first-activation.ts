import { isThere } from './files/is-there.ts'
import { createFile, replaceFile } from './files/json-file.ts'
import { createFileLock } from './lock/file-lock.ts'
import { lockPathOf } from './login-file.ts'
import { activeConfigPath, listProfileNames, locateProfile } from './profile-location.ts'

/**
 * Makes a profile the active one, unless the active one exists. Of several processes that do this at the same moment,
 * the first one wins.
 *
 * @returns whether the active profile was changed
 * @throws AnthropicAuthError `store_failed`; `invalid_config` when `active_config` names no profile
 */
export async function activateIfNone(profile: string): Promise<boolean> {
  if (await hasActive()) return false
  const path = activeConfigPath(undefined)
  return createFileLock(lockPathOf(path))(async () => !(await hasActive()) && write(path, profile))
}

async function hasActive(): Promise<boolean> {
  const { name } = await locateProfile({})
  return (await listProfileNames(undefined)).includes(name)
}

/** `ant` and the official SDKs take no lock, so a file that one of them has just created must stay. */
async function write(path: string, profile: string): Promise<boolean> {
  const bytes = new TextEncoder().encode(`${profile}\n`)
  if (!(await isThere(path))) return createFile(path, bytes)
  await replaceFile(path, bytes)
  return true
}
