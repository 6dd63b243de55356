// Logs in to the Console and creates an API key, which the official SDK then uses.
//
//   node console-api-key.ts              the real service
//   node console-api-key.ts --emulator   an emulator of it, on this machine
import { createInterface } from 'node:readline/promises'
import Anthropic from '@anthropic-ai/sdk'
import { isAnthropicAuthError, OAuthClient } from '@anthropic-auth/core'
import { startEmulator } from '@anthropic-auth/testing'

const emulator = process.argv.includes('--emulator') ? await startEmulator() : null
const terminal = createInterface({ input: process.stdin, output: process.stdout })

try {
  const client = new OAuthClient({
    endpoints: emulator?.endpoints,
    scopes: ['org:create_api_key', 'user:profile'],
  })
  const flow = client.startFlow('console')
  console.log(`Open this link in your browser and allow access:\n\n${flow.authorizationUrl}\n`)
  const response = await terminal.question('Paste the code (code#state): ')

  const tokens = await client.exchangeCode(response, flow)
  const apiKey = await client.createApiKey(tokens)
  console.log(`\nCreated the key ${apiKey.slice(0, 16)}… Store it where you store secrets.`)

  const anthropic = new Anthropic({ apiKey, ...(emulator !== null && { baseURL: emulator.apiUrl }) })
  const models = await anthropic.models.list()
  console.log('Available models:', models.data.map((model) => model.id).join(', '))
} catch (error) {
  if (!isAnthropicAuthError(error)) throw error
  console.error(`\n${error.code}: ${error.message}\n${error.hint ?? ''}`)
  process.exitCode = 1
} finally {
  terminal.close()
  await emulator?.close()
}
