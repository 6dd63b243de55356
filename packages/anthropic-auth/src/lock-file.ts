import { whileBusy } from './busy-file.ts'
import { errorCode } from './file-error.ts'
import { type LockHolder, isDead, newLockHolder, parseLockHolder } from './lock-holder.ts'
import { nodeBuiltin } from './node-builtin.ts'

/** A lock file as it was found. */
export interface FoundLock {
  /** Names its holder, or, where the file says nothing of one, the file as it is. */
  readonly token: string
  readonly holder: LockHolder | null
  /** Milliseconds. */
  readonly modifiedAt: number
}

/** The names, after that of the lock file, of what processes that ended half way leave beside it. */
const REMAINS = /^\.[\w-]+\.(break|tmp)$/

/** Who holds the lock, in whatever state its file is; `null` when there is none. */
export async function readLockFile(path: string): Promise<FoundLock | null> {
  const { open } = nodeBuiltin('node:fs/promises')
  const file = await whileBusy(async () => open(path, 'r')).catch(nullIf('ENOENT'))
  if (file === null) return null
  try {
    const { ino, mtimeMs: modifiedAt } = await file.stat()
    const holder = parseLockHolder(await file.readFile('utf8'))
    return { token: holder?.token ?? `unreadable-${ino}-${Math.trunc(modifiedAt)}`, holder, modifiedAt }
  } finally {
    await file.close()
  }
}

/** One try to take the lock, which first frees it of a holder that is dead. */
export async function tryToTake(path: string, holder: LockHolder): Promise<boolean> {
  return tryToTakePart(path, path, holder)
}

/** Removes the lock file of `holder`, and no other one. */
export async function release(path: string, { token }: LockHolder): Promise<void> {
  const found = await readLockFile(path)
  if (found?.token === token) await removeFile(path)
}

/** `path` is the lock file `root` itself, or one of those beside it that give the right to break another one. */
async function tryToTakePart(root: string, path: string, holder: LockHolder): Promise<boolean> {
  const found = await readLockFile(path)
  if (found === null) return createLockFile(root, path, holder)
  if (!(await isLeftBehind(found))) return false
  const isFree = await breakLock(root, path, found)
  if (isFree && path === root) await sweep(root)
  return isFree && createLockFile(root, path, holder)
}

/** A file that says nothing of its holder was written by a process that ended half way, or is being written. */
async function isLeftBehind({ holder, modifiedAt }: FoundLock): Promise<boolean> {
  return isDead(holder ?? { token: '', pid: 0, host: '', startedAt: null }, modifiedAt)
}

/**
 * Removes a lock file that was left behind. Whoever does so holds the lock of that one holder's remains meanwhile, in
 * which it looks again: else two could find the same remains, and the slower remove what the faster has just taken.
 */
async function breakLock(root: string, path: string, { token }: FoundLock): Promise<boolean> {
  const right = await newLockHolder()
  const rightPath = `${root}.${token}.break`
  if (!(await tryToTakePart(root, rightPath, right))) return false
  try {
    const found = await readLockFile(path)
    if (found?.token !== token) return false
    await removeFile(path)
    return true
  } finally {
    await release(rightPath, right)
  }
}

/** Creates a lock file that is never seen without its content; `false` when there is one. */
async function createLockFile(root: string, path: string, holder: LockHolder): Promise<boolean> {
  const { link, writeFile } = nodeBuiltin('node:fs/promises')
  const text = JSON.stringify(holder)
  const temporary = `${root}.${holder.token}.tmp`
  await writeFile(temporary, text, { flag: 'wx', mode: 0o600 })
  try {
    await link(temporary, path)
    return true
  } catch (error) {
    return errorCode(error) !== 'EEXIST' && (await createInPlace(path, text))
  } finally {
    await removeFile(temporary)
  }
}

/** For file systems without hard links, such as FAT. */
async function createInPlace(path: string, text: string): Promise<boolean> {
  const { open } = nodeBuiltin('node:fs/promises')
  const file = await whileBusy(async () => open(path, 'wx', 0o600)).catch(nullIf('EEXIST'))
  if (file === null) return false
  try {
    await file.writeFile(text)
    return true
  } catch (error) {
    await removeFile(path)
    throw error
  } finally {
    await file.close()
  }
}

/** Removes what processes that ended half way have left beside the lock file. */
async function sweep(root: string): Promise<void> {
  const nodePath = nodeBuiltin('node:path')
  const folder = nodePath.dirname(root)
  const base = nodePath.basename(root)
  for (const name of await nodeBuiltin('node:fs/promises').readdir(folder)) {
    const kind = name.startsWith(base) ? REMAINS.exec(name.slice(base.length))?.[1] : undefined
    const path = nodePath.join(folder, name)
    const found = kind === undefined ? null : await readLockFile(path)
    if (found === null || !(await isLeftBehind(found))) continue
    if (kind === 'break') await breakLock(root, path, found)
    else await removeFile(path)
  }
}

async function removeFile(path: string): Promise<void> {
  const { unlink } = nodeBuiltin('node:fs/promises')
  await whileBusy(async () => unlink(path)).catch(nullIf('ENOENT'))
}

function nullIf(code: string): (error: unknown) => null {
  return (error) => {
    if (errorCode(error) === code) return null
    throw error
  }
}
