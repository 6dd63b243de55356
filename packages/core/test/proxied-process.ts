import { isAnthropicAuthError, OAuthClient } from '@anthropic-auth/core'

// Prints the error of a refresh at a host that doesn't exist.

const client = new OAuthClient({ endpoints: { token: 'https://auth.invalid/token' }, timeoutMs: 20_000 })
try {
  await client.refreshToken('a-refresh-token')
} catch (error) {
  process.stdout.write(JSON.stringify(isAnthropicAuthError(error) ? error : String(error)))
}
