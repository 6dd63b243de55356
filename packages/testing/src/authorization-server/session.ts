import type { Organization, Workspace } from './account.ts'
import type { ConsentMode } from './authorization-request.ts'
import { randomValue } from './random-value.ts'

/** One login: all tokens that descend from one code or one identity token. They are revoked together. */
export interface Session {
  /** The number of the login. */
  readonly login: number
  readonly openedAt: number
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
  readonly grants: AccessGrant[]
}

/** An access token that the emulator issued. */
export interface AccessGrant {
  readonly token: string
  readonly session: Session
  readonly scopes: readonly string[]
  /** In milliseconds of the emulator's clock. */
  expiresAt: number
  revoked: boolean
}

/** The access that a user has granted to a client, or a federation rule to a machine. */
export type Consent = Pick<Session, 'login' | 'clientId' | 'mode' | 'scopes' | 'organization' | 'workspace'>

/** The issued tokens and API keys, in memory. */
export class Sessions {
  readonly #now: () => number
  readonly #loginLifetimeSeconds: number
  readonly #byRefreshToken = new Map<string, Session>()
  readonly #byAccessToken = new Map<string, AccessGrant>()
  readonly #apiKeys = new Map<string, Session>()
  /** All logins, in their order. */
  readonly list: Session[] = []

  /** @param loginLifetimeSeconds - Infinity for logins that never end by themselves */
  constructor(now: () => number, loginLifetimeSeconds: number) {
    this.#now = now
    this.#loginLifetimeSeconds = loginLifetimeSeconds
  }

  /** Opens the session of a user. */
  open(consent: Consent): Session {
    const session = this.#add(consent, this.#now() + this.#loginLifetimeSeconds * 1000)
    this.rotate(session)
    return session
  }

  /** Opens the session of a machine, which has no refresh token. */
  openFederated(consent: Consent): Session {
    return this.#add(consent, Infinity)
  }

  #add(consent: Consent, endsAt: number): Session {
    const openedAt = this.#now()
    const session = { ...consent, openedAt, endsAt, refreshToken: null, revoked: false, grants: [] }
    this.list.push(session)
    return session
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
    const grant = { token, session, scopes, expiresAt, revoked: false }
    this.#byAccessToken.set(token, grant)
    session.grants.push(grant)
    return token
  }

  issueApiKey(session: Session): string {
    const key = randomValue('sk-ant-api03-')
    this.#apiKeys.set(key, session)
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

  /** Expires all access tokens of these logins. */
  expireAccessTokens(sessions: readonly Session[]): void {
    for (const grant of sessions.flatMap(({ grants }) => grants)) grant.expiresAt = -Infinity
  }

  /** Ends these logins. A machine's login has no refresh token, so there is nothing to end. */
  endLogins(sessions: readonly Session[]): void {
    for (const session of sessions) if (session.refreshToken !== null) session.endsAt = -Infinity
  }

  /** Returns the login that the API key was created in. */
  findByApiKey(key: string): Session | undefined {
    return this.#apiKeys.get(key)
  }
}
