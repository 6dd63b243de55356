import type { FileHandle } from 'node:fs/promises'
import { AnthropicAuthError } from '@anthropic-auth/core'
import { whileBusy } from '../files/busy-file.ts'
import { errorCode } from '../files/file-error.ts'
import { type Heartbeat, startHeartbeat, unref } from './lock-heartbeat.ts'
import { type LockHolder, lifeOf, newLockHolder } from './lock-holder.ts'
import { type FoundLock, readLockFile } from './lock-reading.ts'
import { forgetSighting, hasStayedStill } from './lock-stillness.ts'
import type { LockTimes } from './lock-times.ts'
import { pause } from './lock-wait.ts'
import { nodeBuiltin } from '../files/node-builtin.ts'

/** A lock file, and the times by which its holders are judged. */
export interface LockFile {
  readonly path: string
  readonly times: LockTimes
}

/** The lock file itself, or a file next to it that gives the right to break another lock file. */
interface LockPart extends LockFile {
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

/** If a breaker is killed, its own lock is broken in turn. More than a few in a row are no accident. */
const MAX_DEPTH = 8

/** How many times a release is tried in all. */
const MAX_RELEASES = 5
const RELEASE_PAUSE_MS = 20

/** The tokens of locks that this process could not release: no other process breaks them while this one lives. */
const abandoned = new Set<string>()

/** How the names of files go on that killed processes leave next to the lock file. */
const REMAINS = /^\.[\w-]+\.(break|tmp)$/

/** Tries once to take the lock, and first breaks that of a dead holder; `null` while another process holds it. */
export async function tryToTake(lock: LockFile, holder: LockHolder): Promise<TakenLock | null> {
  return tryToTakePart({ ...lock, root: lock.path, depth: 0 }, holder)
}

/** Releases the lock. If it was lost, the file belongs to another holder and stays. */
export async function release(taken: TakenLock): Promise<void> {
  await taken.heartbeat.stop()
  for (let tries = 1; ; tries += 1) {
    try {
      return await removeOwn(taken)
    } catch (error) {
      if (tries < MAX_RELEASES) await pause(RELEASE_PAUSE_MS)
      else return abandon(taken, error)
    }
  }
}

async function removeOwn({ path, token }: TakenLock): Promise<void> {
  if (await isOwn(path, token).catch(falseIfForeign)) await removeFile(path)
  abandoned.delete(token)
}

/** From now on, this process may break that lock itself. It also keeps trying to remove it, for other processes. */
function abandon(taken: TakenLock, error: unknown): never {
  abandoned.add(taken.token)
  const timer = setInterval(() => {
    removeOwn(taken).then(
      () => clearInterval(timer),
      () => undefined,
    )
  }, taken.times.touchEveryMs)
  unref(timer)
  throw error
}

async function tryToTakePart(part: LockPart, holder: LockHolder): Promise<TakenLock | null> {
  const found = await readLockFile(part.path)
  if (found === null) {
    forgetSighting(part.path)
    return createLockFile(part, holder)
  }
  if (!(await isLeftBehind(part, found)) || !(await breakLock(part, found))) return null
  if (part.depth === 0) await sweepBeside(part)
  return createLockFile(part, holder)
}

async function isLeftBehind(part: LockPart, found: FoundLock): Promise<boolean> {
  if (abandoned.has(found.token)) return true
  const life = found.holder === null ? 'unknown' : await lifeOf(found.holder)
  if (life !== 'unknown') return life === 'dead'
  if (hasStayedStill(part.path, found.version, part.times)) return true
  // The process that came to break it may be dead, too. Watch both at the same time, not one after the other.
  const breaker = breakerOf(part, found)
  const foundBreaker = breaker && (await readLockFile(breaker.path))
  if (breaker && foundBreaker) await isLeftBehind(breaker, foundBreaker)
  return false
}

/**
 * Removes a lock file that was left behind. First it takes a second lock, named after this one taking of the first, and
 * then it looks again. Otherwise two processes could find the same file, and the slower one could remove the lock that
 * the faster one has just taken.
 */
async function breakLock(part: LockPart, found: FoundLock): Promise<boolean> {
  const breaker = breakerOf(part, found)
  const right = breaker && (await tryToTakePart(breaker, await newLockHolder()))
  if (right === null) return false
  try {
    const now = await readLockFile(part.path)
    if (now?.version !== found.version) return false
    await removeFile(part.path)
    forgetSighting(part.path)
    abandoned.delete(found.token)
    return true
  } finally {
    await release(right)
  }
}

/** Returns the lock that gives the right to break `part`; `null` for files that name each other in a circle. */
function breakerOf(part: LockPart, { token }: FoundLock): LockPart | null {
  const depth = part.depth + 1
  return depth > MAX_DEPTH ? null : { ...part, path: `${part.root}.${token}.break`, depth }
}

/** Creates a lock file that nobody ever sees without its content; `null` if there already is one. */
async function createLockFile(
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
    await removeFile(temporary).catch(() => undefined)
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
    await removeFile(path)
    throw error
  }
  await file.close()
  return null
}

async function isOwn(path: string, token: string): Promise<boolean> {
  return (await readLockFile(path))?.token === token
}

/**
 * Removes files that killed processes have left next to the lock file. It only tidies up: files that can't be read or
 * removed do no harm.
 */
export async function sweepBeside(lock: LockFile): Promise<void> {
  const path = nodeBuiltin('node:path')
  const folder = path.dirname(lock.path)
  const base = path.basename(lock.path)
  const names = await nodeBuiltin('node:fs/promises')
    .readdir(folder)
    .catch(() => [])
  for (const name of names) {
    const kind = name.startsWith(base) ? REMAINS.exec(name.slice(base.length))?.[1] : undefined
    const part = { ...lock, root: lock.path, path: path.join(folder, name), depth: 1 }
    if (kind !== undefined) await removeRemains(part, kind === 'break').catch(() => undefined)
  }
}

async function removeRemains(part: LockPart, isBreaker: boolean): Promise<void> {
  const found = await readLockFile(part.path)
  if (found === null || !(await isLeftBehind(part, found))) return
  if (isBreaker) await breakLock(part, found)
  else await removeFile(part.path)
}

async function removeFile(path: string): Promise<void> {
  const { unlink } = nodeBuiltin('node:fs/promises')
  await whileBusy(async () => unlink(path)).catch(nullIf('ENOENT'))
}

/** If something other than a regular file is there, it isn't ours. */
function falseIfForeign(error: unknown): false {
  if (error instanceof AnthropicAuthError) return false
  throw error
}

function nullIf(code: string): (error: unknown) => null {
  return (error) => {
    if (errorCode(error) === code) return null
    throw error
  }
}
