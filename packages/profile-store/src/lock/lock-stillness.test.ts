import { describe, expect, it } from 'vitest'
import { forgetSighting, hasStayedStill } from './lock-stillness.ts'

const TIMES = { touchEveryMs: 5_000, deadAfterMs: 30_000, maxGapMs: 1_000 }

/** Looks at a file once for each time, in milliseconds, and returns what the last look gives. */
function lookAt(path: string, version: string, times: readonly number[]): boolean {
  return times.map((now) => hasStayedStill(path, version, TIMES, now)).at(-1)!
}

function everyMs(stepMs: number, from: number, to: number): number[] {
  return Array.from({ length: Math.floor((to - from) / stepMs) + 1 }, (_, index) => from + index * stepMs)
}

describe('hasStayedStill()', () => {
  it('is true once the file was watched for 30 seconds', () => {
    expect(lookAt('watched', 'a', everyMs(100, 0, 29_900))).toBe(false)
    expect(lookAt('watched', 'a', [30_000])).toBe(true)
    expect(lookAt('watched', 'a', [30_100])).toBe(true)
  })

  it('begins again when the file has changed', () => {
    expect(lookAt('changed', 'a', everyMs(100, 0, 29_900))).toBe(false)
    expect(lookAt('changed', 'b', everyMs(100, 30_000, 59_900))).toBe(false)
    expect(lookAt('changed', 'a', [60_000])).toBe(false)
    expect(lookAt('changed', 'a', everyMs(100, 60_100, 90_000))).toBe(true)
  })

  it('counts a gap between two looks as one second at most: the waiter may have been stopped', () => {
    expect(lookAt('stopped', 'a', [0, 3_600_000])).toBe(false)
    expect(lookAt('stopped', 'a', everyMs(100, 3_600_100, 3_628_900))).toBe(false)
    expect(lookAt('stopped', 'a', [3_629_000])).toBe(true)
  })

  it('adds up the times of several calls in one process', () => {
    for (let call = 0; call < 5; call += 1) {
      const from = call * 3_600_000
      expect(lookAt('calls', 'a', everyMs(100, from, from + 5_000))).toBe(false)
    }
    // 5 × 5 s within the calls, 4 × 1 s between them.
    expect(lookAt('calls', 'a', everyMs(500, 14_405_500, 14_406_000))).toBe(true)
  })

  it('keeps files apart, and forgets one that is gone', () => {
    lookAt('one', 'a', everyMs(1_000, 0, 30_000))
    expect(lookAt('another', 'a', [30_100])).toBe(false)
    forgetSighting('one')
    expect(lookAt('one', 'a', [30_200])).toBe(false)
  })

  it('does not collect files forever', () => {
    lookAt('long ago', 'a', everyMs(1_000, 0, 30_000))
    for (let index = 0; index < 300; index += 1) lookAt(`later-${index}`, 'a', [30_100])
    expect(lookAt('long ago', 'a', [30_200])).toBe(false)
  })
})
