import type { ResolvedConfig } from '../config/oauth-config.ts'
import { AnthropicAuthError } from '../error/error.ts'
import { type HttpRequest, send } from '../http/http-client.ts'
import { readJsonResponse } from '../http/http-response.ts'
import type { RequestOptions } from '../http/request-options.ts'
import { isTokenValue } from '../syntax/token-value.ts'

/** Creates an API key. The request is sent once, since each one creates another key. */
export async function createApiKey(
  config: ResolvedConfig,
  url: string,
  accessToken: string,
  options: RequestOptions,
): Promise<string> {
  const request: HttpRequest = {
    name: 'API key endpoint',
    method: 'POST',
    url,
    headers: { authorization: `Bearer ${accessToken}`, 'content-type': 'application/json' },
    body: '{}',
    secrets: [accessToken],
    repeatable: false,
  }
  const { raw_key: key } = readJsonResponse(await send(request, config, options), request)
  if (isTokenValue(key)) return key
  throw new AnthropicAuthError(
    'invalid_token_response',
    'The response of the API key endpoint has no valid raw_key',
    { reason: 'raw_key' },
  )
}
