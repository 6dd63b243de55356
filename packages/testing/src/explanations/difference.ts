import { explainVerifier } from './code-verifier.ts'
import { nearest } from './nearest.ts'
import type { Mismatch } from './refusal.ts'
import { explainPlaceholder, explainSlip } from './slip.ts'

/** Says how the sent value differs from the expected one, and what usually causes that; `null` if nothing can be said. */
export function explainDifference({ name, sent, expected }: Mismatch): string | null {
  const [value, ...others] = expected
  if (sent === null) return `The request has no \`${name}\`.`
  const general = explainPlaceholder(sent) ?? explainSlip(sent, (cleaned) => expected.includes(cleaned))
  if (general !== null) return general
  if (name === 'code_verifier') return explainVerifier(sent, value ?? '')
  if (name === 'redirect_uri' && value !== undefined) return explainRedirectUri(sent, expected)
  if (others.length > 0) return explainChoice(sent, expected)
  return value === undefined ? 'The value is malformed.' : explainOther(sent, value)
}

function explainChoice(sent: string, expected: readonly string[]): string {
  const similar = nearest(sent, expected)
  return similar === null
    ? 'Send one of the accepted values.'
    : `The nearest accepted value is \`${similar}\`.`
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
  if (same((uri) => uri.replace(/^https:/, 'http:'))) return 'Only the scheme differs: http or https.'
  if (same((uri) => uri.replace(/:(?:\d+|\*)(?=\/|$)/, '').replace(/^([^/]+\/\/[^/]*).*/, '$1'))) {
    return 'The path or the query differs. Redirect URIs are compared byte by byte.'
  }
  return expected.length > 1
    ? 'Redirect URIs are compared byte by byte. Send one that the client has registered.'
    : 'Send the redirect URI of the authorization request again, byte by byte.'
}

function explainOther(sent: string, expected: string): string | null {
  if (sent.toLowerCase() === expected.toLowerCase()) return 'Only upper and lower case differ.'
  if (expected.startsWith(sent)) {
    return `This is only its beginning: ${sent.length} of ${expected.length} characters.`
  }
  const index = differenceIndex(sent, expected)
  return index === 0 ? null : `The two values differ from character ${index + 1} on.`
}

/** Returns the index of the first character that differs. */
export function differenceIndex(one: string, other: string): number {
  let index = 0
  while (index < one.length && one[index] === other[index]) index += 1
  return index
}
