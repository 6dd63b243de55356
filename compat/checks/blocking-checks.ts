import { BlockingOAuthClient } from '@anthropic-auth/blocking'
import { AnthropicAuthError, TokenSet } from '@anthropic-auth/core'
import type { CheckResult, ReachableEmulator } from './login-checks.ts'

/** A whole login without `await`, in runtimes whose threads can block. Only the user's part is awaited. */
export async function runBlockingChecks({
  endpoints,
  approveUrl,
}: ReachableEmulator): Promise<CheckResult[]> {
  const client = new BlockingOAuthClient({ endpoints })
  const flow = client.startFlow('console')
  const approval = await fetch(approveUrl, { method: 'POST', body: flow.authorizationUrl })
  const pasted = await approval.text()
  return [
    check('BlockingOAuthClient: logs in', () => {
      const tokens = client.exchangeCode(pasted, flow)
      const refreshed = client.refreshToken(tokens)
      return refreshed instanceof TokenSet && client.createApiKey(refreshed).startsWith('sk-ant-api03-')
    }),
    check('BlockingOAuthClient: throws the errors of core', () => {
      try {
        client.exchangeCode(pasted, flow)
      } catch (error) {
        return error instanceof AnthropicAuthError && error.code === 'oauth_error'
      }
      return false
    }),
  ]
}

function check(name: string, holds: () => boolean): CheckResult {
  try {
    return { name, problem: holds() ? null : 'it does not' }
  } catch (error) {
    return { name, problem: String(error) }
  }
}
