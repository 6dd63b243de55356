// Logs in as its argument says, which is JSON of the type `Setup`.
import { request } from 'node:http'
import { type Endpoints, OAuthClient } from '@anthropic-auth/core'
import { login, type LoginOptions } from '@anthropic-auth/login'

interface Setup {
  readonly endpoints: Endpoints
  readonly ending: string
}

const { endpoints, ending } = JSON.parse(process.argv[2] ?? '') as Setup
const end = new AbortController()

/** Presses a button of the emulator's consent page, and returns the redirect URL. */
async function press(url: string, decision: string): Promise<string> {
  const page = await (await fetch(url)).text()
  const consent = /name="consent" value="([\w-]+)"/.exec(page)?.[1] ?? ''
  const body = new URLSearchParams({ consent, decision })
  const { headers } = await fetch(url, { method: 'POST', body, redirect: 'manual' })
  return headers.get('location') ?? ''
}

async function visit(url: string): Promise<void> {
  return new Promise((resolve, reject) => {
    request(url, (response) => response.resume().on('end', resolve))
      .on('error', reject)
      .end()
  })
}

const never = async (): Promise<never> => new Promise<never>(() => undefined)
const whenAsked = (act: (url: string) => Promise<string>): Partial<LoginOptions> => ({
  promptForCode: async ({ url }) => act(url),
})

/** Every way to end a login. Each leaves something that would never end by itself. */
const ENDINGS: Readonly<Record<string, Partial<LoginOptions>>> = {
  'a visit': { openBrowser: async (url) => visit(await press(url, 'allow')), promptForCode: never },
  'a denial': { openBrowser: async (url) => visit(await press(url, 'deny')), promptForCode: never },
  'a paste': { ...whenAsked(async (url) => press(url, 'allow')), openBrowser: never },
  'a paste after wrong ones': {
    promptForCode: async ({ url, signal }) => {
      // Prompts do the same. Many listeners on one signal must cause no warning.
      signal.addEventListener('abort', () => undefined)
      wrong++
      return wrong > 30 ? press(url, 'allow') : 'two words'
    },
    openBrowser: never,
  },
  'an abort': { openBrowser: async () => end.abort(), promptForCode: never },
  'an abort before': { signal: AbortSignal.abort(), promptForCode: never },
  'its time': { openBrowser: never, promptForCode: never, timeoutMs: 200 },
  'a prompt that rejects': {
    ...whenAsked(async () => Promise.reject(new Error('No more'))),
    openBrowser: never,
  },
  'a browser that does not open': {
    onAuthorizationUrl: undefined,
    openBrowser: async (url) => Promise.reject(new Error(url)),
  },
  'a hook that throws': {
    onAuthorizationUrl: () => {
      throw new Error('No more')
    },
  },
  'an invalid option': { timeoutMs: -1 },
  'an invalid signal': { signal: {} as never },
}
let wrong = 0

await login({
  mode: 'console',
  client: new OAuthClient({ endpoints }),
  onAuthorizationUrl: () => undefined,
  signal: end.signal,
  ...ENDINGS[ending],
}).then(
  () => process.send?.('tokens'),
  (error: unknown) => process.send?.(error instanceof Error && 'code' in error ? error.code : String(error)),
)
// The channel to the parent would keep this process alive.
process.disconnect()
