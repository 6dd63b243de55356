// Logs in to the Console and creates an API key, without a single `await`.
//
//   node console-api-key-blocking.ts                  the real service
//   node console-api-key-blocking.ts --emulator URL   an emulator of it, which `anthropic-auth-emulator` has started
//
// The emulator must run in another process: this one is blocked while it waits for a response.
import { BlockingOAuthClient } from '@anthropic-auth/blocking'
import { isAnthropicAuthError } from '@anthropic-auth/core'
import { openBrowser } from './blocking/open-browser.ts'
import { question } from './blocking/question.ts'

const [, , option, emulator] = process.argv
const endpoints = {
  authorize: `${emulator}/oauth/authorize`,
  token: `${emulator}/v1/oauth/token`,
  apiKey: `${emulator}/api/oauth/claude_cli/create_api_key`,
  codePage: `${emulator}/oauth/code/callback`,
}

try {
  const client = new BlockingOAuthClient({
    endpoints: option === '--emulator' ? endpoints : undefined,
    scopes: ['org:create_api_key', 'user:profile'],
  })
  const flow = client.startFlow('console')
  console.log(`Open this link in your browser and allow access:\n\n${flow.authorizationUrl}\n`)
  openBrowser(flow.authorizationUrl)
  const response = question('Paste the code (code#state): ')

  const tokens = client.exchangeCode(response, flow)
  const apiKey = client.createApiKey(tokens)
  console.log(`\nCreated the key ${apiKey.slice(0, 16)}… Store it where you store secrets.`)
} catch (error) {
  if (!isAnthropicAuthError(error)) throw error
  console.error(`\n${error.code}: ${error.message}\n${error.hint ?? ''}`)
  process.exitCode = 1
}
