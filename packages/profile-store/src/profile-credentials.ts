import { type AnthropicAuthError, type OAuthMode, TokenSet, isAnthropicAuthError } from '@anthropic-auth/core'
import type { TokenContent } from './files/file-state.ts'
import { jsonFileBytes, parseJsonFile } from './files/json-file.ts'
import type { JsonObject } from '@anthropic-auth/core/internal'
import { isDefaultHost } from './host-endpoints.ts'
import type { FileFormat } from './token-encoding.ts'
import { corruptFile } from './files/own-file.ts'
import {
  hasDamagedHost,
  loginHostOf,
  LOGIN_END,
  LOGIN_MODE,
  namedConsoleOf,
  namedHostOf,
  namedModeOf,
  OWN_KEYS,
  ownKeysFor,
  withLoginEnd,
} from './own-keys.ts'

const TYPE = 'oauth_token'

/** These keys say whose tokens they are. A refresh that does not repeat them keeps them; another login drops them. */
const IDENTITY_KEYS = new Set([
  'scope',
  'organization_uuid',
  'organization_name',
  'account_email',
  'workspace_id',
  'workspace_name',
])

/** The identity keys that stay the same as long as the login does. */
const LOGIN_KEYS = ['organization_uuid', 'account_email', 'workspace_id'] as const

/** A credentials file, with the keys that only other programs know. */
export interface Credentials extends TokenContent {
  readonly json: JsonObject
}

/** The settings of a credentials file that come from the config file. */
interface CredentialsSettings {
  readonly clientId: string | null
  /** The host of the tokens; `null`: the config names none. */
  readonly host: string | null
  /** The host of the consent page; `null`: the config names none. */
  readonly consoleUrl: string | null
  /** `null`: not known. */
  readonly mode: OAuthMode | null
}

/** The format of a profile's credentials file. */
export function credentialsFormat(path: string, settings: CredentialsSettings): FileFormat<Credentials> {
  return {
    async decode(bytes) {
      const json = parseJsonFile(path, bytes)
      const tokens = readCredentials(json, settings.clientId, path)
      if (await hasDamagedHost(json, tokens)) throw damagedHost(path)
      return { json, tokens: await withLoginEnd(json, tokens) }
    },
    encode: async (tokens, present) => jsonFileBytes(await updatedCredentials(present, settings, tokens)),
  }
}

/**
 * Reads the token set of a credentials file. The file has no place for an account id, so the set has no account.
 *
 * @throws AnthropicAuthError `store_failed` with `reason: 'corrupt_file'`, only if there is no access token
 */
function readCredentials(json: JsonObject, clientId: string | null, path: string): TokenSet {
  const { type, access_token: accessToken, scope } = json
  if (typeof type === 'string' && type !== '' && type !== TYPE) {
    throw corruptFile(path, 'holds no OAuth tokens')
  }
  const optional = {
    refreshToken: json['refresh_token'],
    expiresAt: readSeconds(json['expires_at']),
    refreshTokenExpiresAt: readSeconds(json[LOGIN_END]),
    scopes: typeof scope === 'string' ? scope.split(' ').filter((token) => token !== '') : null,
    organization: identified(json['organization_uuid'], json['organization_name']),
    workspace: identified(json['workspace_id'], json['workspace_name']),
  }
  // An odd optional field must not cost the login: if a token set would refuse it, it counts as unknown.
  const valid = Object.entries(optional).filter(([key, value]) => isTokenSet({ accessToken, [key]: value }))
  try {
    return TokenSet.fromJSON({ accessToken, clientId, ...Object.fromEntries(valid) })
  } catch (error) {
    if (isAnthropicAuthError(error, 'store_failed')) throw corruptFile(path, 'holds no valid tokens')
    throw error
  }
}

function isTokenSet(json: object): boolean {
  try {
    TokenSet.fromJSON(json)
    return true
  } catch {
    return false
  }
}

/** Reads whole Unix seconds from a number, which may have a fraction, or from digits. */
function readSeconds(value: unknown): unknown {
  if (typeof value === 'string' && /^\d+$/.test(value)) return Number(value)
  return typeof value === 'number' ? Math.floor(value) : value
}

/**
 * Returns the credentials file for a token set. Values that the set leaves out stay as they were, unless the set
 * clearly belongs to another login. Unknown keys always stay. Saving the same set twice gives the same file.
 */
async function updatedCredentials(
  present: Credentials | null,
  settings: CredentialsSettings,
  tokens: TokenSet,
): Promise<JsonObject> {
  const { clientId } = settings
  const json = present?.json ?? {}
  const said = identityOf(tokens)
  const isOther = differ(clientId, tokens.clientId) || LOGIN_KEYS.some((key) => differ(json[key], said[key]))
  const { refreshToken } = tokens
  const host = settings.host ?? (isOther ? null : await defaultHostOf(present))
  const isOfHost = !isOther && host !== null && namedHostOf(json) === host
  const consoleUrl = settings.consoleUrl ?? (isOfHost ? namedConsoleOf(json) : null)
  const loginEnd = refreshToken === null ? null : loginEndOf(tokens, isOther ? null : present)
  // The config may be lost by now.
  const mode = settings.mode ?? (isOther ? null : namedModeOf(json))
  const own = {
    ...(await ownKeysFor(tokens, { host, consoleUrl, loginEnd })),
    ...(mode === 'max' && { [LOGIN_MODE]: mode }),
  }
  // All other keys belong to the tokens that are replaced.
  const dropped = new Set([
    ...OWN_KEYS,
    LOGIN_MODE,
    ...(isOther ? IDENTITY_KEYS : []),
    ...(refreshToken === null && !hasUnreadRefreshToken(present, tokens) ? ['refresh_token'] : []),
  ])
  return {
    version: '1.0',
    ...Object.fromEntries(Object.entries(json).filter(([key]) => key in own || !dropped.has(key))),
    type: TYPE,
    access_token: tokens.accessToken,
    expires_at: tokens.expiresAt,
    ...(refreshToken === null ? {} : { refresh_token: refreshToken }),
    ...own,
    ...said,
  }
}

/** A refresh at the default host, which no config has to name, keeps the host of the tokens that it replaces. */
async function defaultHostOf(present: Credentials | null): Promise<string | null> {
  const host = present && (await loginHostOf(present.json, present.tokens))
  return host !== null && isDefaultHost(host) ? host : null
}

/** A refresh token that can't be read stays next to its access token: it may be the only copy. */
function hasUnreadRefreshToken(present: Credentials | null, { accessToken }: TokenSet): boolean {
  return present?.tokens.refreshToken === null && present.tokens.accessToken === accessToken
}

/** New tokens show that the login has not ended, so a stored end in the past belongs to an earlier login. */
function loginEndOf({ refreshTokenExpiresAt }: TokenSet, present: Credentials | null): number | null {
  if (refreshTokenExpiresAt !== null) return refreshTokenExpiresAt
  const end = present?.tokens.refreshTokenExpiresAt ?? null
  return end !== null && end > Date.now() / 1000 ? end : null
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

function damagedHost(path: string): AnthropicAuthError {
  return corruptFile(path, 'has a login_base_url that is not the URL of a host')
}
