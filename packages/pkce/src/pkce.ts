import { sha256Base64Url } from '#crypto'
import { generateCodeVerifier } from './code-verifier.ts'

/** What one authorization request needs for PKCE; the method is always S256. */
export interface Pkce {
  /** The secret, 43 characters: stays with the client until the code is exchanged. */
  readonly verifier: string
  /** The SHA-256 of the verifier in base64url, 43 characters: goes into the authorization request. */
  readonly challenge: string
  readonly method: 'S256'
}

/**
 * A new verifier with its challenge, synchronously.
 *
 * @throws Error when the runtime's random source fails
 * @see https://www.rfc-editor.org/rfc/rfc7636#section-4
 */
export function generatePkce(): Pkce {
  const verifier = generateCodeVerifier()
  return { verifier, challenge: sha256Base64Url(verifier), method: 'S256' }
}
