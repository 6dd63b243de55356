import { describe, expect, it } from 'vitest'
import { failureOf } from '../../test/client-call.ts'
import { createGate } from '../../test/gate.ts'
import { memoryStore } from '../../test/memory-store.ts'
import { tokensOf } from '../../test/refresh-fixtures.ts'
import { TokenSet } from '../token/token-set.ts'
import { GuardedStore, type GuardedStoreOptions } from './guarded-store.ts'
import type { TokenStore } from './token-store.ts'

const NEVER = new Promise<never>(() => undefined)
const TOKENS = TokenSet.fromJSON(tokensOf(1))

function guard(
  store: TokenStore | undefined,
  { timeoutMs = 10_000, ...options }: Partial<GuardedStoreOptions> = {},
): GuardedStore {
  return new GuardedStore({ store, timeoutMs, onRefresh: undefined, report: () => undefined, ...options })
}

function withLock(
  lock: NonNullable<TokenStore['lock']>,
  options?: Partial<GuardedStoreOptions>,
): GuardedStore {
  return guard(memoryStore(null, { lock }), options)
}

/** The work that a lock was asked to run, and whether it ran. */
function critical(): { readonly run: () => Promise<string>; runs(): number } {
  let runs = 0
  return {
    run: async () => {
      runs += 1
      return 'done'
    },
    runs: () => runs,
  }
}

describe('GuardedStore.load()', () => {
  it('returns a token set', async () => {
    const loaded = await guard(memoryStore(tokensOf(1))).load()
    expect(loaded).toBeInstanceOf(TokenSet)
    expect(loaded?.accessToken).toBe('access-1')
  })

  it('returns null when nothing is stored, and when there is no store', async () => {
    await expect(guard(memoryStore()).load()).resolves.toBeNull()
    await expect(guard(undefined).load()).resolves.toBeNull()
  })

  it.each([
    ['undefined', undefined],
    ['a string', '{"accessToken":"access-1"}'],
    ['a number', 42],
    ['a list', []],
    ['an object without tokens', {}],
    ['an access token that is none', { accessToken: 'two words' }],
  ])('refuses %s', async (_name, garbage) => {
    const store = memoryStore(null, { load: async () => garbage as never })
    expect(await failureOf(guard(store).load())).toMatchObject({
      code: 'store_failed',
      reason: 'invalid_tokens',
    })
  })

  it('is bounded in time', async () => {
    const store = memoryStore(null, { load: () => NEVER })
    expect(await failureOf(guard(store, { timeoutMs: 20 }).load())).toMatchObject({
      code: 'store_failed',
      reason: 'load',
      message: "The token store's load() took longer than 20 ms",
      retryable: true,
    })
  })

  it("has the store's own error as its cause, whether it rejects or throws", async () => {
    const own = new Error('disk on fire')
    const throwing = (): never => {
      throw own
    }
    for (const load of [() => Promise.reject(own), throwing]) {
      expect(await failureOf(guard(memoryStore(null, { load })).load())).toMatchObject({
        code: 'store_failed',
        reason: 'load',
        message: "The token store's load() failed",
        cause: own,
      })
    }
  })
})

describe('GuardedStore.save()', () => {
  it('saves, then calls onRefresh', async () => {
    const order: string[] = []
    const store = memoryStore(null, { save: async () => void order.push('save') })
    await guard(store, { onRefresh: () => void order.push('onRefresh') }).save(TOKENS)
    expect(order).toEqual(['save', 'onRefresh'])
  })

  it('fails when either fails, or takes too long', async () => {
    const failing = async (): Promise<never> => {
      throw new Error('full')
    }
    const cases: readonly [string, GuardedStore][] = [
      ['save', guard(memoryStore(null, { save: failing }))],
      ['save', guard(memoryStore(null, { save: () => NEVER }), { timeoutMs: 20 })],
      ['onRefresh', guard(undefined, { onRefresh: failing })],
      ['onRefresh', guard(undefined, { onRefresh: () => NEVER, timeoutMs: 20 })],
    ]
    for (const [reason, guarded] of cases) {
      expect(await failureOf(guarded.save(TOKENS))).toMatchObject({ code: 'store_failed', reason })
    }
  })

  it("doesn't call onRefresh with tokens that were not saved", async () => {
    let told = 0
    const store = memoryStore(null, { save: () => Promise.reject(new Error('full')) })
    await failureOf(guard(store, { onRefresh: () => void told++ }).save(TOKENS))
    expect(told).toBe(0)
  })
})

describe('GuardedStore.locked()', () => {
  it('runs at once without a lock', async () => {
    await expect(guard(memoryStore()).locked(critical().run)).resolves.toBe('done')
    await expect(guard(undefined).locked(critical().run)).resolves.toBe('done')
  })

  it('runs under the lock, and ends after it is released', async () => {
    const order: string[] = []
    const guarded = withLock(async (run) => {
      order.push('locked')
      const result = await run()
      order.push('released')
      return result
    })
    await guarded.locked(async () => void order.push('run'))
    order.push('ended')
    expect(order).toEqual(['locked', 'run', 'released', 'ended'])
  })

  it('passes on the error of the critical section, and releases the lock', async () => {
    const own = new Error('of what ran')
    let released = false
    const guarded = withLock(async (run) => {
      const result = await run()
      released = true
      return result
    })
    await expect(guarded.locked(() => Promise.reject(own))).rejects.toBe(own)
    expect(released).toBe(true)
  })

  it('gives up when its turn never comes, after three times the time of an operation', async () => {
    const guarded = withLock(() => NEVER, { timeoutMs: 20 })
    expect(await failureOf(guarded.locked(critical().run))).toMatchObject({
      code: 'store_failed',
      reason: 'lock',
      message: "The token store's lock() took longer than 60 ms",
      retryable: true,
    })
  })

  it('does nothing when its turn comes after it gave up', async () => {
    const { run, runs } = critical()
    const late = createGate()
    const ended = createGate()
    const guarded = withLock(
      async (given) => {
        await late.opened
        const result = await given()
        ended.open()
        return result
      },
      { timeoutMs: 10 },
    )
    await failureOf(guarded.locked(run))
    late.open()
    await ended.opened
    expect(runs()).toBe(0)
  })

  it('fails when the lock ends without running anything, and runs nothing later', async () => {
    const { run, runs } = critical()
    let kept!: () => Promise<unknown>
    const guarded = withLock(async (given) => {
      kept = given
      return undefined as never
    })
    expect(await failureOf(guarded.locked(run))).toMatchObject({
      code: 'store_failed',
      reason: 'lock',
      message: "The token store's lock() ended without running its argument",
    })
    await kept()
    expect(runs()).toBe(0)
  })

  it('runs once, however often the lock calls it', async () => {
    const { run, runs } = critical()
    const guarded = withLock(async (given) => {
      await given()
      return given()
    })
    await expect(guarded.locked(run)).resolves.toBe('done')
    expect(runs()).toBe(1)
  })

  it("has the lock's own error as its cause, whether it rejects or throws", async () => {
    const own = new Error('no such lock')
    const throwing = (): never => {
      throw own
    }
    for (const lock of [() => Promise.reject(own), throwing]) {
      const { run, runs } = critical()
      expect(await failureOf(withLock(lock).locked(run))).toMatchObject({
        code: 'store_failed',
        reason: 'lock',
        cause: own,
      })
      expect(runs()).toBe(0)
    }
  })

  it.each([
    ['rejects after it ran', () => Promise.reject(new Error('could not unlink'))],
    ['hangs on release', () => NEVER],
  ])('keeps the result of a lock that %s, and reports the lock', async (_name, release) => {
    const reported: unknown[] = []
    const guarded = withLock(
      async (run) => {
        await run()
        return release()
      },
      { timeoutMs: 20, report: (error) => void reported.push(error) },
    )
    await expect(guarded.locked(critical().run)).resolves.toBe('done')
    expect(reported).toEqual([expect.objectContaining({ code: 'store_failed', reason: 'lock' })])
  })

  it('waits for the critical section, however long its parts take together', async () => {
    const gate = createGate()
    const guarded = withLock((run) => run(), { timeoutMs: 10 })
    const call = guarded.locked(() => gate.opened)
    await failureOf(guard(memoryStore(null, { load: () => NEVER }), { timeoutMs: 60 }).load())
    gate.open()
    await expect(call).resolves.toBeUndefined()
  })
})
