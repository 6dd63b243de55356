import { describe, expect, it } from 'vitest'
import { compare, compareNet, inTurn, netTimes, repeated, sampleOf, way } from './comparison.ts'

const LENGTH = { rounds: 3, timeMs: 5 }

describe('compare()', () => {
  it('measures every way', async () => {
    const { short, long } = await compare(
      { short: way(() => 1, isOne), long: way(() => busyFor(0.5), isOne) },
      LENGTH,
    )

    expect(short.median).toBeLessThan(500)
    expect(long.median).toBeGreaterThanOrEqual(500)
  })

  it('refuses a wrong result before it measures', async () => {
    let calls = 0
    const wrong = way(
      async () => (calls += 1),
      () => false,
    )

    await expect(compare({ wrong }, LENGTH)).rejects.toThrow('Wrong result')
    expect(calls).toBe(1)
  })

  it('refuses a way that goes wrong while it is measured', async () => {
    let calls = 0
    const failing = way(
      () => (calls += 1),
      (call) => call === 1,
    )

    await expect(compare({ failing }, LENGTH)).rejects.toThrow('Wrong result')
    expect(calls).toBeGreaterThan(2)
  })
})

describe('compareNet()', () => {
  it('checks one call of repeated work', async () => {
    const wrong = repeated(10, () => 2, isOne)
    const empty = repeated(10, () => 1, isOne)

    await expect(compareNet({ wrong, empty }, { ...LENGTH, times: 10 })).rejects.toThrow('Wrong result')
  })
})

describe('netTimes()', () => {
  it('subtracts the empty calls of the same round, and divides by the number of calls', () => {
    expect(netTimes([140, 250, 160], { empty: [90, 150, 60], calls: 10 })).toEqual([5, 10, 10])
  })
})

describe('inTurn()', () => {
  it('starts each round with the next way', async () => {
    const order: string[] = []
    const names = ['a', 'b', 'c'] as const
    const measure = Object.fromEntries(names.map((name) => [name, () => order.push(name)]))

    await inTurn(measure, 4)

    expect(order.join('')).toBe('abcbcacababc')
  })
})

describe('sampleOf()', () => {
  it('has the median and the quartiles', () => {
    expect(sampleOf([9, 1, 8, 2, 7, 3, 6, 4, 5])).toEqual({ median: 5, low: 3, high: 7 })
  })
})

function isOne(result: number): boolean {
  return result === 1
}

function busyFor(milliseconds: number): number {
  const end = performance.now() + milliseconds
  while (performance.now() < end);
  return 1
}
