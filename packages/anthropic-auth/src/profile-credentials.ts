import { TokenSet, isAnthropicAuthError } from '@anthropic-auth/core'
import { corruptFile } from './json-file.ts'
import type { JsonObject } from './json-object.ts'

const TYPE = 'oauth_token'

/** What tells whose tokens they are: kept through a refresh that does not repeat it, dropped at another login. */
const IDENTITY_KEYS = new Set([
  'scope',
  'organization_uuid',
  'organization_name',
  'account_email',
  'workspace_id',
  'workspace_name',
])

/** Those of them that are the same as long as the login is. */
const LOGIN_KEYS = ['organization_uuid', 'account_email', 'workspace_id'] as const

/** The token set of a credentials file. An account has an id, which the file does not have: there is none. */
export function readCredentials(json: JsonObject, clientId: string | null, path: string): TokenSet {
  const { type, access_token: accessToken, refresh_token: refreshToken, expires_at: expiresAt, scope } = json
  if (type !== undefined && type !== TYPE) throw corruptFile(path, 'holds no OAuth tokens')
  try {
    return TokenSet.fromJSON({
      accessToken,
      refreshToken: refreshToken === '' ? null : refreshToken,
      expiresAt: typeof expiresAt === 'number' ? Math.floor(expiresAt) : expiresAt,
      scopes: typeof scope === 'string' ? scope.split(' ').filter((token) => token !== '') : null,
      clientId,
      organization: identified(json['organization_uuid'], json['organization_name']),
      workspace: identified(json['workspace_id'], json['workspace_name']),
    })
  } catch (error) {
    if (isAnthropicAuthError(error, 'store_failed')) throw corruptFile(path, 'holds no valid tokens')
    throw error
  }
}

/**
 * The credentials file for a token set. What the set does not say stays as it was, unless it is visibly of another
 * login than the file; so do all unknown keys.
 */
export function updatedCredentials(json: JsonObject, clientId: string | null, tokens: TokenSet): JsonObject {
  const said = identityOf(tokens)
  const isOther = differ(clientId, tokens.clientId) || LOGIN_KEYS.some((key) => differ(json[key], said[key]))
  const kept = Object.entries(json).filter(([key]) => !(isOther && IDENTITY_KEYS.has(key)))
  const { refresh_token: _replaced, ...rest } = Object.fromEntries(kept)
  return {
    version: '1.0',
    ...rest,
    type: TYPE,
    access_token: tokens.accessToken,
    expires_at: tokens.expiresAt,
    ...(tokens.refreshToken === null ? {} : { refresh_token: tokens.refreshToken }),
    ...said,
  }
}

function identityOf({ scopes, account, organization, workspace }: TokenSet): JsonObject {
  const said = {
    scope: scopes?.join(' '),
    organization_uuid: organization?.id,
    organization_name: organization?.name,
    account_email: account?.email,
    workspace_id: workspace?.id,
    workspace_name: workspace?.name,
  }
  return Object.fromEntries(Object.entries(said).filter(([, value]) => typeof value === 'string'))
}

/** Whether both are known, and not the same. */
function differ(one: unknown, other: unknown): boolean {
  return typeof one === 'string' && typeof other === 'string' && one !== other
}

function identified(id: unknown, name: unknown): object | null {
  if (typeof id !== 'string' || id === '') return null
  return { id, name: typeof name === 'string' ? name : null }
}
