import { sha256Base64Url } from '#crypto'
import { isCodeVerifier } from './code-verifier.ts'
import { assertString } from './string-argument.ts'
import { timingSafeEqual } from './timing-safe-equal.ts'

/**
 * Derives the S256 code challenge of a verifier: `BASE64URL(SHA256(ASCII(verifier)))`.
 *
 * @param verifier - 43 to 128 characters of `[A-Za-z0-9._~-]`
 * @throws TypeError when `verifier` is not a string
 * @throws RangeError when `verifier` has an invalid length or character
 * @see https://www.rfc-editor.org/rfc/rfc7636#section-4.2
 */
export function deriveCodeChallenge(verifier: string): string {
  assertString(verifier, 'verifier')
  if (!isCodeVerifier(verifier)) {
    throw new RangeError('verifier must have 43 to 128 characters of [A-Za-z0-9._~-]')
  }
  return sha256Base64Url(verifier)
}

/**
 * Returns whether `challenge` is the S256 code challenge of `verifier`, as a server has to check it. The comparison takes
 * constant time. A malformed verifier has no challenge, so the result is `false`.
 *
 * @throws TypeError when one of the values is not a string
 * @see https://www.rfc-editor.org/rfc/rfc7636#section-4.6
 */
export function verifyCodeChallenge(verifier: string, challenge: string): boolean {
  assertString(verifier, 'verifier')
  assertString(challenge, 'challenge')
  return isCodeVerifier(verifier) && timingSafeEqual(sha256Base64Url(verifier), challenge)
}
