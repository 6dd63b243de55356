import { sha256Base64Url } from '#crypto'
import { isCodeVerifier } from './code-verifier.ts'
import { timingSafeEqual } from './timing-safe-equal.ts'

/**
 * The S256 code challenge of a verifier: `BASE64URL(SHA256(ASCII(verifier)))`.
 *
 * @param verifier - 43 to 128 characters of `[A-Za-z0-9-._~]`
 * @throws TypeError when `verifier` is no string
 * @throws RangeError when its length or characters are not those of a code verifier
 * @see https://www.rfc-editor.org/rfc/rfc7636#section-4.2
 */
export function deriveCodeChallenge(verifier: string): string {
  if (typeof verifier !== 'string') throw new TypeError('The code verifier must be a string')
  if (!isCodeVerifier(verifier)) {
    throw new RangeError('A code verifier has 43 to 128 characters of A-Z, a-z, 0-9, "-", ".", "_" and "~"')
  }
  return sha256Base64Url(verifier)
}

/**
 * Whether `challenge` is the S256 code challenge of `verifier`, compared in constant time; what a server asks.
 *
 * A malformed verifier has no challenge: the answer is `false`.
 *
 * @throws TypeError when one of the two is no string
 * @see https://www.rfc-editor.org/rfc/rfc7636#section-4.6
 */
export function verifyCodeChallenge(verifier: string, challenge: string): boolean {
  if (typeof verifier !== 'string') throw new TypeError('The code verifier must be a string')
  if (typeof challenge !== 'string') throw new TypeError('The code challenge must be a string')
  return isCodeVerifier(verifier) && timingSafeEqual(sha256Base64Url(verifier), challenge)
}
