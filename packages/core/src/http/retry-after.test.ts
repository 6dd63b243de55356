import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { retryAfterSeconds } from './retry-after.ts'

describe('retryAfterSeconds()', () => {
  beforeEach(() => {
    vi.useFakeTimers({ now: Date.UTC(2026, 10, 23, 12, 0, 0) })
  })

  afterEach(() => {
    vi.useRealTimers()
  })

  it.each([
    ['0', 0],
    ['7', 7],
    [' 120 ', 120],
    ['99999999999', 315_360_000],
    ['9'.repeat(400), 315_360_000],
    ['Mon, 23 Nov 2026 12:00:30 GMT', 30],
    ['Mon, 23 Nov 2026 11:59:30 GMT', 0],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 315_360_000],
    ['', undefined],
    ['-1', undefined],
    ['1.5', undefined],
    ['1e3', undefined],
    ['7, 8', undefined],
    ['soon', undefined],
    ['2026-11-23', undefined],
    ['Mon, 99 Nov 2026 12:00:30 GMT', undefined],
  ])('reads "%s" as %s', (value, seconds) => {
    expect(retryAfterSeconds(new Headers({ 'retry-after': value }))).toBe(seconds)
  })

  it('returns undefined without the header', () => {
    expect(retryAfterSeconds(new Headers())).toBeUndefined()
  })
})
