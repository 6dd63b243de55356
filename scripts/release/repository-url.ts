import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Returns the one setting of an owner, `repository` in the package.json of the workspace; `null` while it is not set. */
export function repositoryUrl(root: string = join(import.meta.dirname, '../..')): string | null {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { repository?: unknown }
  const { repository } = manifest
  if (repository === undefined) return null
  if (typeof repository === 'string' && /^https:\/\/[^/\s]+\/[^/\s]+\/[^/\s]+$/.test(repository)) {
    return repository.replace(/\.git$/, '')
  }
  throw new Error('Set "repository" in package.json to a URL such as "https://github.com/OWNER/NAME".')
}
