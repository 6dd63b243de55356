import * as pkce from '@anthropic-auth/pkce/internal'

/**
 * Generates a new `state` for an authorization request from random bytes, in base64url. It doesn't depend on a verifier.
 *
 * @param byteLength - the number of random bytes, 32 to 96 (43 to 128 characters)
 * @default 32
 * @throws TypeError when `byteLength` is not a number
 * @throws RangeError when `byteLength` is not an integer from 32 to 96
 * @throws Error when the runtime's random source fails
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-10.12
 */
export function generateState(byteLength?: number): string {
  return pkce.generateState(byteLength)
}
