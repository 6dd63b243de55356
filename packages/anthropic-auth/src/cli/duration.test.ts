import { describe, expect, it } from 'vitest'
import { readDuration } from './duration.ts'

describe('readDuration()', () => {
  it.each([
    ['90', 90],
    ['90s', 90],
    ['1.5s', 1.5],
    ['10m', 600],
    ['2h', 7200],
    ['1d', 86_400],
    ['0', 0],
    ['99999999999', 99_999_999_999],
    [' 5m ', 300],
  ])('reads %j as %d seconds', (text, seconds) => {
    expect(readDuration(text)).toBe(seconds)
  })

  it.each(['', 's', '5x', '10 m', '-5', '1e3', '1,5', '5mm', '١٠', 'Infinity', '1h30m', '0x10'])(
    'refuses %j',
    (text) => {
      expect(readDuration(text)).toBeNull()
    },
  )
})
