import { beforeEach, describe, expect, it, vi } from 'vitest'
import { fillRandom } from '#crypto'
import { generateVerifierAndState } from './internal.ts'

vi.mock('#crypto', { spy: true })

const fill = vi.mocked(fillRandom)

beforeEach(() => {
  fill.mockClear()
})

describe('generateVerifierAndState()', () => {
  it('makes each of them from 32 random bytes of its own', () => {
    fill.mockImplementationOnce((bytes) => void bytes.fill(1, 0, 32).fill(2, 32, 64))
    expect(generateVerifierAndState()).toEqual({
      verifier: 'AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE',
      state: 'AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI',
    })
    expect(fill.mock.calls.map(([bytes]) => [...bytes])).toEqual([Array.from({ length: 64 }, () => 0)])
  })

  it('never repeats one', () => {
    const pairs = Array.from({ length: 10_000 }, () => generateVerifierAndState())
    expect(new Set(pairs.flatMap(({ verifier, state }) => [verifier, state])).size).toBe(20_000)
  })

  it.each([
    ['the verifier', 32, 64],
    ['the state', 0, 32],
  ])('fails when the random source gives zeros for %s', (_, start, end) => {
    fill.mockImplementationOnce((bytes) => void bytes.fill(1, start, end))
    expect(() => generateVerifierAndState()).toThrow(/returned zeros/)
  })
})
