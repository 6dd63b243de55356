import { AnthropicAuthError } from './error.ts'
import { isJsonObject, type JsonObject } from './json-object.ts'
import { isScopeList, splitScope } from './scope.ts'
import { TokenSet, type TokenSetJson } from './token-set.ts'
import { isTokenValue } from './token-value.ts'

/** What the answer was asked with, and what it may leave out. */
export interface TokenGrant {
  readonly type: 'authorization_code' | 'refresh_token'
  /** Milliseconds; before the request was sent, so that a slow answer never makes a token look younger. */
  readonly sentAt: number
  readonly clientId: string
  readonly known: Partial<Omit<TokenSetJson, 'accessToken' | 'expiresAt' | 'clientId'>>
}

const TEN_YEARS = 10 * 365 * 24 * 60 * 60

/** Reads the answer of the token endpoint to any grant (RFC 6749, section 5.1). */
export function readTokenResponse(body: JsonObject, grant: TokenGrant): TokenSet {
  const { known } = grant
  assertBearer(body['token_type'])
  return TokenSet.fromJSON({
    accessToken: readToken('access_token', body['access_token']),
    refreshToken: readOptionalToken('refresh_token', body['refresh_token']) ?? known.refreshToken,
    expiresAt: readExpiresAt(body['expires_in'], grant),
    scopes: readScopes(body['scope'], grant) ?? known.scopes,
    clientId: grant.clientId,
    account: readIdentity(body['account'], 'uuid', 'email_address', 'email') ?? known.account,
    organization: readIdentity(body['organization'], 'uuid', 'name', 'name') ?? known.organization,
    workspace: readIdentity(body['workspace'], 'id', 'name', 'name') ?? known.workspace,
  })
}

function assertBearer(tokenType: unknown): void {
  if (tokenType === undefined || tokenType === null) return
  if (typeof tokenType !== 'string' || tokenType.toLowerCase() !== 'bearer') throw invalid('token_type')
}

function readToken(name: string, value: unknown): string {
  if (!isTokenValue(value)) throw invalid(name)
  return value
}

function readOptionalToken(name: string, value: unknown): string | null {
  return value === undefined || value === null ? null : readToken(name, value)
}

function readExpiresAt(expiresIn: unknown, { type, sentAt }: TokenGrant): number | null {
  if (expiresIn === undefined || expiresIn === null) return null
  const seconds = readSeconds(expiresIn)
  if (seconds !== null) return Math.floor(sentAt / 1000) + Math.min(seconds, TEN_YEARS)
  // The refresh token has rotated by now and must not be lost for a cosmetic field.
  if (type === 'refresh_token') return null
  throw invalid('expires_in')
}

/** Non-negative whole seconds of any size, as a number or as digits; JSON's `1e400` arrives as Infinity. */
function readSeconds(value: unknown): number | null {
  if (typeof value === 'string') return /^\d+$/.test(value) ? Number(value) : null
  return typeof value === 'number' && value >= 0 && (Number.isInteger(value) || value === Infinity)
    ? value
    : null
}

function readScopes(scope: unknown, { type }: TokenGrant): readonly string[] | null {
  if (scope === undefined || scope === null) return null
  const scopes = typeof scope === 'string' ? splitScope(scope) : null
  if (isScopeList(scopes)) return scopes
  if (type === 'refresh_token') return null
  throw invalid('scope')
}

/** Who the tokens belong to: good to know, so that a malformed one is left out, not an error. */
function readIdentity(
  value: unknown,
  idKey: string,
  labelKey: string,
  label: 'email' | 'name',
): object | null {
  if (!isJsonObject(value)) return null
  const { [idKey]: id, [labelKey]: text } = value
  if (typeof id !== 'string' || id === '') return null
  return { id, [label]: typeof text === 'string' ? text : null }
}

function invalid(field: string): AnthropicAuthError {
  return new AnthropicAuthError(
    'invalid_token_response',
    `The token endpoint's answer has no valid ${field}`,
    {
      reason: field,
    },
  )
}
