import { AnthropicAuthError } from '@anthropic-auth/core'
import { isOwn, removeLockFile, type TakenLock } from './lock-creation.ts'
import { unref } from './lock-heartbeat.ts'
import { pause } from './lock-wait.ts'

/** How many times a release is tried in all. */
const MAX_RELEASES = 5
const RELEASE_PAUSE_MS = 20

/** The tokens of locks that this process could not release: no other process breaks them while this one lives. */
const abandonedLocks = new Set<string>()

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
  if (await isOwn(path, token).catch(falseIfForeign)) await removeLockFile(path)
  abandonedLocks.delete(token)
}

/** From now on, this process may break that lock itself. It also keeps trying to remove it, for other processes. */
function abandon(taken: TakenLock, error: unknown): never {
  abandonedLocks.add(taken.token)
  const timer = setInterval(() => {
    removeOwn(taken).then(
      () => clearInterval(timer),
      () => undefined,
    )
  }, taken.times.touchEveryMs)
  unref(timer)
  throw error
}

/** Whether this process held that lock, and could not release it. */
export function isAbandoned(token: string): boolean {
  return abandonedLocks.has(token)
}

/** The file of an abandoned lock is gone. */
export function forgetAbandoned(token: string): void {
  abandonedLocks.delete(token)
}

/** If something other than a regular file is there, it isn't ours. */
function falseIfForeign(error: unknown): false {
  if (error instanceof AnthropicAuthError) return false
  throw error
}
