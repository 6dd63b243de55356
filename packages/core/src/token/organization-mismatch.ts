import type { OAuthFlow } from '../authorization/oauth-flow.ts'
import type { ResolvedConfig } from '../config/oauth-config.ts'
import { AnthropicAuthError } from '../error/error.ts'
import { sanitizeServerText } from '../error/redaction.ts'
import type { RequestOptions } from '../http/request-options.ts'
import { revocableToken, revokeToken } from './token-revocation.ts'
import type { TokenSet } from './token-set.ts'

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** The code exchange that returned the tokens. */
export interface CodeExchange {
  readonly flow: OAuthFlow
  readonly code: string
  /** The timeout and the signal for revoking refused tokens. */
  readonly options: RequestOptions
}

/**
 * Refuses and revokes tokens for a different organization or workspace than the flow requested. The user may have
 * chosen another one on the consent page, and API keys would be created there. Tokens that name none are accepted.
 *
 * @throws AnthropicAuthError `organization_mismatch` with `reason: 'organization'` or `'workspace'`
 */
export async function assertAskedOrganization(
  config: ResolvedConfig,
  tokens: TokenSet,
  { flow, code, options }: CodeExchange,
): Promise<void> {
  const mismatch =
    mismatchOf('organization', flow.organizationId, tokens.organization?.id) ??
    mismatchOf('workspace', namedWorkspace(flow.workspaceId), tokens.workspace?.id)
  if (mismatch === null) return
  const isRevoked = await tryToRevoke({ ...config, clientId: flow.clientId }, tokens, options)
  const { what, asked, granted } = mismatch
  const secrets = [code, flow.state, flow.verifier, tokens.accessToken, tokens.refreshToken ?? '']
  const [shownGranted, shownAsked] = [granted, asked].map((id) => sanitizeServerText(id, secrets))
  throw new AnthropicAuthError(
    'organization_mismatch',
    `The login is for ${what} ${shownGranted}, but ${what} ${shownAsked} was requested. ${whatBecame(isRevoked)}`,
    { reason: what },
  )
}

/** `default` is an alias: the server may respond with the workspace's real id. */
function namedWorkspace(id: string | null | undefined): string | null | undefined {
  return id === 'default' ? null : id
}

interface Mismatch {
  readonly what: 'organization' | 'workspace'
  readonly asked: string
  readonly granted: string
}

function mismatchOf(
  what: Mismatch['what'],
  asked: string | null | undefined,
  granted: string | undefined,
): Mismatch | null {
  if (asked === undefined || asked === null || granted === undefined) return null
  return isSameId(asked, granted) ? null : { what, asked, granted }
}

/** UUIDs are case-insensitive (RFC 9562, section 4); other ids are not. */
function isSameId(one: string, other: string): boolean {
  if (one === other) return true
  return UUID.test(one) && UUID.test(other) && one.toLowerCase() === other.toLowerCase()
}

/** An error during the revocation must not hide why the tokens are refused. */
async function tryToRevoke(
  config: ResolvedConfig,
  tokens: TokenSet,
  options: RequestOptions,
): Promise<boolean> {
  const { revoke } = config.endpoints
  if (revoke === null) return false
  try {
    await revokeToken(config, revoke, revocableToken(tokens), options)
    return true
  } catch {
    return false
  }
}

function whatBecame(isRevoked: boolean): string {
  return isRevoked
    ? 'The new tokens were revoked.'
    : 'The new tokens could not be revoked, and were discarded.'
}
