import { AnthropicAuthError } from '../error/error.ts'
import { isJsonObject, type JsonObject } from '../syntax/json-object.ts'
import { membersOf } from '../syntax/members.ts'
import { isScopeList, splitScope } from '../syntax/scope.ts'
import { isTokenValue } from '../syntax/token-value.ts'
import { TEN_YEARS, TokenSet, type TokenSetJson } from './token-set.ts'

/** The request behind a token response, and the known values that the response may leave out. */
export interface TokenGrant {
  /** When the request was sent, in milliseconds. Lifetimes begin here, so that a slow response doesn't extend them. */
  readonly sentAt: number
  /** `null` for tokens that were not issued to a client. */
  readonly clientId: string | null
  readonly known: Partial<Omit<TokenSetJson, 'accessToken' | 'expiresAt' | 'clientId'>>
}

const UNKNOWN_LIFETIME = 60 * 60

/**
 * Reads the response of the token endpoint to any grant (RFC 6749, section 5.1).
 *
 * When the response arrives, the code or the old refresh token is used up. So only an unusable access token is an error.
 * Any other invalid field counts as missing.
 */
export function readTokenResponse(body: JsonObject, grant: TokenGrant): TokenSet {
  const { sentAt, clientId } = grant
  const known = membersOf(grant.known)
  assertBearer(body['token_type'])
  const refreshToken = readRefreshToken(body['refresh_token']) ?? known.refreshToken ?? null
  const accessExpiry = readInstant(body['expires_in'], sentAt)
  const loginExpiry = readInstant(body['refresh_token_expires_in'], sentAt) ?? stillAhead(known, sentAt)
  return TokenSet.fromJSON({
    accessToken: readAccessToken(body['access_token']),
    refreshToken,
    expiresAt: accessExpiry ?? guessedExpiry(refreshToken, sentAt),
    // Without a refresh token, the login ends with the access token.
    refreshTokenExpiresAt: refreshToken === null ? null : loginExpiry,
    scopes: readScopes(body['scope']) ?? known.scopes,
    clientId,
    account: readIdentity(body['account'], 'uuid', 'email_address', 'email') ?? known.account,
    organization: readIdentity(body['organization'], 'uuid', 'name', 'name') ?? known.organization,
    workspace: readIdentity(body['workspace'], 'id', 'name', 'name') ?? known.workspace,
  })
}

/** A login that has just been refreshed hasn't ended. If its known end is in the past, it was wrong. */
function stillAhead({ refreshTokenExpiresAt }: TokenGrant['known'], sentAt: number): number | null {
  if (refreshTokenExpiresAt === undefined || refreshTokenExpiresAt === null) return null
  return refreshTokenExpiresAt > sentAt / 1000 ? refreshTokenExpiresAt : null
}

function assertBearer(tokenType: unknown): void {
  if (tokenType === undefined || tokenType === null || isBlank(tokenType)) return
  if (typeof tokenType === 'string' && tokenType.toLowerCase() === 'bearer') return
  throw invalidTokenResponse('token_type')
}

/** Some servers send an empty text for an unknown value. */
function isBlank(value: unknown): boolean {
  return typeof value === 'string' && value.trim() === ''
}

function readAccessToken(value: unknown): string {
  if (!isTokenValue(value)) throw invalidTokenResponse('access_token')
  return value
}

function readRefreshToken(value: unknown): string | null {
  return isTokenValue(value) ? value : null
}

/** Returns the end, in Unix seconds, of a lifetime that began when the request was sent. */
function readInstant(lifetime: unknown, sentAt: number): number | null {
  const seconds = readSeconds(lifetime)
  return seconds === null ? null : Math.floor(sentAt / 1000) + Math.min(seconds, TEN_YEARS)
}

/** Reads whole seconds from a number or digits. The number may be Infinity, from `1e400` in the JSON. */
function readSeconds(value: unknown): number | null {
  if (typeof value === 'string') return /^\d+$/.test(value) ? Number(value) : null
  return typeof value === 'number' && value >= 0 ? Math.floor(value) : null
}

/** Assumes an hour if the lifetime is unknown and there is a refresh token, so that the token is refreshed in time. */
function guessedExpiry(refreshToken: string | null, sentAt: number): number | null {
  return refreshToken === null ? null : Math.floor(sentAt / 1000) + UNKNOWN_LIFETIME
}

function readScopes(scope: unknown): readonly string[] | null {
  const scopes = typeof scope === 'string' ? splitScope(scope) : null
  return isScopeList(scopes) ? scopes : null
}

/** Reads the account, organization or workspace that the tokens belong to. */
function readIdentity(
  value: unknown,
  idKey: string,
  labelKey: string,
  label: 'email' | 'name',
): object | null {
  if (!isJsonObject(value)) return null
  const { [idKey]: id, [labelKey]: text } = membersOf(value)
  if (typeof id !== 'string' || id === '') return null
  return { id, [label]: typeof text === 'string' ? text : null }
}

/** The error for a response whose `field` is missing or wrong. */
export function invalidTokenResponse(field: string): AnthropicAuthError {
  return new AnthropicAuthError(
    'invalid_token_response',
    `The response of the token endpoint has no valid ${field}`,
    { reason: field },
  )
}
