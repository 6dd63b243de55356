// Keeps a login in an encrypted file: asks for one at its first start, and no more after that.
//
//   node encrypted-file.ts              the real service
//   node encrypted-file.ts --emulator   an emulator of it, on this machine
//
// Takes the passphrase from TOKENS_PASSPHRASE, or asks for it.
import { homedir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import Anthropic from '@anthropic-ai/sdk'
import { createTokenProvider, isAnthropicAuthError, OAuthClient, type TokenSet } from '@anthropic-auth/core'
import { startEmulator } from '@anthropic-auth/testing'
import { createEncryptedFileStore } from './stores/encrypted-file-store.ts'

const emulator = process.argv.includes('--emulator') ? await startEmulator() : null
const client = new OAuthClient({ endpoints: emulator?.endpoints, scopes: ['user:profile', 'user:inference'] })
const store = createEncryptedFileStore({
  path: join(homedir(), '.anthropic-auth-example', emulator === null ? 'tokens' : 'emulator-tokens'),
  passphrase: process.env['TOKENS_PASSPHRASE'] ?? (await askPassphrase()),
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

async function askPassphrase(): Promise<string> {
  process.stdout.write('Passphrase of the tokens, which is not shown: ')
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
