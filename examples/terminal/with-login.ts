import { createInterface } from 'node:readline/promises'
import {
  isAnthropicAuthError,
  type OAuthClient,
  type TokenProvider,
  type TokenSet,
  type TokenStore,
} from '@anthropic-auth/core'

interface StoredLogin {
  readonly client: OAuthClient
  readonly store: TokenStore & Required<Pick<TokenStore, 'lock' | 'prepareSave'>>
  /** Refreshes the tokens in the store. */
  readonly provider: TokenProvider
}

/** Calls `use`, which needs a login. If nobody has logged in yet, or the login has ended, asks for a new one first. */
export async function withLogin<T>(
  { client, store, provider }: StoredLogin,
  use: () => Promise<T>,
): Promise<T> {
  try {
    return await use()
  } catch (error) {
    if (!isAnthropicAuthError(error, 'reauthentication_required')) throw error
    // Check this before the user opens the browser: a login that can't be saved would be lost.
    await store.lock(async () => store.prepareSave())
    await provider.setTokens(await logIn(client))
    return use()
  }
}

async function logIn(client: OAuthClient): Promise<TokenSet> {
  const flow = client.startFlow('console')
  console.log(`Open this link in your browser and allow access:\n\n${flow.authorizationUrl}\n`)
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const response = await terminal.question('Paste the code (code#state): ')
  terminal.close()
  return client.exchangeCode(response, flow)
}
