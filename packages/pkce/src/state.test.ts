import { beforeEach, describe, expect, it, vi } from 'vitest'
import { fillRandom } from '#crypto'
import { generatePkce } from './pkce.ts'
import { generateState } from './state.ts'

vi.mock('#crypto', { spy: true })

const fill = vi.mocked(fillRandom)

beforeEach(() => {
  fill.mockClear()
})

describe('generateState()', () => {
  it('has 43 characters of base64url by default and 128 at most', () => {
    expect(generateState()).toMatch(/^[A-Za-z0-9_-]{43}$/)
    expect(generateState(undefined)).toHaveLength(43)
    expect(generateState(96)).toMatch(/^[A-Za-z0-9_-]{128}$/)
  })

  it('is different each time', () => {
    expect(new Set(Array.from({ length: 10_000 }, () => generateState())).size).toBe(10_000)
  })

  it('refuses fewer than 32 and more than 96 bytes, and anything but a whole number', () => {
    for (const byteLength of [31, 97, NaN, 1.5]) expect(() => generateState(byteLength)).toThrow(RangeError)
    for (const byteLength of ['32', null]) {
      expect(() => generateState(byteLength as unknown as number)).toThrow(TypeError)
    }
  })

  it('is independent of the verifier: each has its own random bytes', () => {
    fill.mockImplementationOnce((bytes) => void bytes.fill(1))
    fill.mockImplementationOnce((bytes) => void bytes.fill(2))
    const { verifier } = generatePkce()
    const state = generateState()
    expect(verifier).toBe('AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE')
    expect(state).toBe('AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI')
    expect(fill).toHaveBeenCalledTimes(2)
  })
})
