// The keys of a credentials file that only this package uses. Other programs ignore them, and keep them when they write
// other tokens. So a digest says which tokens the keys belong to.
import { type OAuthMode, TokenSet } from '@anthropic-auth/core'
import { digestOf } from './files/leftover.ts'
import { isHostUrl } from './host-url.ts'
import type { JsonObject } from '@anthropic-auth/core/internal'

/** When the login ends, however often it is refreshed. */
export const LOGIN_END = 'refresh_token_expires_at'
/** The `expires_at` of the tokens that came with this end. It is compared at each load, where a digest would take longer. */
const END_TOKENS_EXPIRY = 'login_expires_at'
/** The host that issued the tokens. */
const HOST = 'login_base_url'
/** The host of the consent page, unless it is a default one or that of the tokens. Only the hint for a lost config needs it. */
const CONSOLE = 'login_console_url'
/** The digest of the refresh token, or of the access token if there is no refresh token. */
const TOKEN_DIGEST = 'login_token_digest'
/** The mode of the login, unless it is the default one. The next login uses it again, whatever the tokens are. */
export const LOGIN_MODE = 'login_mode'

export const OWN_KEYS: ReadonlySet<string> = new Set([
  LOGIN_END,
  END_TOKENS_EXPIRY,
  HOST,
  CONSOLE,
  TOKEN_DIGEST,
])

/** Returns the tokens of a file. An end that belongs to other tokens counts as unknown. */
export async function withLoginEnd(json: JsonObject, tokens: TokenSet): Promise<TokenSet> {
  const { refreshTokenExpiresAt } = tokens
  const cameWith = END_TOKENS_EXPIRY in json ? json[END_TOKENS_EXPIRY] : json['expires_at']
  if (cameWith !== json['expires_at']) return endingAt(null, tokens)
  const isOver = refreshTokenExpiresAt !== null && refreshTokenExpiresAt <= Date.now() / 1000
  // Don't load Node's cryptography each time that a profile is read.
  if (!isOver || !(TOKEN_DIGEST in json) || (await areAbout(json, tokens))) return tokens
  return endingAt(null, tokens)
}

/** Returns the same tokens with another end of the login. `null` means that the end is unknown. */
export function endingAt(refreshTokenExpiresAt: number | null, tokens: TokenSet): TokenSet {
  return TokenSet.fromJSON({ ...tokens.toJSON(), refreshTokenExpiresAt })
}

/** Returns the host that issued the tokens if it is not allowed, or `null` if there is nothing to refuse. */
export async function foreignHostOf(
  json: JsonObject,
  tokens: TokenSet,
  isAllowed: (host: string) => boolean,
): Promise<string | null> {
  const host = namedHostOf(json)
  if (host === null || isAllowed(host)) return null
  return (await areAbout(json, tokens)) ? host : null
}

/** Returns the host that issued the tokens, or `null` if it is not known. */
export async function loginHostOf(json: JsonObject, tokens: TokenSet): Promise<string | null> {
  return foreignHostOf(json, tokens, () => false)
}

/** Returns the host that a credentials file names. It may belong to other tokens, which is good enough for a hint. */
export function namedHostOf(json: JsonObject): string | null {
  const host = json[HOST]
  return isHostUrl(host) ? host : null
}

/** Returns the host of the consent page that a credentials file names, for a hint. */
export function namedConsoleOf(json: JsonObject): string | null {
  const host = json[CONSOLE]
  return isHostUrl(host) ? host : null
}

/** Whether the file names an unreadable host for these tokens. That must not count as naming no host. */
export async function hasDamagedHost(json: JsonObject, tokens: TokenSet): Promise<boolean> {
  return HOST in json && namedHostOf(json) === null && (await areAbout(json, tokens))
}

/** Returns the mode that a credentials file names. `null` means the default one, or not known. */
export function namedModeOf(json: JsonObject): OAuthMode | null {
  return json[LOGIN_MODE] === 'max' ? 'max' : null
}

/** The origin and the end of the tokens to save; `null`: not known. */
interface KnownOrigin {
  readonly host: string | null
  readonly consoleUrl: string | null
  readonly loginEnd: number | null
}

/** Returns our own keys for the tokens to save. */
export async function ownKeysFor(
  tokens: TokenSet,
  { host, consoleUrl, loginEnd }: KnownOrigin,
): Promise<JsonObject> {
  if (host === null && loginEnd === null) return {}
  return {
    ...(loginEnd !== null && { [LOGIN_END]: loginEnd, [END_TOKENS_EXPIRY]: tokens.expiresAt }),
    ...(host !== null && { [HOST]: host }),
    ...(host !== null && consoleUrl !== null && consoleUrl !== host && { [CONSOLE]: consoleUrl }),
    [TOKEN_DIGEST]: await digestOfTokens(tokens),
  }
}

async function areAbout(json: JsonObject, tokens: TokenSet): Promise<boolean> {
  return json[TOKEN_DIGEST] === (await digestOfTokens(tokens))
}

async function digestOfTokens({ refreshToken, accessToken }: TokenSet): Promise<string> {
  return digestOf(refreshToken ?? accessToken)
}
