import type { OAuthClient, TokenSet } from '@anthropic-auth/core'
import { type HttpRequest, MAX_RETRIES, readJsonResponse, send } from '@anthropic-auth/core/internal'
import { tokenHeaders } from './token-headers.ts'

interface Api {
  /** The URL of its host. */
  readonly host: string
  readonly signal: AbortSignal
}

/**
 * Asks the API whether it accepts an access token.
 *
 * @throws AnthropicAuthError as `getProfile()`
 */
export async function checkToken(client: OAuthClient, tokens: TokenSet, api: Api): Promise<void> {
  const { scopes } = tokens
  if (scopes === null || scopes.includes('user:profile')) {
    await client.getProfile(tokens, { signal: api.signal })
  } else await listModels(client, tokens, api)
}

/** Any token may list the models. */
async function listModels(
  client: OAuthClient,
  { accessToken }: TokenSet,
  { host, signal }: Api,
): Promise<void> {
  const request: HttpRequest = {
    name: 'models endpoint',
    method: 'GET',
    url: `${host}/v1/models?limit=1`,
    headers: { ...tokenHeaders(accessToken), 'anthropic-version': '2023-06-01' },
    secrets: [accessToken],
    repeatable: true,
    retries: MAX_RETRIES,
  }
  readJsonResponse(await send(request, client.config, { signal }), request)
}
