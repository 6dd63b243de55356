import type { Organization, Workspace } from './account.ts'
import type { ConsentMode } from './authorization-request.ts'
import { randomValue } from './random-value.ts'

/** One login: all tokens that descend from one code or one identity token. They are revoked together. */
export interface Session {
  /** The client that the user logged in to; `null` for a machine, which has no client. */
  readonly clientId: string | null
  readonly mode: ConsentMode | 'federation'
  /** The granted scopes, at most the requested ones. */
  readonly scopes: readonly string[]
  organization: Organization
  workspace: Workspace | null
  /** When the login ends, however often it is refreshed: in milliseconds of the emulator's clock, or Infinity. */
  endsAt: number
  /** The one valid refresh token; its predecessors are used up. A machine's login has none. */
  refreshToken: string | null
  revoked: boolean
}

/** An access token that the emulator issued. */
export interface AccessGrant {
  readonly session: Session
  readonly scopes: readonly string[]
  /** In milliseconds of the emulator's clock. */
  expiresAt: number
  revoked: boolean
}

/** The access that a user has granted to a client, or a federation rule to a machine. */
export type Consent = Pick<Session, 'clientId' | 'mode' | 'scopes' | 'organization' | 'workspace'>

/** The issued tokens and API keys, in memory. */
export class Sessions {
  readonly #now: () => number
  readonly #loginLifetimeSeconds: number
  readonly #byRefreshToken = new Map<string, Session>()
  readonly #byAccessToken = new Map<string, AccessGrant>()
  readonly #apiKeys = new Set<string>()

  /** @param loginLifetimeSeconds - Infinity for logins that never end by themselves */
  constructor(now: () => number, loginLifetimeSeconds: number) {
    this.#now = now
    this.#loginLifetimeSeconds = loginLifetimeSeconds
  }

  /** Opens the session of a user. */
  open(consent: Consent): Session {
    const endsAt = this.#now() + this.#loginLifetimeSeconds * 1000
    const session: Session = { ...consent, endsAt, refreshToken: null, revoked: false }
    this.rotate(session)
    return session
  }

  /** Opens the session of a machine, which has no refresh token. */
  openFederated(consent: Consent): Session {
    return { ...consent, endsAt: Infinity, refreshToken: null, revoked: false }
  }

  /** Gives the session a new refresh token. The old one stays known, so that its reuse is noticed. */
  rotate(session: Session): void {
    const refreshToken = randomValue('sk-ant-ort01-')
    session.refreshToken = refreshToken
    this.#byRefreshToken.set(refreshToken, session)
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

  /** Whether the login has ended, so that its refresh token no longer works. */
  isOver(session: Session): boolean {
    return this.#now() >= session.endsAt
  }

  /** Returns the whole seconds until the login ends, or `null` if it never ends by itself. */
  secondsLeft({ endsAt }: Session): number | null {
    if (endsAt === Infinity) return null
    return Math.max(0, Math.floor((endsAt - this.#now()) / 1000))
  }

  /** Expires all access tokens issued so far. */
  expireAccessTokens(): void {
    for (const grant of this.#byAccessToken.values()) grant.expiresAt = -Infinity
  }

  /** Ends all logins so far. */
  endLogins(): void {
    for (const session of this.#byRefreshToken.values()) session.endsAt = -Infinity
  }

  hasApiKey(key: string): boolean {
    return this.#apiKeys.has(key)
  }
}
