import * as fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { timingSafeEqual } from './timing-safe-equal.ts'

describe('timingSafeEqual()', () => {
  it('finds equal strings equal', () => {
    for (const text of [
      '',
      'a',
      'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',
      'é',
      '\u{1F511}',
      '\uD800',
      '\0',
    ]) {
      expect(timingSafeEqual(text, String(text))).toBe(true)
    }
  })

  it('finds a difference in any one character', () => {
    const text = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'
    for (let at = 0; at < text.length; at++) {
      expect(timingSafeEqual(text, `${text.slice(0, at)}*${text.slice(at + 1)}`)).toBe(false)
    }
  })

  it("doesn't let differences cancel each other out", () => {
    expect(timingSafeEqual('ab', 'ba')).toBe(false)
    expect(timingSafeEqual('aa', 'bb')).toBe(false)
  })

  it('is false for different lengths, and never throws', () => {
    expect(timingSafeEqual('', 'a')).toBe(false)
    expect(timingSafeEqual('state', 'state\0')).toBe(false)
    expect(timingSafeEqual('state\n', 'state')).toBe(false)
    expect(timingSafeEqual('a', 'a'.repeat(100_000))).toBe(false)
  })

  it('keeps lone surrogates apart from each other and from U+FFFD', () => {
    expect(timingSafeEqual('\uD800', '\uD801')).toBe(false)
    expect(timingSafeEqual('\uD800', '\uDC00')).toBe(false)
    expect(timingSafeEqual('\uD800', '\uFFFD')).toBe(false)
  })

  it('compares all 16 bits of a character and does not normalise', () => {
    expect(timingSafeEqual('a', '\u0161')).toBe(false)
    expect(timingSafeEqual('\u00E9', 'e\u0301')).toBe(false)
    expect(timingSafeEqual('\u212B', '\u00C5')).toBe(false)
  })

  it('agrees with === for any two strings', () => {
    const text = fc.string({ unit: 'binary' })
    fc.assert(fc.property(text, text, (a, b) => timingSafeEqual(a, b) === (a === b)))
    fc.assert(fc.property(text, (a) => timingSafeEqual(a, [...a].join(''))))
  })

  it('reads every character, even after the first difference', () => {
    const charCodeAt = vi.spyOn(String.prototype, 'charCodeAt')
    const equal = timingSafeEqual('b'.repeat(43), 'a'.repeat(43))
    const reads = charCodeAt.mock.calls.length
    charCodeAt.mockRestore()
    expect({ equal, reads }).toEqual({ equal: false, reads: 86 })
  })

  it('throws a TypeError for anything but a string', () => {
    for (const value of [undefined, null, 0, {}, ['a'], new String('a')]) {
      expect(() => timingSafeEqual(value as string, 'a')).toThrow(TypeError)
      expect(() => timingSafeEqual('a', value as string)).toThrow(TypeError)
      expect(() => timingSafeEqual(value as string, value as string)).toThrow(TypeError)
    }
  })
})
