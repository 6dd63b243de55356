import { describe, expect, it } from 'vitest'
import { generateCodeVerifier, isCodeVerifier } from './code-verifier.ts'

describe('generateCodeVerifier()', () => {
  it('has 43 characters by default and 128 at most', () => {
    expect(generateCodeVerifier()).toHaveLength(43)
    expect(generateCodeVerifier(undefined)).toHaveLength(43)
    expect(generateCodeVerifier(33)).toHaveLength(44)
    expect(generateCodeVerifier(96)).toHaveLength(128)
  })

  it('returns 100,000 different verifiers of the 43 to 128 characters that RFC 7636 allows', () => {
    const verifiers = Array.from({ length: 100_000 }, (_, index) => generateCodeVerifier(32 + (index % 65)))
    expect(verifiers.filter((verifier) => !/^[A-Za-z0-9._~-]{43,128}$/.test(verifier))).toEqual([])
    expect(new Set(verifiers).size).toBe(100_000)
  })

  it('refuses fewer than 32 and more than 96 bytes, and anything but a whole number', () => {
    for (const byteLength of [31, 97, 0, -32, 32.5, NaN, Infinity]) {
      expect(() => generateCodeVerifier(byteLength)).toThrow(RangeError)
    }
    for (const byteLength of ['32', null, 32n, [32], {}]) {
      expect(() => generateCodeVerifier(byteLength as number)).toThrow(TypeError)
    }
  })
})

describe('isCodeVerifier()', () => {
  it('accepts every unreserved character, and 43 to 128 of them', () => {
    expect(isCodeVerifier('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~')).toBe(true)
    expect(isCodeVerifier('a'.repeat(43))).toBe(true)
    expect(isCodeVerifier('a'.repeat(128))).toBe(true)
  })

  it('refuses 42 and 129 characters', () => {
    expect(isCodeVerifier('a'.repeat(42))).toBe(false)
    expect(isCodeVerifier('a'.repeat(129))).toBe(false)
  })

  it('refuses every other ASCII character, wherever it stands', () => {
    const accepted = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)).filter((character) =>
      [0, 30, 60].some((at) => isCodeVerifier('a'.repeat(at) + character + 'a'.repeat(60 - at))),
    )
    expect(accepted.join('')).toBe('-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~')
  })
})
