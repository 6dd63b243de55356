// The keys of a credentials file that only this package uses. Other programs ignore them, and keep them when they write
// other tokens: so a digest says which tokens they are about.
import { TokenSet } from '@anthropic-auth/core'
import { digestOf } from './files/leftover.ts'
import type { JsonObject } from '@anthropic-auth/core/internal'

/** When the login ends, however often it is refreshed. */
export const LOGIN_END = 'refresh_token_expires_at'
/** When the server refused the refresh token for good. */
const ENDED_AT = 'login_ended_at'
/** The host of the login, unless it is the default one. */
const HOST = 'login_base_url'
/** The digest of the refresh token, or of the access token if there is no other. */
const TOKEN_DIGEST = 'login_token_digest'

export const OWN_KEYS: ReadonlySet<string> = new Set([LOGIN_END, ENDED_AT, HOST, TOKEN_DIGEST])

/** What the own keys say about the tokens in the file. */
export interface OwnFacts {
  readonly tokens: TokenSet
  /** Whether the server has refused the refresh token for good. */
  readonly hasEnded: boolean
}

/**
 * Reads the end of a login. A refused refresh token gives it an end in the past. An end in the past that is about other
 * tokens counts as unknown: another program has logged in since.
 */
export async function readLoginEnd(json: JsonObject, tokens: TokenSet): Promise<OwnFacts> {
  const now = Math.floor(Date.now() / 1000)
  const endedAt = json[ENDED_AT]
  const isMarked = typeof endedAt === 'number' && endedAt >= 0
  // Reading a profile must not load Node's cryptography for nothing.
  if (!isMarked && !isStale(json, tokens, now)) return { tokens, hasEnded: false }
  if (!(await areAbout(json, tokens))) {
    return { tokens: isStale(json, tokens, now) ? endingAt(null, tokens) : tokens, hasEnded: false }
  }
  if (!isMarked) return { tokens, hasEnded: false }
  // The clock may have been set back since.
  return { tokens: endingAt(Math.min(Math.floor(endedAt), now), tokens), hasEnded: true }
}

/** Returns the host of a login whose own keys are about other settings; `null` when there is nothing to refuse. */
export async function foreignHostOf(
  json: JsonObject,
  tokens: TokenSet,
  isAllowed: (host: string) => boolean,
): Promise<string | null> {
  const host = json[HOST]
  if (typeof host !== 'string' || isAllowed(host)) return null
  return (await areAbout(json, tokens)) ? host : null
}

/** Returns the host that a credentials file names, even if it may be about other tokens: for a hint. */
export function namedHostOf(json: JsonObject): string | null {
  const host = json[HOST]
  return typeof host === 'string' ? host : null
}

/** Returns the own keys for tokens that are saved. `host` is `null` for the default one. */
export async function ownKeysFor(
  tokens: TokenSet,
  { host, loginEnd }: { readonly host: string | null; readonly loginEnd: number | null },
): Promise<JsonObject> {
  if (host === null && loginEnd === null) return {}
  return {
    ...(loginEnd !== null && { [LOGIN_END]: loginEnd }),
    ...(host !== null && { [HOST]: host }),
    [TOKEN_DIGEST]: await digestOfTokens(tokens),
  }
}

/** Returns the content of a file once the server has refused its refresh token for good. */
export async function markedAsEnded(json: JsonObject, tokens: TokenSet): Promise<JsonObject> {
  const kept = (await areAbout(json, tokens)) ? json : withoutOwnKeys(json)
  return {
    ...kept,
    [ENDED_AT]: Math.floor(Date.now() / 1000),
    [TOKEN_DIGEST]: await digestOfTokens(tokens),
  }
}

function withoutOwnKeys(json: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(json).filter(([key]) => !OWN_KEYS.has(key)))
}

/** Whether the known end has passed, and the file says which tokens it is about. */
function isStale(json: JsonObject, { refreshTokenExpiresAt }: TokenSet, now: number): boolean {
  return refreshTokenExpiresAt !== null && refreshTokenExpiresAt <= now && TOKEN_DIGEST in json
}

async function areAbout(json: JsonObject, tokens: TokenSet): Promise<boolean> {
  return json[TOKEN_DIGEST] === (await digestOfTokens(tokens))
}

async function digestOfTokens({ refreshToken, accessToken }: TokenSet): Promise<string> {
  return digestOf(refreshToken ?? accessToken)
}

function endingAt(refreshTokenExpiresAt: number | null, tokens: TokenSet): TokenSet {
  return TokenSet.fromJSON({ ...tokens.toJSON(), refreshTokenExpiresAt })
}
