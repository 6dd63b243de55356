import {
  BlockingOAuthClient,
  type BlockingOAuthConfig,
  type BlockingRequestOptions,
} from '@anthropic-auth/blocking'

const config: BlockingOAuthConfig = { clientId: undefined, timeoutMs: 5_000 }
const options: BlockingRequestOptions = { timeoutMs: undefined }

export function logIn(response: string): string {
  const client = new BlockingOAuthClient(config)
  try {
    const tokens = client.exchangeCode(response, client.startFlow('console'), options)
    return client.createApiKey(client.refreshToken(tokens.toJSON()))
  } finally {
    client.close()
  }
}
