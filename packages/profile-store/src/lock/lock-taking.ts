import { createLockFile, type LockFile, type TakenLock } from './lock-creation.ts'
import type { LockHolder } from './lock-holder.ts'
import { readLockFile } from './lock-reading.ts'
import { forgetSighting } from './lock-stillness.ts'
import { sweepBeside } from './lock-sweep.ts'
import { breakIfStale } from './lock-takeover.ts'

/** Tries once to take the lock, and first breaks that of a dead holder; `null` while another process holds it. */
export async function tryToTake(lock: LockFile, holder: LockHolder): Promise<TakenLock | null> {
  const part = { ...lock, root: lock.path, depth: 0 }
  const found = await readLockFile(part.path)
  if (found === null) forgetSighting(part.path)
  else if (await breakIfStale(part, found)) await sweepBeside(part)
  else return null
  return createLockFile(part, holder)
}
