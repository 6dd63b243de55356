import {
  isAnthropicAuthError,
  OAuthClient,
  type AnthropicAuthErrorCode,
  type TokenSet,
} from '@anthropic-auth/core'
import { startEmulator, type Emulator } from '@anthropic-auth/testing'
import { mask } from './mask.ts'
import { narration } from './narration.ts'
import { createKey, ensure, refresh, useKey } from './steps.ts'
import { tracedFetch } from './traced-fetch.ts'

/** Shows a whole login in console mode, then the requests that must be refused. */
export async function tour(): Promise<void> {
  narration.title('anthropic-auth: a login from beginning to end')
  await using emulator = await startEmulator()
  narration.text(
    `An emulator of the authorization server listens on ${emulator.url}. All requests go to it over real ` +
      'sockets, and nothing leaves this machine. Secrets are masked.',
  )
  const client = new OAuthClient({ endpoints: emulator.endpoints, fetch: tracedFetch })

  const { tokens, code } = await logIn(client, emulator)
  const refreshed = await refresh(client, tokens)
  const apiKey = await createKey(client, refreshed)
  await useKey(emulator, apiKey)
  await showRefusals(client, emulator, { code, usedRefreshToken: tokens.refreshToken ?? '' })

  narration.summary([
    'logged in with PKCE (S256) and a checked state',
    'refreshed: the refresh token rotated',
    'created an API key, and the official SDK used it',
    'a wrong state, a replayed code and a reused refresh token were refused',
  ])
}

/** A code that was used up, with its flow. */
interface UsedCode {
  readonly response: string
  readonly flow: ReturnType<OAuthClient['startFlow']>
}

async function logIn(client: OAuthClient, emulator: Emulator): Promise<{ tokens: TokenSet; code: UsedCode }> {
  narration.step('Start a flow: verifier, challenge, state and the link')
  const flow = client.startFlow('console')
  const url = new URL(flow.authorizationUrl)
  narration.line(`${url.origin}${url.pathname}`)
  narration.members(Object.fromEntries(url.searchParams))

  narration.step('The user opens the link, allows access, and copies code#state')
  const response = await emulator.approve(flow.authorizationUrl)
  narration.text(`(The emulator's approve() clicks Allow here; try it yourself with: pnpm demo --browser)`)
  narration.line(mask(response))

  narration.step('Exchange the code for tokens')
  const tokens = await client.exchangeCode(response, flow)
  narration.success(`logged in as ${tokens.account?.email}, ${tokens.organization?.name}`)
  return { tokens, code: { response, flow } }
}

async function showRefusals(
  client: OAuthClient,
  emulator: Emulator,
  { code, usedRefreshToken }: { readonly code: UsedCode; readonly usedRefreshToken: string },
): Promise<void> {
  narration.step('A wrong state is refused before anything is sent')
  const flow = client.startFlow('console')
  const sent = emulator.requests.length
  await refused('state_mismatch', client.exchangeCode(code.response, flow))
  ensure(emulator.requests.length === sent, 'A request was sent in spite of the wrong state')

  narration.step('A replayed code is refused')
  await refused('oauth_error', client.exchangeCode(code.response, code.flow))

  narration.step('A reused refresh token is refused')
  await refused('reauthentication_required', client.refreshToken(usedRefreshToken))
}

async function refused(expected: AnthropicAuthErrorCode, attempt: Promise<unknown>): Promise<void> {
  const error: unknown = await attempt.then(
    () => null,
    (reason: unknown) => reason,
  )
  if (!isAnthropicAuthError(error, expected)) {
    throw error instanceof Error ? error : new Error(`It was accepted; ${expected} was expected`)
  }
  narration.success(`${error.code}: ${error.message}`)
  narration.text(`Hint: ${error.hint}`)
}
