import { whileBusy } from './busy-file.ts'
import { errorCode, fileError } from './file-error.ts'
import { markLoggedOut, saysMounted } from './in-place-file.ts'
import { nodeBuiltin } from './node-builtin.ts'

/**
 * Removes a file, if it is there. If it is a mount point, it can't be removed, so a mark replaces its content.
 *
 * @throws AnthropicAuthError `store_failed` with `reason: 'write_failed'`
 */
export async function removeFile(path: string): Promise<void> {
  // Not rm(), which hides why a file can't be removed.
  const { unlink } = nodeBuiltin('node:fs/promises')
  try {
    await whileBusy(async () => unlink(path)).catch(async (error: unknown) => {
      if (!saysMounted(error) && errorCode(error) !== 'EROFS') throw error
      // Also for a mount point in a read-only folder.
      await markLoggedOut(path)
    })
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return
    throw fileError('write_failed', `${path} can't be removed`, error)
  }
}

/** Removes a file that nothing depends on, if possible. */
export async function removeQuietly(path: string): Promise<void> {
  await nodeBuiltin('node:fs/promises')
    .unlink(path)
    .catch(() => undefined)
}
