// Keeps a login in the keychain of the system, and asks you to log in only at its first start.
//
//   node keychain.ts              the real service
//   node keychain.ts --emulator   an emulator of it, on this machine
import { homedir } from 'node:os'
import { join } from 'node:path'
import Anthropic from '@anthropic-ai/sdk'
import { createTokenProvider, OAuthClient } from '@anthropic-auth/core'
import { startEmulator } from '@anthropic-auth/testing'
import { createKeychainStore } from './stores/keychain-store.ts'
import { reportError } from './terminal/report-error.ts'
import { withLogin } from './terminal/with-login.ts'

const emulator = process.argv.includes('--emulator') ? await startEmulator() : null
const client = new OAuthClient({ endpoints: emulator?.endpoints, scopes: ['user:profile', 'user:inference'] })
const store = createKeychainStore({
  service: 'anthropic-auth-example',
  account: emulator === null ? 'default' : 'emulator',
  lockPath: join(homedir(), '.anthropic-auth-example', 'keychain.lock'),
})

// The SDK calls the provider before each request. The provider refreshes the token in time, and saves the new tokens.
const provider = createTokenProvider(client, {
  store,
  onError: (error) => console.error(`${error.code}: ${error.message}`),
})
const anthropic = new Anthropic({
  credentials: provider,
  ...(emulator !== null && { baseURL: emulator.apiUrl }),
})

try {
  const models = await withLogin({ client, store, provider }, async () => anthropic.models.list())
  console.log('Available models:', models.data.map((model) => model.id).join(', '))
} catch (error) {
  reportError(error)
} finally {
  await emulator?.close()
}
