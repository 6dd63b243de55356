import { assertSuccess } from './http-answer.ts'
import { type RequestOptions, send } from './http-client.ts'
import type { ResolvedConfig } from './oauth-config.ts'
import { tokenRequest } from './token-endpoint.ts'

/** What a token is, where that is known (RFC 7009, section 2.1). */
export type TokenTypeHint = 'access_token' | 'refresh_token'

/** Revokes a token (RFC 7009); one that is not valid any more counts as revoked. */
export async function revokeToken(
  config: ResolvedConfig,
  url: string,
  { token, hint }: { readonly token: string; readonly hint: TokenTypeHint | null },
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
