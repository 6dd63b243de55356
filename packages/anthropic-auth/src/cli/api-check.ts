import { AnthropicAuthError, type OAuthClient, type TokenSet } from '@anthropic-auth/core'
import { tokenHeaders } from './token-headers.ts'

/**
 * Asks the API whether it accepts an access token.
 *
 * @param host - the host of the API
 * @throws AnthropicAuthError `http_error`, `network_error`, `aborted`, or as `getProfile()`
 */
export async function checkToken(
  client: OAuthClient,
  tokens: TokenSet,
  { host, signal }: { readonly host: string; readonly signal: AbortSignal },
): Promise<void> {
  if (tokens.scopes === null || tokens.scopes.includes('user:profile')) {
    await client.getProfile(tokens, { signal })
  } else
    await listModels(tokens, host, AbortSignal.any([signal, AbortSignal.timeout(client.config.timeoutMs)]))
}

/** Any token may list the models. */
async function listModels({ accessToken }: TokenSet, host: string, signal: AbortSignal): Promise<void> {
  const response = await fetch(`${host}/v1/models?limit=1`, {
    headers: { ...tokenHeaders(accessToken), 'anthropic-version': '2023-06-01' },
    redirect: 'manual',
    signal,
  }).catch(() => {
    throw notReached(signal)
  })
  await response.body?.cancel()
  if (response.ok) return
  const { status } = response
  throw new AnthropicAuthError('http_error', `The API refused the access token (HTTP ${status})`, {
    status,
    reason: status === 401 ? 'unauthorized' : undefined,
  })
}

function notReached(signal: AbortSignal): AnthropicAuthError {
  if (!signal.aborted)
    return new AnthropicAuthError('network_error', "Can't reach the API", { retryable: true })
  const reason: unknown = signal.reason
  const isTimeout = reason instanceof Error && reason.name === 'TimeoutError'
  return new AnthropicAuthError(isTimeout ? 'timeout' : 'aborted', 'The API did not respond in time')
}
