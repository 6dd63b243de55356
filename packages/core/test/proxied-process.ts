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
  // After a proxy that ends each connection, Node's fetch connects again without end.
  process.stdout.write(text, () => process.exit())
}
