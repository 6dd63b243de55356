import { OAuthClient, terminalLogin } from 'anthropic-auth'
import { startEmulator } from '@anthropic-auth/testing'
import { narration } from './narration.ts'
import { createKey, refresh, useKey } from './steps.ts'
import { tracedFetch } from './traced-fetch.ts'

/** Shows a whole login in the user's own browser, and how a program then uses it. */
export async function loginInBrowser(): Promise<void> {
  narration.title('anthropic-auth: a login in your browser')
  await using emulator = await startEmulator()
  narration.text(
    `An emulator of the authorization server listens on ${emulator.url}; nothing leaves this machine. ` +
      'Click Allow on its page. The browser then brings the code to a server that listens on this machine.',
  )
  const client = new OAuthClient({ endpoints: emulator.endpoints, fetch: tracedFetch })

  narration.step('Log in')
  const tokens = await terminalLogin({ mode: 'console', client })
  narration.success(`logged in as ${tokens.account?.email}, ${tokens.organization?.name}`)

  const refreshed = await refresh(client, tokens)
  const apiKey = await createKey(client, refreshed)
  await useKey(emulator, apiKey)

  narration.summary([
    'logged in with the browser, with PKCE (S256) and a checked state',
    'refreshed: the refresh token rotated',
    'created an API key, and the official SDK used it',
  ])
}
