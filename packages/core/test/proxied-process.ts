import { isAnthropicAuthError, OAuthClient } from '@anthropic-auth/core'

// Prints the error of a refresh at a host that doesn't exist.

const client = new OAuthClient({
  endpoints: { token: 'https://auth.invalid/token' },
  timeoutMs: Number(process.argv[2] ?? 20_000),
})
try {
  await client.refreshToken('a-refresh-token')
} catch (error) {
  const text = JSON.stringify(isAnthropicAuthError(error) ? error : String(error))
  // If a proxy closes each connection, Node's fetch reconnects forever and keeps the process alive.
  process.stdout.write(text, () => process.exit())
}
