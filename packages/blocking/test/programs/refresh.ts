// Refreshes, and prints the new access token or the code of the error: `refresh.ts <token endpoint> <timeoutMs>`.
import { isAnthropicAuthError } from '@anthropic-auth/core'
import { BlockingOAuthClient } from '@anthropic-auth/blocking'

const [, , url = '', timeoutMs = ''] = process.argv
const client = new BlockingOAuthClient({
  endpoints: { token: url },
  timeoutMs: Number(timeoutMs),
  // Tells the server which process to stop.
  userAgent: `refresh/${process.pid}`,
})
try {
  console.log(client.refreshToken('a-refresh-token').accessToken)
} catch (error) {
  console.log(isAnthropicAuthError(error) ? error.code : String(error))
}
