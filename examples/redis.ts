// Keeps a login in Redis, for all machines: asks for one at its first start, and no more after that.
//
//   node redis.ts              the real service
//   node redis.ts --emulator   an emulator of it, on this machine
//
// Takes the address from REDIS_URL: rediss://user:password@host:port, or redis: on this machine.
import { createInterface } from 'node:readline/promises'
import Anthropic from '@anthropic-ai/sdk'
import { createTokenProvider, isAnthropicAuthError, OAuthClient, type TokenSet } from '@anthropic-auth/core'
import { startEmulator } from '@anthropic-auth/testing'
import { createClient } from 'redis'
import { createRedisStore } from './stores/redis-store.ts'

const emulator = process.argv.includes('--emulator') ? await startEmulator() : null
const client = new OAuthClient({ endpoints: emulator?.endpoints, scopes: ['user:profile', 'user:inference'] })
// A server, which outlives its connections, leaves the strategy to its default.
const redis = createClient({ url: redisUrl(), socket: { reconnectStrategy: false } })
redis.on('error', (error: Error) => console.error(`Redis: ${error.message}`))
const store = createRedisStore({
  client: redis,
  key: emulator === null ? 'anthropic-auth-example:default' : 'anthropic-auth-example:emulator',
})

// The SDK asks it for a token before each request; it renews the token in time, and saves it.
const provider = createTokenProvider(client, {
  store,
  onError: (error) => console.error(`${error.code}: ${error.message}`),
})
const anthropic = new Anthropic({
  credentials: provider,
  ...(emulator !== null && { baseURL: emulator.apiUrl }),
})

async function logIn(): Promise<TokenSet> {
  const flow = client.startFlow('console')
  console.log(`Open this link in your browser and allow access:\n\n${flow.authorizationUrl}\n`)
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const response = await terminal.question('Paste the code (code#state): ')
  terminal.close()
  return client.exchangeCode(response, flow)
}

/** Does what needs a login; logs in first where there is none, or where it has ended. */
async function withLogin<T>(use: () => Promise<T>): Promise<T> {
  try {
    return await use()
  } catch (error) {
    if (!isAnthropicAuthError(error, 'reauthentication_required')) throw error
    // Check this before the user opens the browser: a login that can't be saved would be lost.
    await store.lock(async () => store.prepareSave())
    await provider.setTokens(await logIn())
    return use()
  }
}

try {
  // Why it failed, the listener has told; that it did, the store tells whoever uses it.
  await redis.connect().catch(() => undefined)
  const models = await withLogin(async () => anthropic.models.list())
  console.log('You may use:', models.data.map((model) => model.id).join(', '))
} catch (error) {
  if (!isAnthropicAuthError(error)) throw error
  console.error(`\n${error.code}: ${error.message}`)
  if (error.cause instanceof Error) console.error(error.cause.message)
  console.error(error.hint ?? '')
  process.exitCode = 1
} finally {
  redis.destroy()
  await emulator?.close()
}

function redisUrl(): string {
  const url = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379'
  // The runtime's own error would show the URL, and so the password.
  if (!URL.canParse(url)) {
    throw new Error('REDIS_URL is no URL: encode the password with encodeURIComponent()')
  }
  return url
}
