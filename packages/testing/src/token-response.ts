import { ACCOUNT, ORGANIZATION } from './account.ts'
import type { Session } from './session.ts'

/** The body of a successful token response, in wire names (RFC 6749, section 5.1, and Anthropic's additions). */
export interface TokenResponse {
  readonly token_type: 'Bearer'
  readonly access_token: string
  readonly expires_in: number
  readonly refresh_token?: string
  readonly scope: string
  readonly organization: { readonly uuid: string; readonly name: string }
  readonly account: { readonly uuid: string; readonly email_address: string }
  readonly workspace?: { readonly id: string; readonly name: string }
}

interface IssuedTokens {
  readonly accessToken: string
  readonly scopes: readonly string[]
  readonly lifetimeSeconds: number
  readonly withRefreshToken: boolean
}

/** What the token endpoint says about tokens that it just issued. */
export function tokenResponse(session: Session, issued: IssuedTokens): TokenResponse {
  const { organizationId, workspaceId } = session.request
  return {
    token_type: 'Bearer',
    access_token: issued.accessToken,
    expires_in: issued.lifetimeSeconds,
    ...(issued.withRefreshToken ? { refresh_token: session.refreshToken } : {}),
    scope: issued.scopes.join(' '),
    organization: { uuid: organizationId ?? ORGANIZATION.uuid, name: ORGANIZATION.name },
    account: { uuid: ACCOUNT.uuid, email_address: ACCOUNT.email },
    ...(workspaceId === null ? {} : { workspace: { id: workspaceId, name: 'Example Workspace' } }),
  }
}
