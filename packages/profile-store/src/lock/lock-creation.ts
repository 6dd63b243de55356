import type { FileHandle } from 'node:fs/promises'
import { whileBusy } from '../files/busy-file.ts'
import { errorCode } from '../files/file-error.ts'
import { nodeBuiltin } from '../files/node-builtin.ts'
import { type Heartbeat, startHeartbeat } from './lock-heartbeat.ts'
import type { LockHolder } from './lock-holder.ts'
import { readLockFile } from './lock-reading.ts'
import type { LockTimes } from './lock-times.ts'

/** A lock file, and the times by which its holders are judged. */
export interface LockFile {
  readonly path: string
  readonly times: LockTimes
}

/** The lock file itself, or a file next to it that gives the right to break another lock file. */
export interface LockPart extends LockFile {
  readonly root: string
  readonly depth: number
}

/** A lock that this process has taken. */
export interface TakenLock {
  readonly path: string
  readonly token: string
  readonly times: LockTimes
  readonly heartbeat: Heartbeat
}

/** Creates a lock file that nobody ever sees without its content; `null` if there already is one. */
export async function createLockFile(
  { root, path, times }: LockPart,
  holder: LockHolder,
): Promise<TakenLock | null> {
  const temporary = `${root}.${holder.token}.tmp`
  let file: FileHandle | null = null
  let taken: FileHandle | null = null
  try {
    file = await createTemporary(temporary, holder)
    taken = await putInPlace(file, temporary, path, holder)
  } finally {
    if (taken !== file) await file?.close()
    // The lock is ours even if this fails. The file is swept later.
    await removeLockFile(temporary).catch(() => undefined)
  }
  return taken && { path, token: holder.token, times, heartbeat: startHeartbeat(taken, times.touchEveryMs) }
}

/** Opens the handle for reading: one for writing would keep the file system from becoming read-only. */
async function createTemporary(path: string, holder: LockHolder): Promise<FileHandle> {
  const { open, writeFile } = nodeBuiltin('node:fs/promises')
  await writeFile(path, JSON.stringify(holder), { flag: 'wx', mode: 0o600 })
  // Windows sets the time of a file only through a handle that may write.
  return open(path, process.platform === 'win32' ? 'r+' : 'r')
}

/** Returns the handle of the file that is now at `path`; `null` when that is another holder's. */
async function putInPlace(
  file: FileHandle,
  temporary: string,
  path: string,
  holder: LockHolder,
): Promise<FileHandle | null> {
  try {
    await nodeBuiltin('node:fs/promises').link(temporary, path)
    return file
  } catch (error) {
    // For file systems without hard links, such as FAT.
    const created = errorCode(error) === 'EEXIST' ? null : await createInPlace(path, holder)
    // If its first response was lost, NFS reports that the link already exists, although it has just made it.
    return created ?? ((await isOwn(path, holder.token)) ? file : null)
  }
}

async function createInPlace(path: string, holder: LockHolder): Promise<FileHandle | null> {
  const { open } = nodeBuiltin('node:fs/promises')
  const file = await whileBusy(async () => open(path, 'wx', 0o600)).catch(nullIf('EEXIST'))
  if (file === null) return null
  try {
    await file.writeFile(JSON.stringify(holder))
    // If this process was suspended before it wrote, another one may have broken the empty file.
    if (await isOwn(path, holder.token)) return file
  } catch (error) {
    await file.close()
    await removeLockFile(path)
    throw error
  }
  await file.close()
  return null
}

/** Whether the file is that of the taking with this token. */
export async function isOwn(path: string, token: string): Promise<boolean> {
  return (await readLockFile(path))?.token === token
}

/** Removes a lock file, if it is there. */
export async function removeLockFile(path: string): Promise<void> {
  const { unlink } = nodeBuiltin('node:fs/promises')
  await whileBusy(async () => unlink(path)).catch(nullIf('ENOENT'))
}

function nullIf(code: string): (error: unknown) => null {
  return (error) => {
    if (errorCode(error) === code) return null
    throw error
  }
}
