import { vi } from 'vitest'

/** A time in whole seconds, so that tokens have exactly the lifetime of the response. */
const START_MS = 1_700_000_000_000

/** Stops both clocks of this process. Sockets and timers go on. */
export function stopClocks(): void {
  vi.useFakeTimers({ now: START_MS, toFake: ['Date', 'performance'] })
}

/** Advances both clocks. */
export function pass(seconds: number): void {
  vi.advanceTimersByTime(1000 * seconds)
}

/** Sets the wall clock, as a user or a time server does. The steady clock stays unchanged. */
export function setWallClock(bySeconds: number): void {
  vi.setSystemTime(Date.now() + 1000 * bySeconds)
}
