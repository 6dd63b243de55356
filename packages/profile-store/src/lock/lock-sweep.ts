import { nodeBuiltin } from '../files/node-builtin.ts'
import { type LockFile, type LockPart, removeLockFile } from './lock-creation.ts'
import { readLockFile } from './lock-reading.ts'
import { breakLock } from './lock-takeover.ts'
import { isStale } from './stale-lock.ts'

/** The endings of the names of files that killed processes leave next to the lock file. */
const REMAINS = /^\.[\w-]+\.(break|tmp)$/

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
  if (found === null || !(await isStale(part, found))) return
  if (isBreaker) await breakLock(part, found)
  else await removeLockFile(part.path)
}
