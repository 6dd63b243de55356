// Logs in with a Claude Pro or Max subscription, shows the tokens, and refreshes them.
//
//   node max-subscription.ts              the real service: read the terms of use in the README first
//   node max-subscription.ts --emulator   an emulator of it, on this machine
import { createInterface } from 'node:readline/promises'
import { isAnthropicAuthError, OAuthClient } from '@anthropic-auth/core'
import { startEmulator } from '@anthropic-auth/testing'

const emulator = process.argv.includes('--emulator') ? await startEmulator() : null
const terminal = createInterface({ input: process.stdin, output: process.stdout })

try {
  const client = new OAuthClient({
    endpoints: emulator?.endpoints,
    // Least privilege: no API keys are created here.
    scopes: ['user:profile', 'user:inference'],
  })
  const flow = client.startFlow('max')
  console.log(`Open this link in your browser and allow access:\n\n${flow.authorizationUrl}\n`)
  const response = await terminal.question('Paste the code (code#state): ')

  const tokens = await client.exchangeCode(response, flow)
  console.log('\nLogged in:', tokens)

  if (tokens.isExpired()) {
    const refreshed = await client.refreshToken(tokens)
    console.log('Refreshed:', refreshed)
  }
  console.log('Store JSON.stringify(tokens) where you store secrets, and refresh before it expires.')
} catch (error) {
  if (!isAnthropicAuthError(error)) throw error
  console.error(`\n${error.code}: ${error.message}\n${error.hint ?? ''}`)
  process.exitCode = 1
} finally {
  terminal.close()
  await emulator?.close()
}
