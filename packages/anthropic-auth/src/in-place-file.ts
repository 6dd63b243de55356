import { AnthropicAuthError } from '@anthropic-auth/core'
import type { FileHandle } from 'node:fs/promises'
import { errorCode, fileError } from './file-error.ts'
import { nodeBuiltin } from './node-builtin.ts'
import { inPlaceFlags } from './own-file.ts'

// A file that is itself a mount point (`docker run -v w.json:/…/w.json`) can't be replaced: rename() fails with EBUSY.
// It is written in place, which a killed process can leave half done. So that nobody takes a mixture of the old and the
// new content for a whole file, the first byte is wrong until all others are on the disk.

/** The unit in which stat() counts blocks, whatever the file system uses. */
const BLOCK_BYTES = 512
const MOUNT_HINT =
  'Mount the folder instead of the file alone: a folder can be shared, locked and saved to safely.'

/** Writes all of `bytes`; the system may take them in parts. */
export async function writeAt(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let written = 0
  while (written < bytes.length) {
    const { bytesWritten } = await file.write(bytes, written, bytes.length - written, position + written)
    if (bytesWritten === 0) throw new Error('The file system writes nothing')
    written += bytesWritten
  }
}

/**
 * Writes a file in place: first what makes it longer, which the disk may be too full for, then the rest, and the first
 * byte last.
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

/** Takes all content away from a file that can't be removed. */
export async function emptyInPlace(path: string): Promise<void> {
  await inPlace(path, async (file) => {
    await file.truncate(0)
    await file.sync()
  })
}

/**
 * Proves that a file can be written in place, by writing its first byte as it is.
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

/** Leaves the file as it was when there is no room. */
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

/** The file may lie on another file system than its folder, where the probe has reserved nothing. */
async function assertRoom(path: string, file: FileHandle, byteLength: number): Promise<void> {
  const { blocks } = await file.stat()
  const free = await freeBytes(path)
  if (free === null || blocks * BLOCK_BYTES + free >= byteLength) return
  throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' })
}

/** `null` where the system does not say: some network file systems have no size. */
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
