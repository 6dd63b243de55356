import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { failureOf } from '../../test/client-call.ts'
import { pass, stopClocks } from '../../test/fake-clock.ts'
import { createGate } from '../../test/gate.ts'
import { memoryStore } from '../../test/memory-store.ts'
import { startProvider, tokenOf } from '../../test/provider-at-server.ts'
import { heldBack, invalidGrant, presented, rotated, tokensOf } from '../../test/refresh-fixtures.ts'
import { html, json } from '../../test/reply.ts'
import type { TokenSet } from '../token/token-set.ts'
import type { TokenProvider } from './token-provider.ts'

// A failed save is repeated for five seconds. Here each wait takes only one turn of the event loop.
vi.mock(import('./wait.ts'), () => ({ wait: async () => new Promise((resolve) => setImmediate(resolve)) }))

const FORCED = { forceRefresh: true }
const NEVER = new Promise<never>(() => undefined)
const outage = html('<h1>Bad Gateway</h1>', 502)

beforeEach(stopClocks)

afterEach(() => {
  vi.useRealTimers()
})

/** A store whose `save` fails as long as `fails` is true. */
function fragileStore(...held: Parameters<typeof memoryStore>) {
  const store = memoryStore(...held)
  const { save } = store
  const fragile = Object.assign(store, {
    fails: true,
    async save(tokens: TokenSet) {
      if (fragile.fails) throw new Error('disk full')
      return save(tokens)
    },
  })
  return fragile
}

/** An operation of a store that waits at the gate when it is asked for the `n`-th time. */
function stopAt<T>(n: number, operation: () => T | Promise<T>) {
  const reached = createGate()
  const gate = createGate()
  let calls = 0
  const operate = async (): Promise<T> => {
    // The tokens at the time of the call: a slow store doesn't see later ones.
    const result = await operation()
    if (++calls === n) {
      reached.open()
      await gate.opened
    }
    return result
  }
  return { operate, reached: reached.opened, gate }
}

describe('a store', () => {
  it('is read once, and its tokens take precedence over the given ones', async () => {
    const store = memoryStore(tokensOf(7))
    const { provider } = await startProvider({ store, tokens: tokensOf(0) }, rotated(1))
    const calls = [tokenOf(provider()), tokenOf(provider())]
    expect(await Promise.all(calls)).toEqual(['access-7', 'access-7'])
    expect(await tokenOf(provider())).toBe('access-7')
    expect(store.loads).toBe(1)
  })

  it('that is empty leaves the given tokens', async () => {
    const { provider } = await startProvider({ store: memoryStore(), tokens: tokensOf(0) }, rotated(1))
    expect(await tokenOf(provider())).toBe('access-0')
  })

  it('that is empty, with no tokens given, asks for a login', async () => {
    const store = memoryStore()
    const { provider, server } = await startProvider({ store }, rotated(1))
    expect(await failureOf(provider())).toMatchObject({
      code: 'reauthentication_required',
      message: 'There are no tokens yet',
    })
    store.held = tokensOf(3)
    pass(5)
    expect(await tokenOf(provider())).toBe('access-3')
    expect(server.requests).toHaveLength(0)
  })

  it('gets refreshed tokens before any caller does', async () => {
    const order: string[] = []
    const store = memoryStore(tokensOf(0, 0), { save: async () => void order.push('saved') })
    const { provider } = await startProvider({ store }, rotated(1))
    await provider()
    order.push('handed out')
    expect(order).toEqual(['saved', 'handed out'])
  })

  it('with newer tokens spares a refresh, also a forced one', async () => {
    const store = memoryStore(tokensOf(0, 200))
    const { provider, server } = await startProvider({ store }, rotated(1))
    await provider()
    pass(80)
    store.held = tokensOf(5, 200)
    expect(await tokenOf(provider())).toBe('access-5')
    store.held = tokensOf(6)
    pass(10)
    expect(await tokenOf(provider(FORCED))).toBe('access-6')
    expect(await tokenOf(provider(FORCED))).toBe('access-6')
    expect(server.requests).toHaveLength(0)
  })

  it('with a newer access token beside the same refresh token spares a refresh', async () => {
    const store = memoryStore(tokensOf(0, 0))
    const keeping = json({ access_token: 'access-1', expires_in: 60 })
    const { provider, server } = await startProvider({ store }, keeping)
    expect(await tokenOf(provider())).toBe('access-1')
    pass(60)
    store.held = { ...tokensOf(0), accessToken: 'access-7' }
    expect(await tokenOf(provider())).toBe('access-7')
    expect(server.requests).toHaveLength(1)
  })

  it('with newer tokens that are due gets those refreshed', async () => {
    const store = memoryStore(tokensOf(0, 200))
    const { provider, server } = await startProvider({ store }, rotated(6))
    await provider()
    pass(80)
    store.held = tokensOf(5, 120)
    expect(await tokenOf(provider())).toBe('access-6')
    expect(presented(server)).toEqual(['refresh-5'])
  })

  it('that lost the refresh token beside our access token leaves ours in use, and gets it back', async () => {
    const store = memoryStore(tokensOf(0))
    const { provider, server } = await startProvider({ store }, rotated(1))
    await provider()
    store.held = { ...tokensOf(0), refreshToken: null }
    expect(await tokenOf(provider(FORCED))).toBe('access-1')
    expect(presented(server)).toEqual(['refresh-0'])
    expect(store.held).toMatchObject({ accessToken: 'access-1', refreshToken: 'refresh-1' })
  })

  it('that was emptied meanwhile means a logout: nothing is sent or saved', async () => {
    const store = memoryStore(tokensOf(0, 0))
    const { provider, server } = await startProvider({ store }, rotated(1, 60), rotated(2))
    await provider()
    store.held = null
    pass(60)
    for (const call of [provider(), provider(FORCED), provider()]) {
      expect(await failureOf(call)).toMatchObject({
        code: 'reauthentication_required',
        reason: 'logged_out',
        retryable: false,
      })
    }
    expect(presented(server)).toEqual(['refresh-0'])
    expect(store.saved).toEqual(['refresh-1'])
    expect(store.held).toBeNull()
  })

  it('that was emptied lets a valid token be used until it is due', async () => {
    const store = memoryStore(tokensOf(0))
    const { provider } = await startProvider({ store }, rotated(1))
    await provider()
    store.held = null
    expect(await tokenOf(provider())).toBe('access-0')
    pass(3600 - 120)
    expect(await failureOf(provider())).toMatchObject({ reason: 'logged_out' })
    expect(await failureOf(provider())).toMatchObject({ reason: 'logged_out' })
  })

  it.each([
    ['the same tokens again', 1],
    ['those of another login', 7],
  ])('that was emptied and now holds %s is used again', async (_name, n) => {
    const store = memoryStore(tokensOf(0, 0))
    const { provider } = await startProvider({ store }, rotated(1, 60), rotated(8))
    await provider()
    store.held = null
    pass(60)
    await failureOf(provider())
    store.held = tokensOf(n)
    expect(await failureOf(provider())).toMatchObject({ reason: 'logged_out' })
    pass(5)
    expect(await tokenOf(provider())).toBe(`access-${n}`)
  })

  it('that was emptied accepts a new login', async () => {
    const store = memoryStore(tokensOf(0, 0))
    const { provider } = await startProvider({ store }, rotated(1, 60))
    await provider()
    store.held = null
    pass(60)
    await failureOf(provider())
    await provider.setTokens(tokensOf(9))
    expect(await tokenOf(provider())).toBe('access-9')
    expect(store.held).toMatchObject({ refreshToken: 'refresh-9' })
  })

  it('that was emptied is not given tokens that could not be saved before', async () => {
    const store = fragileStore(tokensOf(0, 0))
    const { provider } = await startProvider({ store }, rotated(1, 60))
    await provider()
    store.held = null
    store.fails = false
    pass(5)
    expect(await failureOf(provider())).toMatchObject({ reason: 'logged_out' })
    expect(store.held).toBeNull()
  })

  it('that is emptied while its token is refused reports the logout, not the token', async () => {
    const store = memoryStore(tokensOf(0, 0))
    const { provider } = await startProvider({ store }, (response, request) => {
      store.held = null
      invalidGrant(response, request)
    })
    expect(await failureOf(provider())).toMatchObject({ reason: 'logged_out' })
  })

  it('with tokens of another client is refused, and none of them is sent', async () => {
    const store = memoryStore({ ...tokensOf(7), clientId: 'another-client' })
    const { provider, server } = await startProvider({ store }, rotated(1))
    expect(await failureOf(provider())).toMatchObject({ code: 'invalid_config', reason: 'clientId' })
    expect(await failureOf(provider(FORCED))).toMatchObject({ code: 'invalid_config' })
    expect(server.requests).toHaveLength(0)
  })
})

describe.each([
  ['hangs', () => NEVER],
  ['rejects', () => Promise.reject(new Error('no such file'))],
  ['gives garbage', async () => 'garbage' as never],
  ['gives undefined', async () => undefined as never],
])('a store that %s', (_name, load) => {
  it('fails, and is left alone for 5 s', async () => {
    let loads = 0
    const counted = async (): Promise<never> => {
      loads += 1
      return load()
    }
    const store = memoryStore(null, { load: counted })
    const { provider, server } = await startProvider({ store, timeoutMs: 50 }, rotated(1))
    for (let i = 0; i < 3; i++) {
      expect(await failureOf(provider())).toMatchObject({ code: 'store_failed' })
      pass(1)
    }
    expect(loads).toBe(1)
    pass(2)
    await failureOf(provider())
    expect(loads).toBe(2)
    expect(server.requests).toHaveLength(0)
  })

  it('keeps the given tokens in use while they are valid', async () => {
    const store = memoryStore(null, { load })
    const options = { store, tokens: tokensOf(0, 3), timeoutMs: 50 }
    const { provider, server, reported } = await startProvider(options, rotated(1))
    expect(await tokenOf(provider())).toBe('access-0')
    expect(reported).toEqual(['store_failed'])
    pass(3)
    expect(await failureOf(provider())).toMatchObject({ code: 'store_failed' })
    expect(server.requests).toHaveLength(0)
  })

  it('accepts a new login', async () => {
    const store = memoryStore(null, { load })
    const { provider } = await startProvider({ store, timeoutMs: 50 }, rotated(1))
    await failureOf(provider())
    await provider.setTokens(tokensOf(9))
    expect(store.saved).toEqual(['refresh-9'])
    expect(await tokenOf(provider())).toBe('access-9')
  })
})

describe('a lock', () => {
  it('that is never free leaves a valid token in use, and nothing is refreshed', async () => {
    const store = memoryStore(tokensOf(0, 100), { lock: () => NEVER })
    const { provider, server, reported } = await startProvider({ store, timeoutMs: 20 }, rotated(1))
    expect(await tokenOf(provider())).toBe('access-0')
    expect(reported).toEqual(['store_failed'])
    expect(await failureOf(provider(FORCED))).toMatchObject({ code: 'store_failed', reason: 'lock' })
    expect(server.requests).toHaveLength(0)
  })

  it('whose turn comes too late runs nothing', async () => {
    const late = createGate()
    const ended = createGate()
    const store = memoryStore(tokensOf(0, 0), {
      async lock(critical) {
        await late.opened
        const result = await critical()
        ended.open()
        return result
      },
    })
    const { provider, server } = await startProvider({ store, timeoutMs: 10 }, rotated(1))
    await failureOf(provider())
    late.open()
    await ended.opened
    expect([server.requests.length, store.saved.length]).toEqual([0, 0])
  })
})

describe('a save that fails', () => {
  it('loses nothing: the token is handed out, the error reported, the save tried again', async () => {
    const store = fragileStore(tokensOf(0, 0))
    const { provider, server, reported } = await startProvider({ store }, rotated(1))
    expect(await tokenOf(provider())).toBe('access-1')
    expect(reported).toEqual(['store_failed'])
    pass(5)
    expect(await tokenOf(provider())).toBe('access-1')
    expect(reported).toEqual(['store_failed', 'store_failed'])
    store.fails = false
    pass(9)
    await provider()
    expect(store.saved).toEqual([])
    pass(1)
    expect(await tokenOf(provider())).toBe('access-1')
    expect(store.saved).toEqual(['refresh-1'])
    pass(3600 - 16)
    await provider()
    expect(presented(server)).toEqual(['refresh-0', 'refresh-1'])
  })

  it('never sends the refresh token again that the store still holds', async () => {
    const store = fragileStore(tokensOf(0, 0))
    const { provider, server } = await startProvider(
      { store },
      rotated(1, 60),
      rotated(2, 60),
      rotated(3, 60),
    )
    for (const expected of ['access-1', 'access-2', 'access-3']) {
      expect(await tokenOf(provider())).toBe(expected)
      pass(60)
    }
    expect(presented(server)).toEqual(['refresh-0', 'refresh-1', 'refresh-2'])
  })

  it('never sends it again when our own token is finally refused', async () => {
    const store = fragileStore(tokensOf(0, 0))
    const { provider, server } = await startProvider({ store }, rotated(1, 60), invalidGrant)
    await provider()
    pass(60)
    expect(await failureOf(provider())).toMatchObject({ code: 'reauthentication_required' })
    pass(5)
    expect(await failureOf(provider())).toMatchObject({ code: 'reauthentication_required' })
    expect(presented(server)).toEqual(['refresh-0', 'refresh-1'])
  })

  it("and takes effect after a later save doesn't restore replaced tokens", async () => {
    const slow = createGate()
    let saves = 0
    const store = memoryStore(tokensOf(0, 0), {
      async save(tokens) {
        if (++saves === 1) await slow.opened
        store.held = tokens.toJSON()
      },
    })
    const setUp = await startProvider({ store, timeoutMs: 2000 }, rotated(1, 60), rotated(2, 60), rotated(3))
    await setUp.provider()
    pass(60)
    await setUp.provider()
    slow.open()
    await new Promise(setImmediate)
    expect(store.held).toMatchObject({ refreshToken: 'refresh-1' })
    pass(60)
    expect(await tokenOf(setUp.provider())).toBe('access-3')
    expect(presented(setUp.server)).toEqual(['refresh-0', 'refresh-1', 'refresh-2'])
  })

  it('never overwrites the newer login that another process stored', async () => {
    const store = fragileStore(tokensOf(0, 0))
    const { provider } = await startProvider({ store }, rotated(1))
    await provider()
    store.held = tokensOf(5)
    store.fails = false
    pass(5)
    expect(await tokenOf(provider())).toBe('access-5')
    expect(store.saved).toEqual([])
  })

  it('causes no further refresh when the server rotates nothing', async () => {
    const store = fragileStore(tokensOf(0, 0))
    const keeping = json({ access_token: 'access-1', expires_in: 3600 })
    const { provider, server } = await startProvider({ store }, keeping)
    for (let i = 0; i < 30; i++) {
      expect(await tokenOf(provider())).toBe('access-1')
      pass(60)
    }
    expect(server.requests).toHaveLength(1)
  })

  it('does not stop a refresh', async () => {
    const store = fragileStore(tokensOf(0, 0))
    const { provider } = await startProvider({ store }, rotated(1), rotated(2))
    await provider()
    expect(await tokenOf(provider(FORCED))).toBe('access-1')
    pass(10)
    expect(await tokenOf(provider(FORCED))).toBe('access-2')
  })

  it('is given up when it hangs', async () => {
    const store = memoryStore(tokensOf(0, 0), { save: () => NEVER })
    const { provider, reported } = await startProvider({ store, timeoutMs: 1000 }, rotated(1))
    expect(await tokenOf(provider())).toBe('access-1')
    expect(reported).toEqual(['store_failed'])
  })
})

describe('onRefresh', () => {
  it('is awaited before the token is handed out', async () => {
    const order: string[] = []
    const gate = createGate()
    const onRefresh = async ({ refreshToken }: TokenSet): Promise<void> => {
      await gate.opened
      order.push(`persisted ${refreshToken}`)
    }
    const { provider } = await startProvider({ tokens: tokensOf(0, 0), onRefresh }, rotated(1))
    const call = provider().then(() => order.push('handed out'))
    gate.open()
    await call
    expect(order).toEqual(['persisted refresh-1', 'handed out'])
  })

  it('may throw: nothing is lost, and it is called again', async () => {
    const seen: (string | null)[] = []
    const onRefresh = ({ refreshToken }: TokenSet): void => {
      seen.push(refreshToken)
      if (seen.length === 1) throw new Error('full')
    }
    const { provider, reported } = await startProvider({ tokens: tokensOf(0, 0), onRefresh }, rotated(1))
    expect(await tokenOf(provider())).toBe('access-1')
    expect(reported).toEqual([])
    pass(5)
    await provider()
    expect(seen).toEqual(['refresh-1', 'refresh-1'])
  })

  it('may call the provider', async () => {
    const seen: string[] = []
    const onRefresh = async (): Promise<void> => {
      seen.push(await tokenOf(setUp.provider()), await tokenOf(setUp.provider(FORCED)))
    }
    const setUp = await startProvider({ tokens: tokensOf(0, 0), onRefresh }, rotated(1))
    expect(await tokenOf(setUp.provider())).toBe('access-1')
    expect(seen).toEqual(['access-1', 'access-1'])
    expect(setUp.reported).toEqual([])
  })
})

describe('setTokens()', () => {
  it('uses a new login, and saves it', async () => {
    const store = memoryStore(tokensOf(0))
    const seen: (string | null)[] = []
    const onRefresh = ({ refreshToken }: TokenSet): void => void seen.push(refreshToken)
    const { provider, server } = await startProvider({ store, onRefresh }, rotated(1))
    await provider()
    await provider.setTokens(tokensOf(9))
    expect(await tokenOf(provider())).toBe('access-9')
    expect(await tokenOf(provider(FORCED))).toBe('access-9')
    expect([store.saved, seen, server.requests.length]).toEqual([['refresh-9'], ['refresh-9'], 0])
  })

  it('refreshes the first login at once when a caller forces it, since no earlier token can be the cause', async () => {
    const store = memoryStore(null)
    const { provider, server } = await startProvider({ store }, rotated(10))
    await provider.setTokens(tokensOf(9))
    expect(await tokenOf(provider())).toBe('access-9')
    expect(await tokenOf(provider(FORCED))).toBe('access-10')
    expect(await tokenOf(provider(FORCED))).toBe('access-10')
    expect(server.requests).toHaveLength(1)
  })

  it('refuses invalid tokens and those of another client, and changes nothing', async () => {
    const { provider } = await startProvider({ tokens: tokensOf(0) }, rotated(1))
    expect(await failureOf(provider.setTokens({} as never))).toMatchObject({ code: 'store_failed' })
    const foreign = { ...tokensOf(9), clientId: 'another-client' }
    expect(await failureOf(provider.setTokens(foreign))).toMatchObject({ code: 'invalid_config' })
    expect(await tokenOf(provider())).toBe('access-0')
  })

  it('ends the pause after a failure', async () => {
    const { provider } = await startProvider({ tokens: tokensOf(0, 0) }, outage, rotated(10))
    await failureOf(provider())
    await provider.setTokens(tokensOf(9, 0))
    expect(await tokenOf(provider())).toBe('access-10')
  })

  it('rejects when they could not be saved: they are in use, and saved by a later call', async () => {
    const store = fragileStore(tokensOf(0))
    const { provider, reported } = await startProvider({ store }, rotated(1))
    await provider()
    expect(await failureOf(provider.setTokens(tokensOf(9)))).toMatchObject({
      code: 'store_failed',
      reason: 'save',
    })
    expect(reported).toEqual([])
    expect(await tokenOf(provider())).toBe('access-9')
    store.fails = false
    pass(5)
    expect(await tokenOf(provider())).toBe('access-9')
    expect(store.saved).toEqual(['refresh-9'])
  })

  it('keeps the stored login when the unsaved tokens are refused later', async () => {
    const store = fragileStore(tokensOf(0))
    const { provider, server } = await startProvider({ store }, invalidGrant)
    await provider()
    await failureOf(provider.setTokens(tokensOf(9, 0)))
    expect(await failureOf(provider())).toMatchObject({ code: 'reauthentication_required' })
    pass(5)
    expect(await failureOf(provider())).toMatchObject({ code: 'reauthentication_required' })
    store.held = tokensOf(5)
    pass(5)
    expect(await tokenOf(provider())).toBe('access-5')
    expect(presented(server)).toEqual(['refresh-9'])
  })

  it('saves under the lock', async () => {
    const order: string[] = []
    const store = memoryStore(null, {
      save: async () => void order.push('save'),
      async lock(critical) {
        order.push('lock')
        const result = await critical()
        order.push('unlock')
        return result
      },
    })
    const { provider } = await startProvider({ store }, rotated(1))
    await provider.setTokens(tokensOf(9))
    expect(order).toEqual(['lock', 'save', 'unlock'])
  })

  it('retries a lock that fails', async () => {
    let locks = 0
    const store = memoryStore(null, {
      async lock(critical) {
        locks += 1
        if (locks < 4) throw new Error('disk full')
        return critical()
      },
    })
    const { provider } = await startProvider({ store }, rotated(1))
    await provider.setTokens(tokensOf(9))
    expect(locks).toBe(4)
    expect(store.saved).toEqual(['refresh-9'])
  })

  it('rejects when the lock is never free: the tokens are in use, and saved by a later call', async () => {
    const store = memoryStore(null, { lock: () => NEVER })
    const { provider } = await startProvider({ store, timeoutMs: 20 }, rotated(1))
    expect(await failureOf(provider.setTokens(tokensOf(9)))).toMatchObject({
      code: 'store_failed',
      reason: 'lock',
    })
    store.lock = (critical) => critical()
    pass(5)
    expect(await tokenOf(provider())).toBe('access-9')
    expect(store.saved).toEqual(['refresh-9'])
  })

  it('keeps the order of several: the last one stays', async () => {
    const store = memoryStore(tokensOf(0))
    const { provider } = await startProvider({ store }, rotated(1))
    await Promise.all([7, 8, 9].map((n) => provider.setTokens(tokensOf(n))))
    expect(await tokenOf(provider())).toBe('access-9')
    expect(store.held).toMatchObject({ refreshToken: 'refresh-9' })
  })
})

describe('setTokens() during', () => {
  /** The token in use and the stored tokens, once everything has settled. */
  async function expectNewLogin(
    provider: TokenProvider,
    store: ReturnType<typeof memoryStore>,
  ): Promise<void> {
    expect(await tokenOf(provider())).toBe('access-9')
    expect(provider.tokens?.refreshToken).toBe('refresh-9')
    expect(store.held).toMatchObject({ refreshToken: 'refresh-9' })
  }

  it('a refresh: the new login is used, and saved after the refreshed tokens', async () => {
    const { reply, arrived, gate } = heldBack(rotated(1))
    const store = memoryStore(tokensOf(0, 0))
    const { provider } = await startProvider({ store }, reply)
    const call = tokenOf(provider())
    await arrived
    const login = provider.setTokens(tokensOf(9))
    expect(await tokenOf(provider())).toBe('access-9')
    gate.open()
    expect(await call).toBe('access-9')
    await login
    expect(store.saved).toEqual(['refresh-1', 'refresh-9'])
    await expectNewLogin(provider, store)
  })

  it('a refresh, with tokens that are due themselves: all get a token of the new login', async () => {
    const { reply, arrived, gate } = heldBack(rotated(1))
    const store = memoryStore(tokensOf(0, 0))
    const { provider, server } = await startProvider({ store }, reply, rotated(10))
    const calls = [tokenOf(provider())]
    await arrived
    const login = provider.setTokens(tokensOf(9, 0))
    calls.push(tokenOf(provider()), tokenOf(provider(FORCED)))
    gate.open()
    expect(await Promise.all(calls)).toEqual(['access-10', 'access-10', 'access-10'])
    await login
    expect(presented(server)).toEqual(['refresh-0', 'refresh-9'])
    expect(store.saved).toEqual(['refresh-1', 'refresh-9', 'refresh-10'])
  })

  it.each([
    ['is refused', invalidGrant],
    ['fails', outage],
  ])('a refresh that %s: the new login is unaffected', async (_name, failure) => {
    const { reply, arrived, gate } = heldBack(failure)
    const store = memoryStore(tokensOf(0, 0))
    const { provider, server, reported } = await startProvider({ store }, reply, rotated(10))
    const calls = [tokenOf(provider()), tokenOf(provider(FORCED))]
    await arrived
    const login = provider.setTokens(tokensOf(9))
    gate.open()
    expect(await Promise.all(calls)).toEqual(['access-9', 'access-9'])
    await login
    await expectNewLogin(provider, store)
    expect(await tokenOf(provider(FORCED))).toBe('access-9')
    expect(reported).toEqual([])
    pass(10)
    expect(await tokenOf(provider(FORCED))).toBe('access-10')
    expect(presented(server)).toEqual(['refresh-0', 'refresh-9'])
  })

  it.each([
    [1, 'the first load', 3600, rotated(1)],
    [2, 'the load before a refresh', 0, rotated(1)],
    [3, 'the load after a refusal', 0, invalidGrant],
  ])("load %i, %s: the old content of the store doesn't come back", async (n, _name, left, reply) => {
    const store = memoryStore(tokensOf(0, left))
    const { operate, reached, gate } = stopAt(n, store.load)
    const { provider } = await startProvider({ store: Object.assign(store, { load: operate }) }, reply)
    const call = tokenOf(provider())
    await reached
    const login = provider.setTokens(tokensOf(9))
    gate.open()
    expect(await call).toBe('access-9')
    await login
    await expectNewLogin(provider, store)
  })

  it("the search for a new login: the old content of the store doesn't come back", async () => {
    const store = memoryStore(tokensOf(0, 0))
    const { operate, reached, gate } = stopAt(4, store.load)
    const { provider } = await startProvider({ store: Object.assign(store, { load: operate }) }, invalidGrant)
    await failureOf(provider())
    store.held = tokensOf(5)
    pass(5)
    const call = tokenOf(provider())
    await reached
    const login = provider.setTokens(tokensOf(9))
    gate.open()
    expect(await call).toBe('access-9')
    await login
    await expectNewLogin(provider, store)
  })

  it('a load that fails: the new login is unaffected', async () => {
    const reached = createGate()
    const gate = createGate()
    const store = memoryStore(null, {
      async load() {
        reached.open()
        await gate.opened
        throw new Error('no such file')
      },
    })
    const { provider, reported } = await startProvider({ store }, rotated(1))
    const call = tokenOf(provider())
    await reached.opened
    const login = provider.setTokens(tokensOf(9))
    gate.open()
    expect(await call).toBe('access-9')
    await login
    await expectNewLogin(provider, store)
    expect(reported).toEqual([])
  })

  it('a save: the new login is saved after it', async () => {
    const store = memoryStore(tokensOf(0, 0))
    const { save } = store
    const reached = createGate()
    const gate = createGate()
    store.save = async (tokens) => {
      reached.open()
      await gate.opened
      await save(tokens)
    }
    const { provider } = await startProvider({ store }, rotated(1))
    const call = provider()
    await reached.opened
    const login = provider.setTokens(tokensOf(9))
    gate.open()
    await Promise.all([call, login])
    expect(store.saved).toEqual(['refresh-1', 'refresh-9'])
    await expectNewLogin(provider, store)
  })

  it('its own save, a refresh waits and is saved last', async () => {
    const store = memoryStore(tokensOf(0))
    const { save } = store
    const gate = createGate()
    store.save = async (tokens) => {
      await gate.opened
      await save(tokens)
    }
    const { provider, server } = await startProvider({ store }, rotated(10))
    await provider()
    const login = provider.setTokens(tokensOf(9, 0))
    const call = tokenOf(provider())
    gate.open()
    expect(await call).toBe('access-10')
    await login
    expect(presented(server)).toEqual(['refresh-9'])
    expect(store.saved).toEqual(['refresh-9', 'refresh-10'])
  })
})
