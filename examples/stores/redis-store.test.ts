import { inspect } from 'node:util'
import { TokenSet } from '@anthropic-auth/core'
import { checkTokenStore } from '@anthropic-auth/testing'
import { createClient, RESP_TYPES } from 'redis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { hasRedisServer, type RedisServer, startRedisServer } from '../test/redis-server.ts'
import { createRedisStore } from './redis-store.ts'

const WATCHDOG_MS = 300_000
vi.setConfig({ testTimeout: WATCHDOG_MS })

const KEY = 'login'
const MODULE = new URL('../test/open-redis-store.ts', import.meta.url)
const LOCK_KEY = '{login}:lock'
const first = TokenSet.fromJSON({ accessToken: 'access-1', refreshToken: 'refresh-1' })
const second = TokenSet.fromJSON({ accessToken: 'access-2', refreshToken: 'refresh-2' })

describe.skipIf(!hasRedisServer)('createRedisStore()', () => {
  let server: RedisServer
  let client: Awaited<ReturnType<typeof connect>>

  async function connect() {
    return createClient({ url: server.url })
      .on('error', () => undefined)
      .connect()
  }

  async function countEvals(): Promise<number> {
    const stats = await client.info('commandstats')
    return Number(/cmdstat_eval:calls=(\d+)/.exec(stats)?.[1] ?? 0)
  }

  beforeAll(async () => {
    server = await startRedisServer()
  })
  beforeEach(async () => {
    client = await connect()
    await client.flushAll()
  })
  afterEach(() => client.destroy())
  afterAll(async () => server.stop())

  it('keeps the contract of a token store', async () => {
    // Long enough to renew it on a busy machine. The check waits about 20 times for the lease of a killed process to end.
    const options = { key: KEY, leaseMs: 3_000 }
    await checkTokenStore(() => createRedisStore({ ...options, client }), {
      module: { url: MODULE, exportName: 'openRedisStore', args: [{ ...options, url: server.url }] },
      storage: {
        read: async () =>
          client.withTypeMapping({ [RESP_TYPES.BLOB_STRING]: Buffer }).get(KEY) as Promise<Buffer>,
        write: async (bytes) => void (await client.set(KEY, Buffer.from(bytes))),
      },
      breakSaves: async () => {
        const permissions = ['resetkeys', `%RW~${LOCK_KEY}`, `%R~${KEY}`]
        await client.sendCommand(['ACL', 'SETUSER', 'default', ...permissions])
        return async () => void (await client.sendCommand(['ACL', 'SETUSER', 'default', 'allkeys']))
      },
    })
  })

  it('keeps saved tokens forever, and no lock', async () => {
    const store = createRedisStore({ client, key: KEY })
    expect(await store.load()).toBeNull()
    await store.save(first)
    await store.save(second)
    expect(await store.load()).toMatchObject(second.toJSON())
    expect(await client.pTTL(KEY)).toBe(-1)
    expect(await client.keys('*')).toEqual([KEY])
  })

  it.each(['', '{', 'null', '{"accessToken":"secret-token-1"', '{"accessToken":["secret-token-1"]}'])(
    "refuses %j, which isn't a token set, and quotes nothing of it",
    async (stored) => {
      await client.set(KEY, stored)
      const load = async (): Promise<unknown> => createRedisStore({ client, key: KEY }).load()
      const error: unknown = await load().catch((reason: unknown) => reason)
      expect(error).toEqual(new Error('The key login in Redis holds no tokens: delete it, and log in again'))
      expect((error as Error).cause).toBeUndefined()
      expect(await client.get(KEY)).toBe(stored)
    },
  )

  it('renews its lease while it holds the lock', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    onTestFinished(() => void vi.useRealTimers())
    await createRedisStore({ client, key: KEY, leaseMs: 3_000_000 }).lock(async () => {
      await client.pExpire(LOCK_KEY, 9_000_000)
      vi.advanceTimersByTime(1_000_000)
      // The renewal was sent before this command.
      const leftMs = await client.pTTL(LOCK_KEY)
      expect(leftMs).toBeGreaterThan(2_000_000)
      expect(leftMs).toBeLessThanOrEqual(3_000_000)
    })
    expect(vi.getTimerCount()).toBe(0)
  })

  it('refuses a save by a holder that lost its lock to another', async () => {
    const other = createRedisStore({ client, key: KEY })
    const slow = createRedisStore({ client, key: KEY })
    const late = slow.lock(async () => {
      await client.del(LOCK_KEY)
      await other.lock(async () => other.save(second))
      await slow.save(first)
    })
    await expect(late).rejects.toThrow('another machine may have it: nothing was saved')
    expect(await other.load()).toMatchObject(second.toJSON())
  })

  it('refuses a save by a holder whose lock has expired, even if nobody has taken it', async () => {
    const store = createRedisStore({ client, key: KEY })
    const late = store.lock(async () => {
      await client.del(LOCK_KEY)
      await store.save(first)
    })
    await expect(late).rejects.toThrow('nothing was saved')
    expect(await store.load()).toBeNull()
  })

  it('neither releases nor renews a lock that another holder has taken', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
    onTestFinished(() => void vi.useRealTimers())
    const other = createRedisStore({ client, key: KEY })
    const slow = createRedisStore({ client, key: KEY, leaseMs: 3_000_000 })
    await slow.lock(async () => {
      await client.set(LOCK_KEY, 'of another', { expiration: { type: 'PX', value: 9_000_000 } })
      const before = await countEvals()
      vi.advanceTimersByTime(1_000_000)
      expect(await countEvals()).toBe(before + 1)
      expect(await client.pTTL(LOCK_KEY)).toBeGreaterThan(3_000_000)
    })
    expect(await client.get(LOCK_KEY)).toBe('of another')
    await client.del(LOCK_KEY)
    await other.save(second)
  })

  it('saves for a caller outside the lock only once the lock is free', async () => {
    const store = createRedisStore({ client, key: KEY })
    let begin = (): void => undefined
    // Create it before the lock is taken: a save that begins under the lock counts as its holder's.
    const begun = new Promise<void>((resolve) => (begin = resolve))
    const outside = begun.then(async () => store.save(second))
    await store.lock(async () => {
      begin()
      await store.save(first)
      await client.ping()
      expect(await store.load()).toMatchObject(first.toJSON())
    })
    await outside
    expect(await store.load()).toMatchObject(second.toJSON())
  })

  it('rejects at once, with no secret, while there is no connection', async () => {
    const own = await startRedisServer()
    const lost = await createClient({ url: own.url })
      .on('error', () => undefined)
      .connect()
    const store = createRedisStore({ client: lost, key: KEY })
    await store.lock(async () => {
      await own.stop()
      await vi.waitUntil(() => !lost.isReady, { timeout: WATCHDOG_MS })
      for (const attempt of [store.load(), store.save(first), store.lock(async () => undefined)]) {
        await expect(attempt).rejects.toThrow('There is no connection to Redis')
      }
    })
    lost.destroy()
  })

  it('rejects without a secret when Redis refuses', async () => {
    const store = createRedisStore({ client, key: KEY })
    const refused = await store.lock(async () => {
      await client.configSet('maxmemory', '1')
      return Promise.allSettled([store.prepareSave(), store.save(first)])
    })
    await client.configSet('maxmemory', '0')
    for (const result of refused) {
      const shown = inspect(result, { depth: 20 })
      expect(result.status).toBe('rejected')
      expect(shown).toContain('OOM')
      expect(shown).not.toMatch(/access-1|refresh-1/)
    }
    expect(await store.load()).toBeNull()
  })
})
