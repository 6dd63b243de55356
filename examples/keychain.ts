// Keeps a login in the keychain of the system: asks for one at its first start, and no more after that.
//
//   node keychain.ts              the real service
//   node keychain.ts --emulator   an emulator of it, on this machine
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import Anthropic from '@anthropic-ai/sdk'
import { createTokenProvider, isAnthropicAuthError, OAuthClient, type TokenSet } from '@anthropic-auth/core'
import { startEmulator } from '@anthropic-auth/testing'
import { createKeychainStore } from './stores/keychain-store.ts'

const emulator = process.argv.includes('--emulator') ? await startEmulator() : null
const client = new OAuthClient({ endpoints: emulator?.endpoints, scopes: ['user:profile', 'user:inference'] })
const store = createKeychainStore({
  service: 'anthropic-auth-example',
  account: emulator === null ? 'default' : 'emulator',
  lockPath: join(homedir(), '.anthropic-auth-example', 'keychain.lock'),
})

// The SDK asks it for a token before each request; it renews the token in time, and saves it.
const provider = createTokenProvider(client, {
  store,
  onError: (error) => console.error(`${error.code}: ${error.message}`),
})
const anthropic = new Anthropic({
  credentials: provider,
  ...(emulator !== null && { baseURL: emulator.apiUrl }),
})

async function logIn(): Promise<TokenSet> {
  const flow = client.startFlow('console')
  console.log(`Open this link in your browser and allow access:\n\n${flow.authorizationUrl}\n`)
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const response = await terminal.question('Paste the code (code#state): ')
  terminal.close()
  return client.exchangeCode(response, flow)
}

/** Does what needs a login; logs in first where there is none, or where it has ended. */
async function withLogin<T>(use: () => Promise<T>): Promise<T> {
  try {
    return await use()
  } catch (error) {
    if (!isAnthropicAuthError(error, 'reauthentication_required')) throw error
    // Check this before the user opens the browser: a login that can't be saved would be lost.
    await store.lock(async () => store.prepareSave())
    await provider.setTokens(await logIn())
    return use()
  }
}

try {
  const models = await withLogin(async () => anthropic.models.list())
  console.log('You may use:', models.data.map((model) => model.id).join(', '))
} catch (error) {
  if (!isAnthropicAuthError(error)) throw error
  console.error(`\n${error.code}: ${error.message}`)
  if (error.cause instanceof Error) console.error(error.cause.message)
  console.error(error.hint ?? '')
  process.exitCode = 1
} finally {
  await emulator?.close()
}
