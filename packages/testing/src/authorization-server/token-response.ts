import type { Account, Organization, Workspace } from './account.ts'
import type { Session } from './session.ts'

/** The body of a successful token response, in wire names (RFC 6749, section 5.1, and Anthropic's additions). */
export interface TokenResponse {
  readonly token_type: 'Bearer'
  readonly access_token: string
  readonly expires_in: number
  readonly refresh_token?: string
  readonly scope: string
  /** Seconds until the whole login ends. */
  readonly refresh_token_expires_in?: number
  readonly organization: Organization
  readonly account: { readonly uuid: string; readonly email_address: string }
  readonly workspace?: Workspace
}

interface IssuedTokens {
  readonly accessToken: string
  readonly scopes: readonly string[]
  readonly lifetimeSeconds: number
  readonly withRefreshToken: boolean
  /** Seconds until the login ends; `null` leaves the field out. */
  readonly secondsLeft: number | null
}

/** Builds the token response for newly issued tokens. */
export function tokenResponse(session: Session, account: Account, issued: IssuedTokens): TokenResponse {
  const { organization, workspace, refreshToken } = session
  return {
    token_type: 'Bearer',
    access_token: issued.accessToken,
    expires_in: issued.lifetimeSeconds,
    ...(issued.withRefreshToken && refreshToken !== null ? { refresh_token: refreshToken } : {}),
    scope: issued.scopes.join(' '),
    ...(issued.secondsLeft === null ? {} : { refresh_token_expires_in: issued.secondsLeft }),
    organization,
    account: { uuid: account.uuid, email_address: account.email },
    ...(workspace === null ? {} : { workspace }),
  }
}
