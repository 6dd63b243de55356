import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { containSecret, sanitizeServerText } from './redaction.ts'

const SECRET = 'Zq3xVnT8wLrK5mYb'

describe('sanitizeServerText()', () => {
  it('leaves an ordinary text unchanged', () => {
    expect(sanitizeServerText('Refresh token not found or invalid (größer als 5 €) 🔑', [SECRET])).toBe(
      'Refresh token not found or invalid (größer als 5 €) 🔑',
    )
  })

  it('returns at most 500 characters', () => {
    expect(sanitizeServerText('x'.repeat(500), [])).toHaveLength(500)
    expect(sanitizeServerText('x'.repeat(501), [])).toHaveLength(500)
    expect(sanitizeServerText('x'.repeat(1_000_000), [])).toHaveLength(500)
    expect(sanitizeServerText('x'.repeat(499) + SECRET, [SECRET])).toHaveLength(500)
  })

  it('does not cut a character in two', () => {
    expect(sanitizeServerText('x'.repeat(499) + '🔑', [])).toBe('x'.repeat(499))
  })

  it('puts a space in place of line breaks and tabs', () => {
    expect(sanitizeServerText('one\r\ntwo\tthree\u2028four\u0085five', [])).toBe('one two three four five')
  })

  it('strips control, bidi and zero-width characters', () => {
    expect(sanitizeServerText('\u001b[31mred\u0000\u007f\u009b', [])).toBe('[31mred')
    expect(sanitizeServerText('\u202eevil\u2066\u2069\u200f\u061c', [])).toBe('evil')
    expect(sanitizeServerText('a\u200bb\u200dc\ufeffd\u2060e\u00adf', [])).toBe('abcdef')
    expect(sanitizeServerText('\ud800\ue000', [])).toBe('')
  })

  it('redacts a secret, wherever it appears and however often', () => {
    expect(sanitizeServerText(SECRET, [SECRET])).toBe('[redacted]')
    expect(sanitizeServerText(`no ${SECRET} and no ${SECRET}.`, [SECRET])).toBe(
      'no [redacted] and no [redacted].',
    )
    expect(sanitizeServerText(`code=${SECRET}&state=abcdefghijkl`, [SECRET, 'abcdefghijkl'])).toBe(
      'code=[redacted]&state=[redacted]',
    )
  })

  it('redacts 8 characters of a secret, not 7', () => {
    expect(sanitizeServerText('is Zq3xVnT8 known', [SECRET])).toBe('is [redacted] known')
    expect(sanitizeServerText('is rK5mYb known', [SECRET])).toBe('is rK5mYb known')
    expect(sanitizeServerText('is VnT8wLr known', [SECRET])).toBe('is VnT8wLr known')
    expect(sanitizeServerText('is VnT8wLrK known', [SECRET])).toBe('is [redacted] known')
  })

  it('leaves texts that are too short for a secret, since many words contain them', () => {
    expect(sanitizeServerText('invalid_grant', ['inv'])).toBe('invalid_grant')
    expect(sanitizeServerText('invalid_grant', ['inva'])).toBe('[redacted]lid_grant')
  })

  it('redacts a whole secret that is shorter', () => {
    expect(sanitizeServerText('is a-code known', ['a-code'])).toBe('is [redacted] known')
  })

  it('redacts a secret that characters without a width split', () => {
    for (const nothing of [
      '\u200b',
      '\u200d',
      '\ufeff',
      '\u2060',
      '\u00ad',
      '\ufe0f',
      '\u034f',
      '\u180b',
      '\u3164',
    ]) {
      expect(sanitizeServerText([...SECRET].join(nothing), [SECRET])).toBe('[redacted]')
    }
  })

  it('redacts anything like an Anthropic token, even if it was never sent, in any case', () => {
    expect(sanitizeServerText('not sk-ant-oat01-AbC_9-x but SK-ANT-api03-zz', [])).toBe(
      'not [redacted] but [redacted]',
    )
  })

  it('leaves no 8 characters of a secret in any text made of pieces of it', () => {
    const secret = fc.string({ unit: fc.constantFrom('a', 'b', '-', '~'), minLength: 8, maxLength: 40 })
    const piece = fc.tuple(secret, fc.nat(40), fc.nat(40)).map(([text, from, to]) => text.slice(from, to))
    const noise = fc.constantFrom('', ' ', '\u200b', '\ufe0f', 'sk-ant-', '[redacted]')
    fc.assert(
      fc.property(secret, fc.array(fc.tuple(piece, noise), { maxLength: 30 }), (sent, pieces) => {
        const text = pieces.flat().join('') + sent
        const shown = sanitizeServerText(text, [sent])
        expect(shown.length).toBeLessThanOrEqual(500)
        for (let at = 0; at + 8 <= sent.length; at++) expect(shown).not.toContain(sent.slice(at, at + 8))
      }),
    )
  })

  it('is fast for any text and any secret', () => {
    const startedAt = performance.now()
    sanitizeServerText('a'.repeat(1_000_000), ['a'.repeat(8191) + 'b', 'ab'.repeat(4096)])
    expect(performance.now() - startedAt).toBeLessThan(10_000)
  })
})

describe('containSecret()', () => {
  it.each([
    ['the whole secret', [`x=${SECRET}`]],
    ['8 characters of it', ['is VnT8wLrK known']],
    ['its letters in another case', [SECRET.toUpperCase()]],
    ['it in the last of several texts', ['one', 'two', SECRET]],
    ['anything like an Anthropic token', ['SK-ANT-oat01']],
    ['a whole secret that is shorter', ['is a-code known']],
  ])('finds %s', (_what, texts) => {
    expect(containSecret(texts, [SECRET, 'a-code'])).toBe(true)
  })

  it.each([
    ['no text', []],
    ['an empty text', ['']],
    ['7 characters of a secret', ['is VnT8wLr known']],
    ['pieces of a secret in several texts', ['Zq3xVnT', '8wLrK5m', 'Yb']],
  ])('finds nothing in %s', (_what, texts) => {
    expect(containSecret(texts, [SECRET, 'abc'])).toBe(false)
  })
})
