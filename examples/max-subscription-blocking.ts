// Logs in with a Claude Pro or Max subscription, shows the tokens, and refreshes them, without a single `await`.
//
//   node max-subscription-blocking.ts                  the real service: read the terms of use in the README first
//   node max-subscription-blocking.ts --emulator URL   an emulator of it, which `anthropic-auth-emulator` has started
//
// The emulator must run in another process: this one is blocked while it waits for a response.
import { BlockingOAuthClient } from '@anthropic-auth/blocking'
import { isAnthropicAuthError } from '@anthropic-auth/core'
import { openBrowser } from './blocking/open-browser.ts'
import { question } from './blocking/question.ts'

const [, , option, emulator] = process.argv
const endpoints = {
  authorize: `${emulator}/cai/oauth/authorize`,
  token: `${emulator}/v1/oauth/token`,
  codePage: `${emulator}/oauth/code/callback`,
}

try {
  const client = new BlockingOAuthClient({
    endpoints: option === '--emulator' ? endpoints : undefined,
    // Least privilege: no API keys are created here.
    scopes: ['user:profile', 'user:inference'],
  })
  const flow = client.startFlow('max')
  console.log(`Open this link in your browser and allow access:\n\n${flow.authorizationUrl}\n`)
  openBrowser(flow.authorizationUrl)
  const response = question('Paste the code (code#state): ')

  const tokens = client.exchangeCode(response, flow)
  console.log('\nLogged in:', tokens)

  const refreshed = client.refreshToken(tokens)
  console.log('Refreshed; valid for', refreshed.expiresIn(), 'seconds.')
  console.log('Store JSON.stringify(refreshed) where you store secrets, and refresh before it expires.')
} catch (error) {
  if (!isAnthropicAuthError(error)) throw error
  console.error(`\n${error.code}: ${error.message}\n${error.hint ?? ''}`)
  process.exitCode = 1
}
