// Logs in with the browser or by a pasted code, whichever comes first.
//
//   node login.ts              the real service
//   node login.ts --emulator   an emulator of it, on this machine
import { createInterface } from 'node:readline/promises'
import { isAnthropicAuthError, OAuthClient } from '@anthropic-auth/core'
import { login } from '@anthropic-auth/login'
import { startEmulator } from '@anthropic-auth/testing'

const emulator = process.argv.includes('--emulator') ? await startEmulator() : null
const terminal = createInterface({ input: process.stdin, output: process.stdout })
const interrupted = new AbortController()
// At Ctrl-C, or at the end of the input.
terminal.once('close', () => interrupted.abort())

try {
  const tokens = await login({
    mode: 'console',
    client: new OAuthClient({ endpoints: emulator?.endpoints }),
    signal: interrupted.signal,
    // The browser on this machine gets another link, which needs no code. This one is for any other browser.
    onAuthorizationUrl: ({ pasteUrl }) => console.log(`Log in, here or on another machine:\n\n${pasteUrl}\n`),
    onProgress: ({ message }) => console.log(message),
    promptForCode: async ({ signal }) => terminal.question('Code, if the page shows one: ', { signal }),
  })
  console.log(`\nLogged in as ${tokens.account?.email}, ${tokens.organization?.name}.`)
} catch (error) {
  if (!isAnthropicAuthError(error)) throw error
  console.error(`\n${error.code}: ${error.message}\n${error.hint ?? ''}`)
  process.exitCode = 1
} finally {
  terminal.close()
  await emulator?.close()
}
