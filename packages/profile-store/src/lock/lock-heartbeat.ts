import type { FileHandle } from 'node:fs/promises'

/** Touches the lock file, to show processes that can't look at this one that it is alive. */
export interface Heartbeat {
  /** Touches the file now. Never rejects. */
  touch(): Promise<void>
  /** Ends the touching and closes the file. Never rejects. */
  stop(): Promise<void>
}

/** FAT stores times in steps of two seconds. */
const MIN_STEP_MS = 2_000

/**
 * Touches `file` every `everyMs` until it is stopped. It uses the handle, never the path: otherwise a holder that was
 * taken for dead and wakes up would keep its successor's lock alive.
 */
export function startHeartbeat(file: FileHandle, everyMs: number): Heartbeat {
  let isStopped = false
  let touchedAt = 0
  let touching: Promise<void> | null = null

  async function touchOnce(): Promise<void> {
    // Always set a new time, even if the clock stands still or goes back.
    touchedAt = Math.max(Date.now(), touchedAt + MIN_STEP_MS)
    try {
      await file.utimes(touchedAt / 1000, touchedAt / 1000)
    } catch {
      // Some file systems can't set times. Processes that can look at this one don't need them.
    } finally {
      touching = null
    }
  }

  async function touch(): Promise<void> {
    if (!isStopped) await (touching ??= touchOnce())
  }

  const timer = setInterval(() => void touch(), everyMs)
  unref(timer)

  return {
    touch,
    async stop() {
      isStopped = true
      clearInterval(timer)
      // A touch after the close could hit another file with the same descriptor.
      await touching
      await file.close().catch(() => undefined)
    },
  }
}

/** Lets the process end even if this timer is still running. */
export function unref(timer: ReturnType<typeof setInterval>): void {
  // In some runtimes timers are numbers.
  if (typeof timer === 'object') timer.unref()
}
