import { describe, expect, it } from 'vitest'
import { atLeast, atMost, excess, exactly, ratio, time } from './result.ts'

describe('atMost()', () => {
  it.each([
    [{ median: 1.2, low: 1.1, high: 1.3 }, 'met'],
    [{ median: 1.7, low: 1.6, high: 1.8 }, 'missed'],
    [{ median: 1.4, low: 1.3, high: 1.6 }, 'within noise'],
    [{ median: 1.6, low: 1.4, high: 1.8 }, 'within noise'],
    [exactly(1.5), 'met'],
  ] as const)('judges %o: %s', (value, verdict) => {
    expect(atMost(value, 1.5)).toEqual({
      ratio: `${value.median.toFixed(2)} times`,
      target: 'at most 1.5',
      verdict,
    })
  })

  it('judges a figure without a spread', () => {
    expect(atMost(1442, 770, 'kB')).toEqual({ ratio: '1,442 kB', target: 'at most 770', verdict: 'missed' })
  })
})

describe('atLeast()', () => {
  it.each([
    [{ median: 28.1, low: 26, high: 30 }, 'met'],
    [{ median: 20, low: 19, high: 21 }, 'missed'],
    [{ median: 26, low: 24, high: 28 }, 'within noise'],
  ] as const)('judges %o: %s', (speed, verdict) => {
    expect(atLeast(speed, 25).verdict).toBe(verdict)
  })
})

describe('the spreads of both sides', () => {
  const ours = { median: 40, low: 30, high: 60 }
  const peer = { median: 20, low: 10, high: 30 }

  it('give the range of a ratio', () => {
    expect(ratio(ours, peer)).toEqual({ median: 2, low: 1, high: 6 })
  })

  it('give the range of a difference', () => {
    expect(excess(ours, peer)).toEqual({ median: 20, low: 0, high: 50 })
  })
})

describe('time()', () => {
  it('has the median, the quartiles and a fitting unit', () => {
    expect(time({ median: 2.441, low: 2.36, high: 3.9 })).toBe('2.44 µs (2.36–3.90)')
    expect(time({ median: 48_000, low: 42_000, high: 60_000 })).toBe('48.0 ms (42.0–60.0)')
  })
})
