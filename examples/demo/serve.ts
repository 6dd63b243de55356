import { once } from 'node:events'
import { createInterface } from 'node:readline/promises'
import { isAnthropicAuthError, OAuthClient, type OAuthFlow, type TokenSet } from '@anthropic-auth/core'
import { startEmulator } from '@anthropic-auth/testing'
import { narration } from './narration.ts'

/** Keeps the emulator running until Ctrl-C, so that a user can click through the login in a browser. */
export async function serve(): Promise<void> {
  narration.title('anthropic-auth: log in with your browser')
  await using emulator = await startEmulator()
  const client = new OAuthClient({ endpoints: emulator.endpoints })
  const flow = client.startFlow('console')
  const interrupted = new AbortController()
  process.once('SIGINT', () => interrupted.abort()).once('SIGTERM', () => interrupted.abort())

  narration.step('Open this link, allow access, and copy the code that is shown')
  // On its own line and never wrapped, so that terminals make it a link.
  process.stdout.write(`\n${flow.authorizationUrl}\n`)
  narration.step('Paste the code here')
  const tokens = await pastedTokens(client, flow, interrupted.signal)
  if (tokens !== null) showLogin(tokens)

  narration.text(`The emulator keeps running on ${emulator.url} until you press Ctrl-C.`)
  if (!interrupted.signal.aborted) await once(interrupted.signal, 'abort')
}

/** Asks until the server accepts a code. Returns `null` when the input ends or the user presses Ctrl-C. */
async function pastedTokens(
  client: OAuthClient,
  flow: OAuthFlow,
  signal: AbortSignal,
): Promise<TokenSet | null> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  terminal.once('SIGINT', () => process.kill(process.pid, 'SIGINT'))
  try {
    for (;;) {
      terminal.setPrompt('   code#state: ')
      terminal.prompt()
      const [response] = (await Promise.race([
        once(terminal, 'line', { signal }),
        once(terminal, 'close').then(() => [null]),
      ])) as [string | null]
      if (response === null) return null
      const tokens = await client.exchangeCode(response, flow).catch(narrateRefusal)
      if (tokens !== null) return tokens
    }
  } catch (error) {
    if (signal.aborted) return null
    throw error
  } finally {
    terminal.close()
  }
}

function narrateRefusal(error: unknown): null {
  if (!isAnthropicAuthError(error)) throw error
  narration.text(`${error.message}. ${error.hint ?? ''}`)
  return null
}

function showLogin(tokens: TokenSet): void {
  narration.success(`logged in as ${tokens.account?.email}, ${tokens.organization?.name}`)
  narration.members({
    access_token: tokens.accessToken,
    refresh_token: tokens.refreshToken,
    expires_in: tokens.expiresIn(),
    scope: tokens.scopes?.join(' '),
  })
}
