import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { pass, setWallClock, stopClocks } from '../../test/fake-clock.ts'
import { MonotonicClock } from './monotonic-clock.ts'

const DAY = 86_400

beforeEach(stopClocks)

afterEach(() => {
  vi.useRealTimers()
})

/** Returns the milliseconds that pass on the clock during `happen`. */
function elapsed(clock: MonotonicClock, happen: () => void): number {
  const before = clock.now()
  happen()
  return clock.now() - before
}

describe('MonotonicClock', () => {
  it('runs as fast as both clocks', () => {
    expect(elapsed(new MonotonicClock(), () => pass(90))).toBe(90_000)
  })

  it('runs no faster when it is read often', () => {
    const clock = new MonotonicClock()
    const steps = (): void => {
      for (let ms = 1; ms <= 10_000; ms++) {
        vi.advanceTimersByTime(1)
        // The wall clock moves by whole milliseconds, at no fixed phase of the steady one.
        vi.spyOn(performance, 'now').mockReturnValue(ms + (ms % 3) / 4)
        clock.now()
      }
    }
    const ms = elapsed(clock, steps)
    expect(ms).toBeGreaterThan(9_990)
    expect(ms).toBeLessThan(10_010)
  })

  it('goes on while the wall clock is set back a day', () => {
    const clock = new MonotonicClock()
    expect(elapsed(clock, () => setWallClock(-DAY))).toBe(0)
    expect(elapsed(clock, () => pass(60))).toBe(60_000)
  })

  it('counts a day by which the wall clock is set ahead', () => {
    const clock = new MonotonicClock()
    expect(elapsed(clock, () => setWallClock(DAY))).toBe(86_400_000)
    expect(elapsed(clock, () => pass(60))).toBe(60_000)
  })

  it('counts the time that a machine sleeps, in which the steady clock stands still', () => {
    const clock = new MonotonicClock()
    const sleepAndWork = (): void => {
      setWallClock(8 * 3600)
      pass(60)
    }
    expect(elapsed(clock, sleepAndWork)).toBe(28_860_000)
  })

  it('never goes back, whatever the wall clock does', () => {
    const clock = new MonotonicClock()
    for (const seconds of [-DAY, 5, -5, DAY, -2 * DAY, 0.5, -0.5, 3 * DAY]) {
      expect(elapsed(clock, () => setWallClock(seconds))).toBeGreaterThanOrEqual(0)
    }
  })
})
