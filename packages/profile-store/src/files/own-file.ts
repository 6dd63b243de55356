import type { FileHandle } from 'node:fs/promises'
import { AnthropicAuthError, isAnthropicAuthError } from '@anthropic-auth/core'
import { whileBusy } from './busy-file.ts'
import { chmodCommand, errorCode, fileError, shellQuoted } from './file-error.ts'
import { nodeBuiltin } from './node-builtin.ts'
import { assertOwnFolders, isTrusted } from './own-folder.ts'

/** The permissions that the group and others must not have on a file, on systems that have permissions. */
export const SECRET = 0o066
export const TRUSTED = 0o022

/** The largest file that is read, and so the largest that is written. */
export const MAX_FILE_BYTES = 1_048_576

/**
 * Reads a regular file that no other user can have changed; `null` when there is no file.
 *
 * @param forbidden - `SECRET`: others may neither read nor write it; `TRUSTED`: others may not write it
 * @throws AnthropicAuthError `store_failed` with `reason` `unsafe_file`, `corrupt_file` (too large) or `read_failed`
 */
export async function readOwnFile(path: string, forbidden: number): Promise<Uint8Array | null> {
  return nullIfMissing(path, async () => {
    await assertRegular(path)
    await assertOwnFolders(path)
    return withOwnFile(path, forbidden, async (file) => file.readFile())
  })
}

/**
 * Checks a file as `readOwnFile()` does, but neither its folders nor its content.
 *
 * @throws AnthropicAuthError as `readOwnFile()`
 */
export async function assertOwnFile(path: string, forbidden: number): Promise<void> {
  await nullIfMissing(path, async () => {
    await assertRegular(path)
    await withOwnFile(path, forbidden, async () => undefined)
  })
}

/** The error for a file whose content is not what it should be. */
export function corruptFile(path: string, problem: string, way?: string): AnthropicAuthError {
  return new AnthropicAuthError('store_failed', `${path} ${problem}`, {
    reason: 'corrupt_file',
    hint: `${way ?? 'Repair the file'}, or ${moveAway(path)}`,
  })
}

/** Whether an error says that the content of a file is not what it should be. */
export function isCorruptFile(error: unknown): error is AnthropicAuthError {
  return isAnthropicAuthError(error, 'store_failed') && error.reason === 'corrupt_file'
}

/** Returns the path that hints tell the user to move a damaged file to. */
export function damagedPathOf(path: string): string {
  return `${path}.damaged`
}

/** A login never replaces a file that we can't read: it may belong to someone else. */
function moveAway(path: string): string {
  if (process.platform === 'win32') return 'rename it and log in again.'
  return `log in again after you run: mv ${shellQuoted(path)} ${shellQuoted(damagedPathOf(path))}`
}

/** The flags that open a file for reading and writing, but follow no link and wait for no pipe. */
export function inPlaceFlags(): number {
  const { constants } = nodeBuiltin('node:fs/promises')
  return constants.O_RDWR | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
}

async function nullIfMissing<T>(path: string, use: () => Promise<T>): Promise<T | null> {
  return use().catch((error: unknown) => {
    if (error instanceof AnthropicAuthError) throw error
    if (errorCode(error) === 'ENOENT') return null
    throw fileError('read_failed', `${path} can't be read`, error)
  })
}

async function assertRegular(path: string): Promise<void> {
  const entry = await nodeBuiltin('node:fs/promises').lstat(path)
  if (!entry.isFile()) throw notRegular(path, entry.isSymbolicLink())
}

async function withOwnFile<T>(
  path: string,
  forbidden: number,
  use: (file: FileHandle) => Promise<T>,
): Promise<T> {
  const { constants, open } = nodeBuiltin('node:fs/promises')
  // If something else takes the file's place now, don't follow it or wait for it.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
  const file = await whileBusy(async () => open(path, flags))
  try {
    const { mode, size, uid } = await file.stat()
    if (!isTrusted(uid)) throw foreignOwner(path)
    if (process.platform !== 'win32' && (mode & forbidden) !== 0) throw openToOthers(path, mode, forbidden)
    if (size > MAX_FILE_BYTES) throw corruptFile(path, 'is too large')
    return await use(file)
  } finally {
    await file.close()
  }
}

function notRegular(path: string, isLink: boolean): AnthropicAuthError {
  if (!isLink) return unsafeFile(`${path} is not a regular file`, 'Move it away.')
  return unsafeFile(`${path} is a symbolic link`, 'Move it away, and put the file itself in its place.')
}

function openToOthers(path: string, mode: number, forbidden: number): AnthropicAuthError {
  const verb = (mode & forbidden & TRUSTED) === 0 ? 'read' : 'change'
  return unsafeFile(
    `Other users of this machine can ${verb} ${path}`,
    verb === 'read'
      ? `Others may have read the tokens in it. Log in again after you run: ${chmodCommand('600', path)}`
      : `If you trust what it contains, run: ${chmodCommand('600', path)}`,
  )
}

function foreignOwner(path: string): AnthropicAuthError {
  return unsafeFile(`${path} belongs to another user of this machine`, 'Move it away, and log in again.')
}

function unsafeFile(message: string, hint: string): AnthropicAuthError {
  return new AnthropicAuthError('store_failed', message, { reason: 'unsafe_file', hint })
}
