import { beforeEach, describe, expect, it, vi } from 'vitest'
import { fillRandom } from '#crypto'
import { verifyCodeChallenge } from './code-challenge.ts'
import { isCodeVerifier } from './code-verifier.ts'
import { generatePkce } from './pkce.ts'

vi.mock('#crypto', { spy: true })

const fill = vi.mocked(fillRandom)

beforeEach(() => {
  fill.mockClear()
})

describe('generatePkce()', () => {
  it('returns a verifier, its S256 challenge and the method, and nothing else', () => {
    fill.mockImplementationOnce((bytes) => {
      bytes.set(Buffer.from('dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk', 'base64url'))
    })
    expect(generatePkce()).toStrictEqual({
      verifier: 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk',
      challenge: 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      method: 'S256',
    })
  })

  it('uses 32 random bytes, 256 bits, for each verifier', () => {
    const { verifier } = generatePkce()
    expect(isCodeVerifier(verifier)).toBe(true)
    expect(verifier).toHaveLength(43)
    expect(fill.mock.calls.map(([bytes]) => bytes.byteLength)).toEqual([32])
  })

  it('never repeats a verifier, and each challenge belongs to its own', () => {
    const pairs = Array.from({ length: 10_000 }, () => generatePkce())
    expect(new Set(pairs.map(({ verifier }) => verifier)).size).toBe(10_000)
    const wrong = pairs.filter(({ verifier, challenge }) => !verifyCodeChallenge(verifier, challenge))
    expect(wrong).toEqual([])
  })

  it('fails when the random source fails or returns only zeros', () => {
    const failure = new Error('no entropy')
    fill.mockImplementationOnce(() => {
      throw failure
    })
    expect(() => generatePkce()).toThrow(failure)
    fill.mockImplementationOnce(() => {})
    expect(() => generatePkce()).toThrow(/returned zeros/)
  })
})
