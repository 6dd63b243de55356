import { BlockingOAuthClient } from '@anthropic-auth/blocking'
import { AnthropicAuthError, TokenSet } from '@anthropic-auth/core'
import type { CheckResult, ReachableEmulator } from './login-checks.ts'

/** A whole login without `await`, where threads can block; the person's part alone is awaited. */
export async function runBlockingChecks({
  endpoints,
  approveUrl,
}: ReachableEmulator): Promise<CheckResult[]> {
  const client = new BlockingOAuthClient({ endpoints })
  const flow = client.startFlow('console')
  const approval = await fetch(approveUrl, { method: 'POST', body: flow.authorizationUrl })
  const answer = await approval.text()
  return [
    check('BlockingOAuthClient: logs in', () => {
      const tokens = client.exchangeCode(answer, flow)
      const refreshed = client.refreshToken(tokens)
      return refreshed instanceof TokenSet && client.createApiKey(refreshed).startsWith('sk-ant-api03-')
    }),
    check('BlockingOAuthClient: throws the errors of core', () => {
      try {
        client.exchangeCode(answer, flow)
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
