// Prints the id of the account, or the code of the error: `profile.ts <profile endpoint>`.
import { isAnthropicAuthError } from '@anthropic-auth/core'
import { BlockingOAuthClient } from '@anthropic-auth/blocking'

const [, , url = ''] = process.argv
const client = new BlockingOAuthClient({ endpoints: { token: url, profile: url }, timeoutMs: 10_000 })
try {
  console.log(client.getProfile('a-token').account.id)
} catch (error) {
  console.log(isAnthropicAuthError(error) ? `${error.code} ${error.reason}` : String(error))
}
