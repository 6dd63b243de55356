import { whileBusy } from './busy-file.ts'
import { fileError } from './file-error.ts'
import { markLoggedOut, saysMounted } from './in-place-file.ts'
import { nodeBuiltin } from './node-builtin.ts'

/**
 * Removes a file, if it is there. A file that is a mount point can't be removed, so a mark replaces its content.
 *
 * @throws AnthropicAuthError `store_failed` with `reason: 'write_failed'`
 */
export async function removeFile(path: string): Promise<void> {
  const { rm } = nodeBuiltin('node:fs/promises')
  try {
    await whileBusy(async () => rm(path, { force: true })).catch(async (error: unknown) => {
      if (!saysMounted(error)) throw error
      await markLoggedOut(path)
    })
  } catch (error) {
    throw fileError('write_failed', `${path} can't be removed`, error)
  }
}

/** Removes a file that nothing depends on, if possible. */
export async function removeQuietly(path: string): Promise<void> {
  await nodeBuiltin('node:fs/promises')
    .unlink(path)
    .catch(() => undefined)
}
