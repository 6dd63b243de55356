// Keeps tokens in Redis, for one login that many machines share. Copy it into your program; it needs `redis`.
//
// Anyone who can read the database can use the login: protect it with TLS (`rediss:`) and an ACL. Make it persist each
// write (`appendonly yes`, `appendfsync always`) and evict nothing (`maxmemory-policy noeviction`), since an old refresh
// token is dead.
import { AsyncLocalStorage } from 'node:async_hooks'
import { randomInt, randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { AnthropicAuthError, TokenSet, type TokenStore } from '@anthropic-auth/core'

/** The part of a `redis` client that this store uses, whatever the client's options. */
interface RedisConnection {
  readonly isReady: boolean
  get(key: string): Promise<string | null>
  set(key: string, value: string, options: LeaseOptions): Promise<string | null>
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
}

interface LeaseOptions {
  condition: 'NX'
  expiration: { type: 'PX'; value: number }
}

export interface RedisStoreOptions {
  /** The application connects it, and listens to its `error` events. */
  readonly client: RedisConnection
  readonly key: string
  /** How long others wait for a machine that has died. A living one renews its lease. Default: 30,000. */
  readonly leaseMs?: number | undefined
}

// Redis runs each script as one step, so a lease can't change hands between the check and the change.
const IF_OURS = "if redis.call('get', KEYS[1]) ~= ARGV[1] then return 0 end"
const RENEW = `${IF_OURS} return redis.call('pexpire', KEYS[1], ARGV[2])`
const SAVE = `${IF_OURS} redis.call('set', KEYS[2], ARGV[2]) return 1`
/**
 * Writes a value as long as a login, which expires after a second. Redis refuses it when it is full or read-only, or
 * when permission is missing.
 */
const PROVE = `${IF_OURS} redis.call('set', KEYS[3], string.rep('x', 1000), 'px', 1000) return 1`
const RELEASE = `${IF_OURS} return redis.call('del', KEYS[1])`

export function createRedisStore({
  client,
  key,
  leaseMs = 30_000,
}: RedisStoreOptions): TokenStore & Required<Pick<TokenStore, 'lock' | 'prepareSave'>> {
  // In a cluster, the braces put the lock on the node of `key`, as scripts require.
  const lockKey = `{${key}}:lock`
  const probeKey = `{${key}}:probe`
  /** The lease under which the current code runs, so that a save is recognized as its holder's. */
  const currentLease = new AsyncLocalStorage<string>()

  /** A client without a connection would keep commands until it has one. */
  function connected(): RedisConnection {
    if (!client.isReady) throw new Error('There is no connection to Redis')
    return client
  }

  async function runIfOurs(script: string, lease: string, ...values: string[]): Promise<boolean> {
    const options = { keys: [lockKey, key, probeKey], arguments: [lease, ...values] }
    return (await connected().eval(script, options)) === 1
  }

  async function takeLease(lease: string): Promise<void> {
    const options: LeaseOptions = { condition: 'NX', expiration: { type: 'PX', value: leaseMs } }
    while ((await connected().set(lockKey, lease, options)) === null) await delay(randomInt(25, 75))
  }

  async function lock<T>(critical: () => Promise<T>): Promise<T> {
    const lease = randomUUID()
    await takeLease(lease)
    // The next renewal makes up for one that fails. If the lease was lost meanwhile, save() reports it.
    const renew = (): void => void runIfOurs(RENEW, lease, String(leaseMs)).catch(() => false)
    const renewal = setInterval(renew, leaseMs / 3)
    try {
      return await currentLease.run(lease, critical)
    } finally {
      clearInterval(renewal)
      // If this fails, the lease expires.
      await runIfOurs(RELEASE, lease).catch(() => false)
    }
  }

  /** Runs a script as the holder of the lock. If the lock was lost, a token provider takes it again. */
  async function runAsHolder(script: string, ...values: string[]): Promise<void> {
    const lease = currentLease.getStore()
    if (lease === undefined) return lock(async () => runAsHolder(script, ...values))
    if (await runIfOurs(script, lease, ...values)) return
    throw new AnthropicAuthError(
      'store_failed',
      `The lock of ${key} in Redis was lost, and another machine may have it: nothing was saved`,
      { reason: 'lock_lost', retryable: true },
    )
  }

  return {
    async load() {
      const json = await connected().get(key)
      return json === null ? null : readTokens(json, key)
    },
    save: async (tokens) => runAsHolder(SAVE, JSON.stringify(tokens)),
    prepareSave: async () => runAsHolder(PROVE),
    lock,
  }
}

function readTokens(json: string, key: string): TokenSet {
  try {
    return TokenSet.fromJSON(JSON.parse(json))
  } catch {
    // Don't pass on the SyntaxError as the cause: it quotes its input.
    throw new Error(`The key ${key} in Redis holds no tokens: delete it, and log in again`)
  }
}
