// The keys of a credentials file that only this package uses. Other programs ignore them, and keep them when they write
// other tokens: so a digest says which tokens they are about.
import { type OAuthMode, TokenSet } from '@anthropic-auth/core'
import { digestOf } from './files/leftover.ts'
import { isHostUrl } from './host-url.ts'
import type { JsonObject } from '@anthropic-auth/core/internal'

/** When the login ends, however often it is refreshed. */
export const LOGIN_END = 'refresh_token_expires_at'
/** The host of the login, unless it is the default one. */
const HOST = 'login_base_url'
/** The digest of the refresh token, or of the access token if there is no other. */
const TOKEN_DIGEST = 'login_token_digest'
/** How the user logged in, unless in the default mode. The next login does the same, so it is about no tokens. */
export const LOGIN_MODE = 'login_mode'

export const OWN_KEYS: ReadonlySet<string> = new Set([LOGIN_END, HOST, TOKEN_DIGEST])

/** Returns the tokens of a file. An end in the past that is about other tokens counts as unknown. */
export async function withLoginEnd(json: JsonObject, tokens: TokenSet): Promise<TokenSet> {
  const { refreshTokenExpiresAt } = tokens
  const isOver = refreshTokenExpiresAt !== null && refreshTokenExpiresAt <= Date.now() / 1000
  // Reading a profile must not load Node's cryptography for nothing.
  if (!isOver || !(TOKEN_DIGEST in json) || (await areAbout(json, tokens))) return tokens
  return endingAt(null, tokens)
}

/** Returns the same tokens, of a login that ends at another instant; `null`: unknown. */
export function endingAt(refreshTokenExpiresAt: number | null, tokens: TokenSet): TokenSet {
  return TokenSet.fromJSON({ ...tokens.toJSON(), refreshTokenExpiresAt })
}

/** Returns the host of a login whose own keys are about other settings; `null` when there is nothing to refuse. */
export async function foreignHostOf(
  json: JsonObject,
  tokens: TokenSet,
  isAllowed: (host: string) => boolean,
): Promise<string | null> {
  const host = namedHostOf(json)
  if (host === null || isAllowed(host)) return null
  return (await areAbout(json, tokens)) ? host : null
}

/** Returns the host that a credentials file names, even if it may be about other tokens: for a hint. */
export function namedHostOf(json: JsonObject): string | null {
  const host = json[HOST]
  return isHostUrl(host) ? host : null
}

/** Whether the file names a host for these tokens, but in a way that can't be read. It must not count as no host. */
export async function hasDamagedHost(json: JsonObject, tokens: TokenSet): Promise<boolean> {
  return HOST in json && namedHostOf(json) === null && (await areAbout(json, tokens))
}

/** Returns the mode that a credentials file names; `null`: the default one, or not known. */
export function namedModeOf(json: JsonObject): OAuthMode | null {
  return json[LOGIN_MODE] === 'max' ? 'max' : null
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

async function areAbout(json: JsonObject, tokens: TokenSet): Promise<boolean> {
  return json[TOKEN_DIGEST] === (await digestOfTokens(tokens))
}

async function digestOfTokens({ refreshToken, accessToken }: TokenSet): Promise<string> {
  return digestOf(refreshToken ?? accessToken)
}
