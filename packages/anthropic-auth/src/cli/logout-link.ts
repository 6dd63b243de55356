import { lstat, realpath } from 'node:fs/promises'
import { ProfileFiles, readConfigIfWhole, shellQuoted } from '@anthropic-auth/profile-store/internal'

/** A symbolic link in the place of a credentials file. A logout removes it, but not its target, which isn't ours. */
interface CredentialsLink {
  readonly path: string
  /** `null`: it leads nowhere. */
  readonly target: string | null
}

/** Finds a symbolic link in the place of a profile's credentials file. */
export async function findCredentialsLink(profile: string): Promise<CredentialsLink | null> {
  const { credentialsPath: path } = await new ProfileFiles({ profile }).open(readConfigIfWhole)
  const stats = await lstat(path).catch(() => null)
  if (stats?.isSymbolicLink() !== true) return null
  return { path, target: await realpath(path).catch(() => null) }
}

/** Says where the tokens still are, after the link to them was removed. */
export function removedLinkText({ path, target }: CredentialsLink): string {
  if (target === null) return `${path} was a symbolic link that led nowhere. Only the link is removed.`
  const remedy = process.platform === 'win32' ? `remove ${target}` : `run: rm ${shellQuoted(target)}`
  return `${path} was a symbolic link. Only the link is removed: the tokens are still in ${target}, and stay valid until they expire. To remove them, ${remedy}`
}
