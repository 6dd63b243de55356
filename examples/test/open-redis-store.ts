import type { TokenStore } from '@anthropic-auth/core'
import { createClient } from 'redis'
import { createRedisStore } from '../stores/redis-store.ts'

/** Opens a store from arguments that are JSON, so that another process can do the same. Closing it ends the connection. */
export async function openRedisStore(options: {
  readonly url: string
  readonly key: string
  readonly leaseMs: number
}): Promise<TokenStore> {
  const client = createClient({ url: options.url })
  client.on('error', () => undefined)
  await client.connect()
  return createRedisStore({ ...options, client })
}
