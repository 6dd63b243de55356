import {
  OAuthClient,
  TokenSet,
  createAuthFetch,
  createTokenProvider,
  isAnthropicAuthError,
  parseAuthorizationResponse,
  type OAuthConfig,
  type OAuthFlow,
  type TokenProvider,
  type TokenSetJson,
} from '@anthropic-auth/core'

const config: OAuthConfig = { clientId: undefined, timeoutMs: 5_000, fetch: (url, init) => fetch(url, init) }
const client = new OAuthClient(config)

export const flow: OAuthFlow = client.startFlow('max', { loginHint: undefined })
export const { code, state } = parseAuthorizationResponse('code#state', flow, { requireState: undefined })

export async function logIn(response: string): Promise<TokenSetJson> {
  const tokens: TokenSet = await client.exchangeCode(response, flow, { signal: AbortSignal.timeout(1_000) })
  return TokenSet.fromJSON(tokens.toJSON()).toJSON()
}

export async function createKey(tokens: TokenSetJson): Promise<string | number | undefined> {
  try {
    return await client.createApiKey(tokens)
  } catch (error) {
    if (isAnthropicAuthError(error, 'rate_limited')) return error.retryAfterSeconds
    throw error
  }
}

export function stayLoggedIn(tokens: TokenSet): typeof fetch {
  const provider: TokenProvider = createTokenProvider(client, { tokens, onRefresh: undefined })
  return createAuthFetch(provider, { origins: undefined })
}
