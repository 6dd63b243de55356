import { createHash } from 'node:crypto'
import { deriveCodeChallenge } from '@anthropic-auth/pkce'
import type { Mismatch } from '../authorization-server/refusal.ts'

/** Says how the sent value differs from the expected one, and what usually causes that. */
export function explainDifference({ name, sent, expected }: Mismatch): string {
  const [value, ...others] = expected
  if (sent === null) return `The request has no ${name}.`
  if (name === 'code_verifier') return explainVerifier(sent, value ?? '')
  if (name === 'redirect_uri' && value !== undefined) return explainRedirectUri(sent, expected)
  if (others.length > 0) return 'Send one of the accepted values.'
  return value === undefined ? 'The value is malformed.' : explainPosition(sent, value)
}

function explainVerifier(verifier: string, challenge: string): string {
  if (verifier === challenge) {
    return 'This is the code challenge itself. Send the code verifier that the challenge was made from.'
  }
  if (digest(Buffer.from(verifier, 'base64url')) === challenge) {
    return 'The challenge was made from the decoded bytes of the verifier. Hash the text of the verifier instead.'
  }
  if (digest(Buffer.from(verifier.trim())) === challenge) {
    return 'The verifier has spaces or line breaks around it that the challenge was made without.'
  }
  return 'The verifier belongs to a different challenge. Usually the program has made new PKCE values between the two requests, or mixed up two logins.'
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('base64url')
}

/** Returns the challenge of the sent verifier, which is what the server compares. */
export function challengeOf(verifier: string): string | null {
  try {
    return deriveCodeChallenge(verifier)
  } catch {
    return null
  }
}

function explainRedirectUri(sent: string, expected: readonly string[]): string {
  const same = (change: (uri: string) => string): boolean =>
    expected.some((uri) => change(uri) === change(sent))
  if (same((uri) => uri.replace('//127.0.0.1', '//localhost').replace('//[::1]', '//localhost'))) {
    return 'Only the host differs. localhost and 127.0.0.1 are different redirect URIs.'
  }
  if (same((uri) => uri.replace(/\/$/, ''))) {
    return 'Only the slash at the end differs. Redirect URIs are compared byte by byte.'
  }
  if (same((uri) => uri.replace(/:\d+(?=\/|$)/, ''))) {
    return 'Only the port differs. Send the redirect URI of the authorization request.'
  }
  return 'Redirect URIs are compared byte by byte.'
}

function explainPosition(sent: string, expected: string): string {
  const index = differenceIndex(sent, expected)
  return index === 0
    ? 'The two values have nothing in common.'
    : `The two values differ from character ${index + 1} on.`
}

/** Returns the index of the first character that differs. */
export function differenceIndex(one: string, other: string): number {
  let index = 0
  while (index < one.length && one[index] === other[index]) index += 1
  return index
}
