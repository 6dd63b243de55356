import { errorCode } from './file-error.ts'
import { nodeBuiltin } from './node-builtin.ts'

/** Returns the folders of files that don't exist yet, the deepest first. */
export async function missingFoldersOf(files: readonly string[]): Promise<readonly string[]> {
  const missing = new Set<string>()
  for (const file of files) {
    for (const folder of await missingAbove(file)) missing.add(folder)
  }
  return [...missing].toSorted((one, other) => other.length - one.length)
}

/** Returns the missing folders above a path. Each contains the one before. */
async function missingAbove(path: string): Promise<readonly string[]> {
  const folder = nodeBuiltin('node:path').dirname(path)
  if (folder === path || !(await isMissing(folder))) return []
  return [folder, ...(await missingAbove(folder))]
}

async function isMissing(folder: string): Promise<boolean> {
  return nodeBuiltin('node:fs/promises')
    .lstat(folder)
    .then(
      () => false,
      (error: unknown) => errorCode(error) === 'ENOENT',
    )
}

/** Removes those of the folders that are there and empty. The deepest must come first. */
export async function removeEmptyFolders(folders: readonly string[]): Promise<void> {
  for (const folder of folders) {
    await nodeBuiltin('node:fs/promises')
      .rmdir(folder)
      .catch(() => undefined)
  }
}
