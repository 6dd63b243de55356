// Keeps a login in an encrypted file, and asks you to log in only at its first start.
//
//   node encrypted-file.ts              the real service
//   node encrypted-file.ts --emulator   an emulator of it, on this machine
//
// It reads the passphrase from TOKENS_PASSPHRASE, or asks for it.
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import Anthropic from '@anthropic-ai/sdk'
import { createTokenProvider, OAuthClient } from '@anthropic-auth/core'
import { startEmulator } from '@anthropic-auth/testing'
import { createEncryptedFileStore } from './stores/encrypted-file-store.ts'
import { reportError } from './terminal/report-error.ts'
import { withLogin } from './terminal/with-login.ts'

const emulator = process.argv.includes('--emulator') ? await startEmulator() : null
const client = new OAuthClient({ endpoints: emulator?.endpoints, scopes: ['user:profile', 'user:inference'] })
const store = createEncryptedFileStore({
  path: join(homedir(), '.anthropic-auth-example', emulator === null ? 'tokens' : 'emulator-tokens'),
  passphrase: process.env['TOKENS_PASSPHRASE'] ?? (await askPassphrase()),
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

async function askPassphrase(): Promise<string> {
  process.stdout.write('Passphrase for the tokens (not shown): ')
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({
    input: process.stdin,
    output: nowhere,
    terminal: process.stdin.isTTY,
  })
  const passphrase = await terminal.question('')
  terminal.close()
  process.stdout.write('\n')
  return passphrase
}
