import { AnthropicAuthError } from '@anthropic-auth/core'
import type { FileHandle } from 'node:fs/promises'
import { errorCode, fileError } from './file-error.ts'
import { nodeBuiltin } from './node-builtin.ts'
import { inPlaceFlags } from './own-file.ts'

// A file that is itself a mount point (`docker run -v w.json:/…/w.json`) can't be replaced: rename() fails with
// EBUSY. It is written in place, and a killed process can leave it half written. So that nobody mistakes a mixture of
// the old and the new content for a whole file, the first byte stays wrong until all others are on the disk.

/** The unit in which stat() counts blocks, whatever the file system uses. */
const BLOCK_BYTES = 512
const MOUNT_HINT =
  'Mount the folder instead of the file: only a folder can be shared, locked and saved to safely.'

/** Writes all of `bytes`; the system may write them in parts. */
export async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let written = 0
  while (written < bytes.length) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, position + written)
    if (bytesWritten === 0) throw new Error('The file system writes nothing')
    written += bytesWritten
  }
}

/**
 * Writes a file in place: first the part that makes it longer, which may fail on a full disk, then the rest, and the
 * first byte last.
 */
export async function writeInPlace(path: string, bytes: Uint8Array): Promise<void> {
  await inPlace(path, async (file) => {
    const { size } = await file.stat()
    await grow(file, size, bytes)
    await writeAt(file, bytes.subarray(1), 1)
    await file.truncate(bytes.length)
    await file.sync()
    await writeAt(file, bytes.subarray(0, 1), 0)
    await file.sync()
  })
}

/** The content that a logout leaves in a file that can't be removed. An empty file may come from a power loss as well. */
const LOGGED_OUT = '{"logged_out":true}\n'

/** Replaces the content of a file that can't be removed with a mark that says so. */
export async function markLoggedOut(path: string): Promise<void> {
  await inPlace(path, async (file) => {
    // Truncate first: a process that is killed in between must not leave tokens behind the mark.
    await file.truncate(0)
    await writeAt(file, new TextEncoder().encode(LOGGED_OUT), 0)
    await file.sync()
  })
}

/** Whether a logout has left its mark in a file that it could not remove. */
export function isLoggedOutMark(bytes: Uint8Array): boolean {
  return bytes.length === LOGGED_OUT.length && new TextDecoder().decode(bytes) === LOGGED_OUT
}

/**
 * Proves that a file can be written in place, by writing its first byte unchanged.
 *
 * @param byteLength - how large the file must be able to grow
 * @throws AnthropicAuthError `store_failed` with `reason: 'write_failed'`
 */
export async function assertWritableInPlace(path: string, byteLength: number): Promise<void> {
  try {
    await inPlace(path, async (file) => {
      const first = new Uint8Array(1)
      const { bytesRead } = await file.read(first, 0, 1, 0)
      await writeAt(file, first.subarray(0, bytesRead), 0)
      await file.sync()
      await assertRoom(path, file, byteLength)
    })
  } catch (error) {
    throw mountedFileError(path, error)
  }
}

/** The error for a mounted file that can't be written. */
export function mountedFileError(path: string, cause: unknown): AnthropicAuthError {
  const { message } = fileError(
    'write_failed',
    `${path} is mounted as a single file and can't be written`,
    cause,
  )
  return new AnthropicAuthError('store_failed', message, { reason: 'write_failed', hint: MOUNT_HINT, cause })
}

async function inPlace(path: string, use: (file: FileHandle) => Promise<void>): Promise<void> {
  const file = await nodeBuiltin('node:fs/promises').open(path, inPlaceFlags())
  try {
    await use(file)
  } finally {
    await file.close()
  }
}

/** Makes the file longer, or leaves it as it was if there is no room. */
async function grow(file: FileHandle, size: number, bytes: Uint8Array): Promise<void> {
  const first = new Uint8Array(1)
  await file.read(first, 0, 1, 0)
  try {
    await writeAt(file, bytes.subarray(size), size)
    await writeAt(
      file,
      bytes.subarray(0, 1).map((byte) => ~byte),
      0,
    )
    await file.sync()
  } catch (error) {
    await file.truncate(size).catch(() => undefined)
    await writeAt(file, first.subarray(0, Math.min(size, 1)), 0).catch(() => undefined)
    throw error
  }
}

/** The file may be on another file system than its folder, and the probe has not reserved any space there. */
async function assertRoom(path: string, file: FileHandle, byteLength: number): Promise<void> {
  const { blocks } = await file.stat()
  const free = await freeBytes(path)
  if (free === null || blocks * BLOCK_BYTES + free >= byteLength) return
  throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
}

/** `null` if the system does not report it: some network file systems have no size. */
async function freeBytes(path: string): Promise<number | null> {
  try {
    const { bavail, bsize, blocks } = await nodeBuiltin('node:fs/promises').statfs(path)
    return blocks === 0 ? null : bavail * bsize
  } catch {
    return null
  }
}

/** Whether a failed rename() says that its target is a mount point. On Windows EBUSY means that it is in use. */
export function saysMounted(error: unknown): boolean {
  return process.platform !== 'win32' && errorCode(error) === 'EBUSY'
}
