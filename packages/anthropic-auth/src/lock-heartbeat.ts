import type { FileHandle } from 'node:fs/promises'

/** Shows those who can't look at this process that it lives, by touching its lock file. */
export interface Heartbeat {
  /** Touches the file now. Never rejects. */
  touch(): Promise<void>
  /** Ends the touching and closes the file. Never rejects. */
  stop(): Promise<void>
}

/** FAT keeps times in steps of two seconds. */
const MIN_STEP_MS = 2_000

/**
 * Touches `file` every `everyMs` until it is stopped. It goes through the handle, never by path: by path, a holder that
 * was taken for dead and wakes up would keep the lock of its successor alive.
 */
export function startHeartbeat(file: FileHandle, everyMs: number): Heartbeat {
  let isStopped = false
  let touchedAt = 0
  let touching: Promise<void> | null = null

  async function touchOnce(): Promise<void> {
    // Always a new time, also with a clock that stands still or goes back.
    touchedAt = Math.max(Date.now(), touchedAt + MIN_STEP_MS)
    try {
      await file.utimes(touchedAt / 1000, touchedAt / 1000)
    } catch {
      // Some file systems have no times to set. Whoever can look at this process needs none.
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
      // A touch after the close could hit another file that got the same number.
      await touching
      await file.close().catch(() => undefined)
    },
  }
}

/** Lets a process end that waits only for this timer. */
export function unref(timer: ReturnType<typeof setInterval>): void {
  // In some runtimes timers are numbers.
  if (typeof timer === 'object') timer.unref()
}
