import { BlockingOAuthClient } from '@anthropic-auth/blocking'
import { AnthropicAuthError, TokenSet } from '@anthropic-auth/core'
import { assertEqual, type CheckResult, resultsOf } from './check.ts'
import type { ReachableEmulator } from './check-setup.ts'

/** A whole login without `await`, in runtimes whose threads can block. It awaits only the user's part. */
export async function runBlockingChecks({
  endpoints,
  approveUrl,
}: ReachableEmulator): Promise<CheckResult[]> {
  const client = new BlockingOAuthClient({ endpoints })
  const flow = client.startFlow('console')
  const approval = await fetch(approveUrl, { method: 'POST', body: flow.authorizationUrl })
  const pasted = await approval.text()
  return resultsOf({
    'BlockingOAuthClient: logs in': () => {
      const tokens = client.exchangeCode(pasted, flow)
      const refreshed = client.refreshToken(tokens)
      assertEqual(refreshed instanceof TokenSet, true)
      assertEqual(client.createApiKey(refreshed).startsWith('sk-ant-api03-'), true)
    },
    'BlockingOAuthClient: throws the errors of core': () => {
      const error = errorOf(() => client.exchangeCode(pasted, flow))
      assertEqual(error instanceof AnthropicAuthError && error.code, 'oauth_error')
    },
  })
}

function errorOf(action: () => unknown): unknown {
  try {
    action()
  } catch (error) {
    return error
  }
  return undefined
}
