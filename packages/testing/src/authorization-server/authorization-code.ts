import { verifyCodeChallenge } from '@anthropic-auth/pkce'
import type { AuthorizationRequest } from './authorization-request.ts'
import { randomValue } from './random-value.ts'
import type { Session } from './session.ts'

/** An authorization code that the emulator issued. */
export interface AuthorizationCode {
  readonly request: AuthorizationRequest
  /** In milliseconds of the emulator's clock. */
  readonly expiresAt: number
  /** The code was sent to the token endpoint once, with success or without. */
  used: boolean
  /** The login that the code was exchanged for. */
  session: Session | null
}

/** The issued codes, in memory. Used codes stay known, so that their reuse is noticed. */
export class AuthorizationCodes {
  readonly #now: () => number
  readonly #lifetimeSeconds: number
  readonly #codes = new Map<string, AuthorizationCode>()

  constructor(now: () => number, lifetimeSeconds: number) {
    this.#now = now
    this.#lifetimeSeconds = lifetimeSeconds
  }

  issue(request: AuthorizationRequest): string {
    const code = randomValue('')
    const expiresAt = this.#now() + this.#lifetimeSeconds * 1000
    this.#codes.set(code, { request, expiresAt, used: false, session: null })
    return code
  }

  find(code: string): AuthorizationCode | undefined {
    return this.#codes.get(code)
  }

  /** Returns the code whose authorization request has a matching challenge. */
  findByVerifier(verifier: string): AuthorizationCode | undefined {
    return [...this.#codes.values()].find(({ request }) =>
      verifyCodeChallenge(verifier, request.codeChallenge),
    )
  }

  /** Returns the code that begins with a part of it. */
  findByBeginning(part: string): string | undefined {
    return [...this.#codes.keys()].find((code) => part !== code && code.startsWith(part))
  }

  isExpired(code: AuthorizationCode): boolean {
    return this.#now() >= code.expiresAt
  }
}
