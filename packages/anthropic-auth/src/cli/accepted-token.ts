import { isAnthropicAuthError } from '@anthropic-auth/core'
import type { CommandTokenProvider } from './command-token-provider.ts'

/**
 * Calls the API with the tokens of a login. If the API refuses the access token, refreshes the tokens and calls it again:
 * a token can be revoked before it expires.
 *
 * @throws AnthropicAuthError `reauthentication_required` when the login has ended, or as `call`
 */
export async function withAcceptedToken<T>(
  provider: CommandTokenProvider,
  call: () => Promise<T>,
): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if (!isAnthropicAuthError(error, 'http_error') || error.status !== 401) throw error
    await provider.accessToken({ forceRefresh: true })
    return call()
  }
}
