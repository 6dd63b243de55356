// Keeps a login in Redis, for all machines, and asks you to log in only at its first start.
//
//   node redis.ts              the real service
//   node redis.ts --emulator   an emulator of it, on this machine
//
// It reads the address from REDIS_URL: rediss://user:password@host:port, or redis: on this machine.
import Anthropic from '@anthropic-ai/sdk'
import { createTokenProvider, OAuthClient } from '@anthropic-auth/core'
import { startEmulator } from '@anthropic-auth/testing'
import { createClient } from 'redis'
import { createRedisStore } from './stores/redis-store.ts'
import { reportError } from './terminal/report-error.ts'
import { withLogin } from './terminal/with-login.ts'

const emulator = process.argv.includes('--emulator') ? await startEmulator() : null
const client = new OAuthClient({ endpoints: emulator?.endpoints, scopes: ['user:profile', 'user:inference'] })
// A long-running program should keep the default strategy, which connects again.
const redis = createClient({ url: redisUrl(), socket: { reconnectStrategy: false } })
redis.on('error', (error: Error) => console.error(`Redis: ${error.message}`))
const store = createRedisStore({
  client: redis,
  key: emulator === null ? 'anthropic-auth-example:default' : 'anthropic-auth-example:emulator',
})

// The SDK calls the provider before each request. The provider refreshes the token in time, and saves the new tokens.
const provider = createTokenProvider(client, {
  store,
  onError: (error) => console.error(`${error.code}: ${error.message}`),
})
const anthropic = new Anthropic({
  credentials: provider,
  ...(emulator !== null && { baseURL: emulator.apiUrl }),
})

try {
  // If this fails, the listener prints why, and the store rejects.
  await redis.connect().catch(() => undefined)
  const models = await withLogin({ client, store, provider }, async () => anthropic.models.list())
  console.log('Available models:', models.data.map((model) => model.id).join(', '))
} catch (error) {
  reportError(error)
} finally {
  redis.destroy()
  await emulator?.close()
}

function redisUrl(): string {
  const url = process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379'
  // The runtime's own error would show the URL with the password.
  if (!URL.canParse(url)) {
    throw new Error('REDIS_URL is not a valid URL. Encode the password with encodeURIComponent()')
  }
  return url
}
