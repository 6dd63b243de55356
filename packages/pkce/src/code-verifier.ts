import { randomString } from './random-string.ts'

const CODE_VERIFIER = /^[A-Za-z0-9._~-]{43,128}$/

/**
 * Generates a new code verifier from random bytes, in base64url.
 *
 * @param byteLength - the number of random bytes, 32 to 96 (43 to 128 characters)
 * @default 32
 * @throws TypeError when `byteLength` is not a number
 * @throws RangeError when `byteLength` is not an integer from 32 to 96
 * @throws Error when the runtime's random source fails
 * @see https://www.rfc-editor.org/rfc/rfc7636#section-4.1
 */
export function generateCodeVerifier(byteLength?: number): string {
  return randomString(byteLength)
}

/** Returns whether a string has the 43 to 128 unreserved characters of RFC 7636, section 4.1. */
export function isCodeVerifier(verifier: string): boolean {
  return CODE_VERIFIER.test(verifier)
}
