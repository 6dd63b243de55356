// The order of the system calls decides what a killed process or a failing disk leaves behind:
//
//   prepareSave   open, fchmod, write and fsync a probe; link() it beside the file (is that a mount point?); rename it
//   the request   the refresh token is used up: from here on only the new tokens count
//   save          rename the probe to its leftover name, ftruncate, write      the window: tokens in memory alone
//                 fsync, close                                                 the next process finds the new tokens
//                 check whether the lock is lost; read the file again
//                 rename over the file                                         all programs find the new tokens
//                 fsync the folder; remove what older saves have left
//
// From the write on, the new tokens are on the disk under one of two names, and only a save of newer ones or a logout
// removes them. After a failed fsync, the same bytes are written again: the system marks pages that could not be
// written as clean, so a second fsync alone would report success.
import { AnthropicAuthError } from '@anthropic-auth/core'
import { whileBusy } from './busy-file.ts'
import { errorCode, fileError } from './file-error.ts'
import { type FileState, replacedBy, type TokenContent } from './file-state.ts'
import { mountedFileError, saysMounted, writeAt, writeInPlace } from './in-place-file.ts'
import { type Leftover, digestOf, leftoverOf } from './leftover.ts'
import { nodeBuiltin } from './node-builtin.ts'
import { inPlaceFlags } from './own-file.ts'
import { syncFolderOf } from './own-folder.ts'
import { removeQuietly } from './remove-file.ts'
import { SaveProbe } from './save-probe.ts'

/** A file of tokens, and the state of it that is to be replaced. */
export interface FileToReplace {
  readonly path: string
  readonly state: FileState<TokenContent>
  /** The settings that the new tokens belong to; default ''. */
  readonly binding?: string
  /** The settings change with this save. */
  readonly isRebound?: boolean
}

/** The whole new content, under its own name. */
export interface WrittenFile {
  readonly leftover: Leftover
  /** Its current path: that of the leftover, unless no rename worked. */
  readonly path: string
  readonly bytes: Uint8Array
}

/**
 * Writes the new content as a leftover.
 *
 * @throws AnthropicAuthError `store_failed` with `reason: 'write_failed'`; names the leftover if the content is in it
 */
export async function writeLeftover(
  { path, state, binding = '', isRebound = false }: FileToReplace,
  bytes: Uint8Array,
  probe: SaveProbe,
): Promise<WrittenFile> {
  // Once the settings have changed, leftovers of the old ones no longer count. Only the file itself is replaced.
  const replaced = await replacedBy(isRebound ? state.fileIdentity : state.identity, binding)
  const leftover = leftoverOf(path, replaced, await digestOf(bytes))
  const file = await filled(await namedAs(leftover, probe, path), bytes, async () =>
    SaveProbe.create(path, leftover.path),
  ).catch((error: unknown) => {
    throw fileError('write_failed', `${path} can't be saved`, error)
  })
  try {
    await file.finish()
  } catch (error) {
    throw notReplaced(path, file.path, error)
  }
  return { leftover, path: file.path, bytes }
}

/** Writes a leftover once more, so that it is on the disk for certain before it replaces the file. */
export async function rewriteLeftover({ path, state }: FileToReplace): Promise<WrittenFile | null> {
  const { leftover, bytes } = state
  if (leftover === null || bytes === null) return null
  try {
    const file = await nodeBuiltin('node:fs/promises').open(leftover.path, inPlaceFlags())
    try {
      await writeAt(file, bytes, 0)
      await file.sync()
    } finally {
      await file.close()
    }
  } catch (error) {
    throw notReplaced(path, leftover.path, error)
  }
  return { leftover, path: leftover.path, bytes }
}

/**
 * Moves the written file into place, and removes the files that older saves have left.
 *
 * @returns `false` when a save of another process has removed the written file: nothing was changed
 * @throws AnthropicAuthError `store_failed` with `reason: 'write_failed'` and the path of the new tokens, which stay
 */
export async function moveIntoPlace({ path, state }: FileToReplace, written: WrittenFile): Promise<boolean> {
  try {
    await whileBusy(async () => nodeBuiltin('node:fs/promises').rename(written.path, path))
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false
    if (saysMounted(error)) await copyIntoPlace(path, written)
    else if (written.path === written.leftover.path) throw notReplaced(path, written.path, error)
    else await overwrite(path, written, error)
  }
  await syncFolderOf(path)
  const { leftovers, probes } = state.remains
  for (const each of [...leftovers.map((leftover) => leftover.path), ...probes]) {
    if (each !== written.path) await removeQuietly(each)
  }
  return true
}

/**
 * Renames the probe to the leftover. If that fails, creates a new file; if that fails, too, keeps the probe's name.
 */
async function namedAs(leftover: Leftover, probe: SaveProbe, target: string): Promise<SaveProbe> {
  try {
    await probe.moveTo(leftover.path)
    return probe
  } catch {
    const created = await SaveProbe.create(target, leftover.path).catch(() => null)
    if (created === null) return probe
    await probe.remove()
    return created
  }
}

/** Writes the content, into another file if the first can't be written: it may lack the space that was reserved for it. */
async function filled(
  file: SaveProbe,
  bytes: Uint8Array,
  createOther: () => Promise<SaveProbe>,
): Promise<SaveProbe> {
  try {
    await file.write(bytes)
    return file
  } catch {
    await file.remove()
  }
  const other = await createOther()
  try {
    await other.write(bytes)
    return other
  } catch (error) {
    await other.remove()
    throw error
  }
}

/** Marks the leftover, and syncs that to the disk, before the file itself is overwritten. */
async function copyIntoPlace(path: string, { leftover, path: from, bytes }: WrittenFile): Promise<void> {
  const marked = leftoverOf(path, leftover.replaced, leftover.checksum, true)
  try {
    await nodeBuiltin('node:fs/promises').rename(from, marked.path)
  } catch (error) {
    throw notReplaced(path, from, error)
  }
  await syncFolderOf(path)
  try {
    await writeInPlace(path, bytes)
  } catch (error) {
    throw keptError(mountedFileError(path, error), marked.path)
  }
  await removeQuietly(marked.path)
}

/** The folder can't be changed, so nobody would find the written file. The file itself may still be writable. */
async function overwrite(path: string, { path: from, bytes }: WrittenFile, cause: unknown): Promise<void> {
  await writeInPlace(path, bytes).catch(() => {
    const { message, reason, hint } = fileError('write_failed', `${path} can't be replaced`, cause)
    const way = `The new tokens are in ${from}: move that file to ${path}.`
    throw new AnthropicAuthError('store_failed', `${message}. ${way}`, { reason, hint, cause })
  })
  await removeQuietly(from)
}

/** Adds the place of the new tokens to an error: they are on the disk, but not in the file yet. */
export function keptError(error: AnthropicAuthError, where: string): AnthropicAuthError {
  const { message, reason, retryable, hint, cause } = error
  const kept = `The new tokens are in ${where}: keep that file, since the next run uses it.`
  return new AnthropicAuthError('store_failed', `${message}. ${kept}`, { reason, retryable, hint, cause })
}

function notReplaced(path: string, where: string, cause: unknown): AnthropicAuthError {
  return keptError(fileError('write_failed', `${path} can't be replaced`, cause), where)
}
