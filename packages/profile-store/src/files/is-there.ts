import { nodeBuiltin } from './node-builtin.ts'

/** Whether there is a file, a folder or a link at a path. A path that can't be looked at counts as empty. */
export async function isThere(path: string): Promise<boolean> {
  const { lstat } = nodeBuiltin('node:fs/promises')
  return lstat(path).then(
    () => true,
    () => false,
  )
}
