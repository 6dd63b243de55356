import { vi } from 'vitest'

/** Whole seconds, so that tokens have exactly the lifetime that the server says. */
const START_MS = 1_700_000_000_000

/** Stops both clocks of this process; sockets and timers go on. */
export function stopClocks(): void {
  vi.useFakeTimers({ now: START_MS, toFake: ['Date', 'performance'] })
}

/** Lets both clocks go on. */
export function pass(seconds: number): void {
  vi.advanceTimersByTime(1000 * seconds)
}

/** Sets the wall clock, as a person or a time server does; the steady clock stays. */
export function setWallClock(bySeconds: number): void {
  vi.setSystemTime(Date.now() + 1000 * bySeconds)
}
