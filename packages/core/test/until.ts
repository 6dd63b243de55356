import { setImmediate } from 'node:timers/promises'

/** Waits until a condition is true that another party brings about. The time limit is a watchdog. */
export async function until(condition: () => boolean, watchdogMs = 40_000): Promise<void> {
  const endsAt = performance.now() + watchdogMs
  while (!condition()) {
    if (performance.now() > endsAt) throw new Error(`Not so within ${watchdogMs} ms: ${String(condition)}`)
    await setImmediate()
  }
}
