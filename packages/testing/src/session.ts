import type { AuthorizationRequest } from './authorization-request.ts'
import { randomValue } from './random-value.ts'

/** What one consent gave: all tokens that descend from one code, revoked together. */
export interface Session {
  readonly request: AuthorizationRequest
  /** What was granted in the end, at most what the request asked for. */
  readonly scopes: readonly string[]
  /** The one refresh token that is valid; its forerunners are used up. */
  refreshToken: string
  revoked: boolean
}

/** An access token that the emulator issued. */
export interface AccessGrant {
  readonly session: Session
  readonly scopes: readonly string[]
  /** In milliseconds of the emulator's clock. */
  readonly expiresAt: number
  revoked: boolean
}

/** The tokens and API keys that were issued, in memory. */
export class Sessions {
  readonly #now: () => number
  readonly #byRefreshToken = new Map<string, Session>()
  readonly #byAccessToken = new Map<string, AccessGrant>()
  readonly #apiKeys = new Set<string>()

  constructor(now: () => number) {
    this.#now = now
  }

  open(request: AuthorizationRequest, scopes: readonly string[]): Session {
    const session: Session = { request, scopes, refreshToken: '', revoked: false }
    this.rotate(session)
    return session
  }

  /** Gives the session a new refresh token; the old one stays known, so that its reuse is noticed. */
  rotate(session: Session): void {
    session.refreshToken = randomValue('sk-ant-ort01-')
    this.#byRefreshToken.set(session.refreshToken, session)
  }

  issueAccessToken(session: Session, scopes: readonly string[], lifetimeSeconds: number): string {
    const token = randomValue('sk-ant-oat01-')
    const expiresAt = this.#now() + lifetimeSeconds * 1000
    this.#byAccessToken.set(token, { session, scopes, expiresAt, revoked: false })
    return token
  }

  issueApiKey(): string {
    const key = randomValue('sk-ant-api03-')
    this.#apiKeys.add(key)
    return key
  }

  findByRefreshToken(token: string): Session | undefined {
    return this.#byRefreshToken.get(token)
  }

  findAccessGrant(token: string): AccessGrant | undefined {
    return this.#byAccessToken.get(token)
  }

  isValid(grant: AccessGrant): boolean {
    return !grant.revoked && !grant.session.revoked && this.#now() < grant.expiresAt
  }

  hasApiKey(key: string): boolean {
    return this.#apiKeys.has(key)
  }
}
