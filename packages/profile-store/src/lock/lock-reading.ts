import type { Stats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import { AnthropicAuthError } from '@anthropic-auth/core'
import { whileBusy } from '../files/busy-file.ts'
import { errorCode, shellQuoted } from '../files/file-error.ts'
import { type LockHolder, parseLockHolder } from './lock-holder.ts'
import { nodeBuiltin } from '../files/node-builtin.ts'

/** A lock file as it was found. */
export interface FoundLock {
  /** Identifies this taking of the lock, or the file itself if it names no holder. */
  readonly token: string
  /** Differs whenever content, inode or time of change differ. */
  readonly version: string
  readonly holder: LockHolder | null
}

/** A lock file is far smaller. */
const MAX_BYTES = 4_096

/** ESTALE: on NFS, another machine has removed the file meanwhile. */
const GONE = new Set(['ENOENT', 'ESTALE'])

/**
 * Reads who holds the lock, whatever state its file is in; `null` if there is no file. Opens the file each time,
 * since NFS could otherwise show an old state.
 *
 * @throws AnthropicAuthError `store_failed` with `reason: 'lock_failed'` when something else is in the file's place
 */
export async function readLockFile(path: string): Promise<FoundLock | null> {
  const { constants, lstat, open } = nodeBuiltin('node:fs/promises')
  try {
    assertRegular(path, await lstat(path))
    // If something else takes the file's place now, don't follow it or wait for it.
    const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0)
    const file = await whileBusy(async () => open(path, flags))
    try {
      return await readHandle(path, file)
    } finally {
      await file.close()
    }
  } catch (error) {
    if (GONE.has(errorCode(error) ?? '')) return null
    throw error
  }
}

async function readHandle(path: string, file: FileHandle): Promise<FoundLock> {
  const stats = await file.stat({ bigint: true })
  assertRegular(path, stats)
  const { buffer, bytesRead } = await file.read(new Uint8Array(MAX_BYTES), 0, MAX_BYTES, 0)
  const text = new TextDecoder().decode(buffer.subarray(0, bytesRead))
  const holder = parseLockHolder(text)
  const { ino, mtimeNs, size } = stats
  return {
    token: holder?.token ?? `unreadable-${ino}-${mtimeNs}`,
    version: `${ino} ${mtimeNs} ${size} ${text}`,
    holder,
  }
}

type Kinds = Pick<Stats, 'isFile' | 'isDirectory' | 'isSymbolicLink' | 'isFIFO' | 'isSocket'>

function assertRegular(path: string, stats: Kinds): void {
  if (!stats.isFile()) throw foreignKind(path, kindOf(stats))
}

function kindOf(stats: Kinds): string {
  if (stats.isDirectory()) return 'a folder'
  if (stats.isSymbolicLink()) return 'a symbolic link'
  if (stats.isFIFO()) return 'a named pipe (FIFO)'
  return stats.isSocket() ? 'a socket' : 'a device'
}

function foreignKind(path: string, kind: string): AnthropicAuthError {
  const message = `${path} can't be used as a lock file: it is ${kind}. Move it away, then try again.`
  const isWindows = process.platform === 'win32'
  const command = `mv ${shellQuoted(path)} ${shellQuoted(`${path}.old`)}`
  const hint = isWindows ? `Rename or move ${path}.` : `Run: ${command}`
  return new AnthropicAuthError('store_failed', message, { reason: 'lock_failed', hint })
}
