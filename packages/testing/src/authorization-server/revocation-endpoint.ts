import { assertKnownClient } from './client-registry.ts'
import { OAuthError } from './oauth-error.ts'
import { readParameters, requireParameter } from './request-parameters.ts'
import type { AppContext, ServerState } from './server-state.ts'
import type { Session } from './session.ts'
import { jsonResponse } from './json-response.ts'

const REQUIRED = ['token', 'client_id']

/** Handles `POST /v1/oauth/token/revoke`. An unknown token is not an error (RFC 7009, section 2.2). */
export async function handleRevocation(
  context: AppContext,
  { clients, sessions }: ServerState,
): Promise<Response> {
  const parameters = await readParameters(context.req)
  const token = requireParameter(parameters, 'token', REQUIRED)
  const clientId = requireParameter(parameters, 'client_id', REQUIRED)
  assertKnownClient(clientId, clients)
  const grant = sessions.findAccessGrant(token)
  const session = sessions.findByRefreshToken(token)
  const owner = grant?.session ?? session
  context.env.trace.login = owner?.login ?? null
  assertOwner(owner, clientId)
  if (grant !== undefined) grant.revoked = true
  // Revoking a refresh token revokes all access tokens of its grant (RFC 7009, section 2.1).
  if (session !== undefined) session.revoked = true
  return jsonResponse({})
}

function assertOwner(session: Session | undefined, clientId: string): void {
  if (session === undefined || session.clientId === clientId) return
  const expected = session.clientId === null ? [] : [session.clientId]
  throw new OAuthError('invalid_grant', 'The token was issued to another client.', {
    explanation: { mismatch: { name: 'client_id', sent: clientId, expected } },
  })
}
