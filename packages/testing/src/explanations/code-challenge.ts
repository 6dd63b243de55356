import { createHash } from 'node:crypto'
import { explainPlaceholder, withoutSlips } from './slip.ts'
import { strangeCharacters } from './strange-characters.ts'

/** The explanation of a malformed code challenge. */
export interface ChallengeExplanation {
  readonly text: string
  /** The value that the program meant, if that is clear. */
  readonly expected: readonly string[]
}

const S256_CHALLENGE = /^[\w-]{43}$/
const SHA256_HEX = /^[0-9a-f]{64}$/i
const HEX = 'Encode the bytes of the SHA-256 in base64url, not their hex text.'
// An unencoded + in a query arrives as a space.
const BASE64 = /^(?=.*[+/ =])[\w+/ -]{43}=?$/
const VERIFIER = /^[\w.~-]{43,128}$/

/** Explains a code challenge that is not the base64url of a SHA-256. */
export function explainChallenge(challenge: string): ChallengeExplanation {
  const placeholder = explainPlaceholder(challenge)
  if (placeholder !== null) return { text: placeholder, expected: [] }
  const decoded = Buffer.from(challenge, 'base64').toString('latin1')
  if (BASE64.test(challenge)) return explainBase64(challenge)
  if (SHA256_HEX.test(challenge)) {
    return { text: `These are 64 hex digits. ${HEX}`, expected: [base64urlOf(challenge)] }
  }
  if (SHA256_HEX.test(decoded)) {
    return { text: `This is the base64url of 64 hex digits. ${HEX}`, expected: [base64urlOf(decoded)] }
  }
  if (VERIFIER.test(challenge)) {
    const hash = createHash('sha256').update(challenge).digest('base64url')
    return {
      text: 'This has the form of a code verifier that was not hashed. Send its SHA-256 in base64url, and keep the verifier for the token request.',
      expected: [hash],
    }
  }
  const { value, sentences } = withoutSlips(challenge)
  if (S256_CHALLENGE.test(value)) return { text: sentences.join(' '), expected: [value] }
  if (BASE64.test(value)) {
    const { text, expected } = explainBase64(value)
    return { text: [...sentences, text].join(' '), expected }
  }
  const strange = strangeCharacters(challenge, /[\w-]/)
  const problem = strange ?? `${challenge.length} characters`
  return {
    text: `It has ${problem}. The SHA-256 of the verifier in base64url has 43 characters of A-Z a-z 0-9 - _.`,
    expected: [],
  }
}

function explainBase64(challenge: string): ChallengeExplanation {
  const strange = strangeCharacters(challenge, /[\w-]/)
  const space = challenge.includes(' ')
    ? ' (a + arrives as a space, since it was not encoded for the URL)'
    : ''
  return {
    text: `This is base64: it has ${strange}${space}. Use base64url without padding: - in place of +, _ in place of /, and no = at the end.`,
    expected: [challenge.replaceAll(/[+ ]/g, '-').replaceAll('/', '_').replace(/=$/, '')],
  }
}

function base64urlOf(hex: string): string {
  return Buffer.from(hex, 'hex').toString('base64url')
}
