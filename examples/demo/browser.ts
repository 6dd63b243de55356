import { OAuthClient, terminalLogin } from 'anthropic-auth'
import { startEmulator } from '@anthropic-auth/testing'
import { narration } from './narration.ts'
import { createKey, refresh, useKey } from './steps.ts'
import { tracedFetch } from './traced-fetch.ts'

/** A whole login in the person's own browser, and what a program then does with it. */
export async function loginInBrowser(): Promise<void> {
  narration.title('anthropic-auth: a login in your browser')
  await using emulator = await startEmulator()
  narration.text(
    `An emulator of the authorization server listens on ${emulator.url}; nothing leaves this machine. ` +
      'Click Allow on its page, and the browser hands the answer to a server that listens for it here.',
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
