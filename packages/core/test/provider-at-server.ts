import {
  type AnthropicAuthErrorCode,
  createTokenProvider,
  OAuthClient,
  type TokenProvider,
  type TokenProviderOptions,
} from '@anthropic-auth/core'
import { type RawServer, startRawServer } from './raw-server.ts'
import type { Reply } from './reply.ts'

/** A provider, and the server of its refreshes. */
export interface ProviderAtServer {
  readonly provider: TokenProvider
  readonly server: RawServer
  /** The errors that `onError` received. */
  readonly reported: readonly AnthropicAuthErrorCode[]
}

/** Starts a server that gives its n-th refresh the n-th reply and all later ones the last, and a provider for it. */
export async function startProvider(
  { timeoutMs, ...options }: TokenProviderOptions & { readonly timeoutMs?: number },
  ...replies: readonly Reply[]
): Promise<ProviderAtServer> {
  const server = await startRawServer(replies)
  const client = new OAuthClient({ endpoints: server.endpoints, timeoutMs })
  const reported: AnthropicAuthErrorCode[] = []
  const provider = createTokenProvider(client, {
    onError: ({ code }) => void reported.push(code),
    ...options,
  })
  return { provider, server, reported }
}

/** Returns the access token of one call. */
export async function tokenOf(call: ReturnType<TokenProvider>): Promise<string> {
  return (await call).token
}
