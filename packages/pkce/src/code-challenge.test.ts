import { describe, expect, it } from 'vitest'
import { deriveCodeChallenge, verifyCodeChallenge } from './code-challenge.ts'

// RFC 7636, appendix B.
const verifier = 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk'
const challenge = 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM'

const malformed = [
  ['42 characters', 'a'.repeat(42)],
  ['129 characters', 'a'.repeat(129)],
  ['=', 'a'.repeat(42) + '='],
  ['+', 'a'.repeat(42) + '+'],
  ['/', 'a'.repeat(42) + '/'],
  ['a space', 'a'.repeat(42) + ' '],
  ['é', 'a'.repeat(42) + 'é'],
  ['nothing', ''],
  ['an inner line break', 'a'.repeat(21) + '\n' + 'a'.repeat(21)],
  ['a final line break', 'a'.repeat(43) + '\n'],
  ['a final CRLF', 'a'.repeat(43) + '\r\n'],
  ['a second line that is a verifier', 'a\n' + 'a'.repeat(43)],
] as const

const noStrings = [undefined, null, 43, {}, [verifier], new String(verifier), Symbol('verifier')]

describe('deriveCodeChallenge()', () => {
  it('derives the challenge of RFC 7636, appendix B', () => {
    expect(deriveCodeChallenge(verifier)).toBe(challenge)
  })

  it('hashes verifiers of 43 and of 128 characters', () => {
    expect(deriveCodeChallenge('a'.repeat(43))).toBe('ZtNPunH49FD35FWYhT5Tv8I7vRKQJ8uxMaL0_9eHjNA')
    expect(deriveCodeChallenge('a'.repeat(128))).toBe('aDbPE7rEAOkQUHHNavRwhN-srU5eMCyUv-0k4BOvtz4')
  })

  it.each(malformed)('refuses %s', (_, text) => {
    expect(() => deriveCodeChallenge(text)).toThrow(RangeError)
  })

  it('refuses anything but a string', () => {
    for (const value of noStrings) expect(() => deriveCodeChallenge(value as string)).toThrow(TypeError)
  })

  it('does not repeat the verifier in its errors', () => {
    const secret = 'secret-'.repeat(20)
    expect(() => deriveCodeChallenge(secret)).toThrow(expect.not.stringContaining('secret'))
  })
})

describe('verifyCodeChallenge()', () => {
  it('accepts the challenge of the verifier and no other', () => {
    expect(verifyCodeChallenge(verifier, challenge)).toBe(true)
    expect(verifyCodeChallenge('a'.repeat(43), challenge)).toBe(false)
    expect(verifyCodeChallenge(verifier, `F${challenge.slice(1)}`)).toBe(false)
    expect(verifyCodeChallenge(verifier, `${challenge.slice(0, -1)}N`)).toBe(false)
  })

  it('refuses a challenge of another length or encoding', () => {
    for (const other of [
      '',
      challenge.slice(1),
      `${challenge}=`,
      `${challenge}\n`,
      challenge.toLowerCase(),
    ]) {
      expect(verifyCodeChallenge(verifier, other)).toBe(false)
    }
  })

  it('supports only S256: a verifier is not its own challenge', () => {
    expect(verifyCodeChallenge(verifier, verifier)).toBe(false)
  })

  it.each(malformed)('refuses a verifier of %s, even with its SHA-256', async (_, text) => {
    const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
    expect(verifyCodeChallenge(text, Buffer.from(digest).toString('base64url'))).toBe(false)
  })

  it('throws a TypeError for anything but a string', () => {
    for (const value of noStrings) {
      expect(() => verifyCodeChallenge(value as string, challenge)).toThrow(TypeError)
      expect(() => verifyCodeChallenge(verifier, value as string)).toThrow(TypeError)
    }
  })
})
