import { isAnthropicAuthError } from '@anthropic-auth/core'
import { nodeBuiltin } from './files/node-builtin.ts'
import { readConfigIfWhole, readFederationConfig } from './profile-config.ts'
import { ProfileFiles } from './profile-files.ts'
import { listProfileNames } from './profile-location.ts'

/**
 * Returns the names of the other profiles whose `credentials_path` leads to the credentials file of this one. They have
 * the same login: what happens to it here happens to them, too.
 */
export async function profilesSharingWith(profile: string): Promise<readonly string[]> {
  const own = await credentialsPathOf(profile)
  const sharing: string[] = []
  for (const name of await listProfileNames(undefined)) {
    if (name !== profile && own !== null && (await credentialsPathOf(name)) === own) sharing.push(name)
  }
  return sharing
}

/** Returns the real path; `null` for a profile that can't be read. */
async function credentialsPathOf(profile: string): Promise<string | null> {
  for (const readConfig of [readConfigIfWhole, readFederationConfig]) {
    try {
      const { credentialsPath } = await new ProfileFiles({ profile }).open(readConfig)
      return await realPath(credentialsPath)
    } catch (error) {
      if (!isAnthropicAuthError(error)) throw error
    }
  }
  return null
}

/** Resolves links in the folder of a file. The file itself must not be a link, and may be missing. */
async function realPath(file: string): Promise<string> {
  const path = nodeBuiltin('node:path')
  const folder = path.dirname(file)
  const real = await nodeBuiltin('node:fs/promises')
    .realpath(folder)
    .catch(() => folder)
  return path.join(real, path.basename(file))
}
