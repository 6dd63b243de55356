import type { ResolvedConfig } from '../config/oauth-config.ts'
import { send } from '../http/http-client.ts'
import { assertSuccess } from '../http/http-response.ts'
import type { RequestOptions } from '../http/request-options.ts'
import { tokenRequest } from './token-endpoint.ts'
import type { TokenSet } from './token-set.ts'

/** A token to revoke. */
export interface RevocableToken {
  readonly token: string
  /** The kind of token, if known (RFC 7009, section 2.1). */
  readonly hint: 'access_token' | 'refresh_token' | null
}

/** Returns the token whose revocation ends the login: the refresh token, or the access token if there is none. */
export function revocableToken(tokens: string | TokenSet): RevocableToken {
  if (typeof tokens === 'string') return { token: tokens, hint: null }
  const { refreshToken, accessToken } = tokens
  return refreshToken === null
    ? { token: accessToken, hint: 'access_token' }
    : { token: refreshToken, hint: 'refresh_token' }
}

/** Revokes a token (RFC 7009). A token that is no longer valid counts as revoked. */
export async function revokeToken(
  config: ResolvedConfig,
  url: string,
  { token, hint }: RevocableToken,
  options: RequestOptions,
): Promise<void> {
  const parameters = { token, ...(hint !== null && { token_type_hint: hint }), client_id: config.clientId }
  const request = {
    ...tokenRequest(config, [token], parameters),
    name: 'revocation endpoint',
    url,
    repeatable: true,
  }
  assertSuccess(await send(request, config, options), request)
}
