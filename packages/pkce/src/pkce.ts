import { sha256Base64Url } from '#crypto'
import { generateCodeVerifier } from './code-verifier.ts'

/** A code verifier and its challenge, for one authorization request. */
export interface Pkce {
  /** The secret, 43 characters. Keep it in the client until you exchange the code. */
  readonly verifier: string
  /** The SHA-256 of the verifier in base64url, 43 characters. Send it in the authorization request. */
  readonly challenge: string
  readonly method: 'S256'
}

/**
 * Generates a new code verifier and its S256 challenge.
 *
 * @throws Error when the runtime's random source fails
 * @see https://www.rfc-editor.org/rfc/rfc7636#section-4
 * @example
 * ```ts
 * import { generatePkce } from '@anthropic-auth/pkce'
 *
 * const { verifier, challenge, method } = generatePkce()
 * const url = new URL('https://auth.example.com/authorize?response_type=code&client_id=my-client')
 * url.searchParams.set('code_challenge', challenge)
 * url.searchParams.set('code_challenge_method', method)
 * // After the redirect, send the verifier together with the code.
 * const body = new URLSearchParams({ grant_type: 'authorization_code', code: 'CODE', code_verifier: verifier })
 * await fetch('https://auth.example.com/token', { method: 'POST', body })
 * ```
 */
export function generatePkce(): Pkce {
  const verifier = generateCodeVerifier()
  return { verifier, challenge: sha256Base64Url(verifier), method: 'S256' }
}
