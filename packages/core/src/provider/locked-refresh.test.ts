import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { failureOf } from '../../test/client-call.ts'
import { pass, stopClocks } from '../../test/fake-clock.ts'
import { createGate } from '../../test/gate.ts'
import { memoryStore } from '../../test/memory-store.ts'
import { startProvider, tokenOf } from '../../test/provider-at-server.ts'
import { heldBack, invalidGrant, presented, rotated, tokensOf } from '../../test/refresh-fixtures.ts'
import { html, json } from '../../test/reply.ts'
import { until } from '../../test/until.ts'
import { AnthropicAuthError } from '../error/error.ts'
import { OAuthClient } from '../oauth-client.ts'
import type { TokenProviderEvent } from './token-provider-event.ts'
import { createTokenProvider } from './token-provider.ts'
import type { TokenStore } from './token-store.ts'

// A failed save is repeated for five seconds. Here each wait takes only one turn of the event loop.
vi.mock(import('./wait.ts'), () => ({ wait: async () => new Promise((resolve) => setImmediate(resolve)) }))

const FORCED = { forceRefresh: true }
const NEVER = new Promise<never>(() => undefined)
const outage = html('<h1>Bad Gateway</h1>', 502)
const onHold = json({ error: 'invalid_grant', error_description: 'account_on_hold' }, { status: 400 })

beforeEach(stopClocks)

afterEach(() => {
  vi.useRealTimers()
})

function storeError(reason: string): AnthropicAuthError {
  return new AnthropicAuthError('store_failed', `The store failed: ${reason}`, { reason })
}

describe('prepareSave()', () => {
  it('is called under the lock, after the second load and before the refresh', async () => {
    const order: string[] = []
    const store = memoryStore(tokensOf(0, 0), {
      async load() {
        order.push('load')
        return store.held
      },
      prepareSave: () => void order.push('prepareSave'),
      save: async () => void order.push('save'),
      async lock(critical) {
        order.push('lock')
        const result = await critical()
        order.push('unlock')
        return result
      },
    })
    const { provider } = await startProvider({ store }, (response, request) => {
      order.push('refresh')
      rotated(1)(response, request)
    })
    await provider()
    expect(order).toEqual(['load', 'lock', 'load', 'prepareSave', 'refresh', 'save', 'unlock'])
  })

  it('is not called when nothing has to be refreshed', async () => {
    const prepareSave = vi.fn<() => void>()
    const { provider } = await startProvider({ store: memoryStore(tokensOf(0), { prepareSave }) }, rotated(1))
    await provider()
    expect(prepareSave).not.toHaveBeenCalled()
  })

  it.each([
    ['rejects', async () => Promise.reject(new Error('disk full'))],
    [
      'throws',
      () => {
        throw new Error('disk full')
      },
    ],
    ['hangs', async () => NEVER],
  ])('that %s prevents the refresh, and a valid token is still used', async (_name, prepareSave) => {
    const store = memoryStore(tokensOf(0, 60), { prepareSave })
    const errors: AnthropicAuthError[] = []
    const onError = (error: AnthropicAuthError): void => void errors.push(error)
    const { provider, server } = await startProvider({ store, onError, timeoutMs: 50 }, rotated(1))
    expect(await tokenOf(provider())).toBe('access-0')
    expect(errors).toMatchObject([{ code: 'store_failed', reason: 'prepareSave', retryable: true }])
    pass(60)
    expect(await failureOf(provider())).toMatchObject({ code: 'store_failed', reason: 'prepareSave' })
    expect(server.requests).toHaveLength(0)
    expect(store.saved).toEqual([])
  })

  it('that rejects is not called again for 5 s, and the login goes on once it works', async () => {
    let calls = 0
    const store = memoryStore(tokensOf(0, 0), {
      async prepareSave() {
        calls += 1
        if (calls === 1) throw new Error('disk full')
      },
    })
    const { provider, server } = await startProvider({ store }, rotated(1))
    await failureOf(provider())
    pass(4)
    expect(await failureOf(provider())).toMatchObject({ reason: 'prepareSave' })
    expect(calls).toBe(1)
    pass(1)
    expect(await tokenOf(provider())).toBe('access-1')
    expect(presented(server)).toEqual(['refresh-0'])
  })

  it("passes on the hint of the store's own error", async () => {
    const full = new AnthropicAuthError('store_failed', 'w.json cannot be written (ENOSPC)', {
      reason: 'write_failed',
      hint: 'Free some space.',
    })
    const store = memoryStore(tokensOf(0, 0), { prepareSave: async () => Promise.reject(full) })
    const { provider } = await startProvider({ store }, rotated(1))
    expect(await failureOf(provider())).toMatchObject({
      message:
        'Nothing was refreshed, because the new tokens could not be saved. w.json cannot be written (ENOSPC)',
      hint: 'Free some space.',
      cause: full,
    })
  })

  it('is called again right before sending if the process was suspended in between', async () => {
    const order: string[] = []
    const store = memoryStore(tokensOf(0, 0), {
      async prepareSave() {
        order.push('prepareSave')
        if (order.length === 1) pass(11)
      },
    })
    const { provider } = await startProvider({ store }, (response, request) => {
      order.push('refresh')
      rotated(1)(response, request)
    })
    await provider()
    expect(order).toEqual(['prepareSave', 'prepareSave', 'refresh'])
  })
})

/** A store that loses its lock during some calls of `operation`: those whose numbers, from 1, are in `losing`. */
function losingStore(operation: 'prepareSave' | 'save', losing: readonly number[]) {
  const order: string[] = []
  let calls = 0
  const look = (name: 'prepareSave' | 'save'): void => {
    order.push(name)
    if (name === operation && losing.includes((calls += 1))) throw storeError('lock_lost')
  }
  const store = memoryStore(tokensOf(0, 0), {
    prepareSave: () => look('prepareSave'),
    async save(tokens) {
      look('save')
      store.saved.push(tokens.refreshToken)
      store.held = tokens.toJSON()
    },
    async lock(critical) {
      order.push('lock')
      return critical()
    },
  })
  return { store, order }
}

describe('a lock that was lost', () => {
  it('before the refresh is taken again before the refresh token is sent', async () => {
    const { store, order } = losingStore('prepareSave', [1])
    const { provider, server } = await startProvider({ store }, rotated(1))
    expect(await tokenOf(provider())).toBe('access-1')
    expect(order).toEqual(['lock', 'prepareSave', 'lock', 'prepareSave', 'save'])
    expect(presented(server)).toEqual(['refresh-0'])
  })

  it('to a process that has refreshed causes no second refresh', async () => {
    const { store } = losingStore('prepareSave', [1])
    const { prepareSave } = store
    store.prepareSave = async () => {
      store.held = tokensOf(7)
      await prepareSave?.()
    }
    const { provider, server } = await startProvider({ store }, rotated(1))
    expect(await tokenOf(provider())).toBe('access-7')
    expect(server.requests).toHaveLength(0)
  })

  it('before the response arrives is taken again, and the tokens are saved', async () => {
    const { store, order } = losingStore('save', [1])
    const { provider, server } = await startProvider({ store }, rotated(1))
    expect(await tokenOf(provider())).toBe('access-1')
    expect(order).toEqual(['lock', 'prepareSave', 'save', 'lock', 'save'])
    expect(presented(server)).toEqual(['refresh-0'])
    expect(store.saved).toEqual(['refresh-1'])
  })

  it('causes no second refresh when the new token expires at once', async () => {
    const { store } = losingStore('save', [1])
    const { provider, server } = await startProvider({ store }, rotated(1, 0))
    expect(await tokenOf(provider())).toBe('access-1')
    expect(server.requests).toHaveLength(1)
  })

  it('to a process that has saved other tokens leaves them in the store', async () => {
    const { store } = losingStore('save', [1])
    const { provider } = await startProvider({ store }, (response, request) => {
      store.held = tokensOf(7)
      rotated(1)(response, request)
    })
    expect(await tokenOf(provider())).toBe('access-7')
    expect(store.saved).toEqual([])
  })

  it('again and again is an error, with a pause of 5 s each time', async () => {
    const { store, order } = losingStore('prepareSave', [1, 2, 3, 4, 5, 6])
    const { provider, server } = await startProvider({ store }, rotated(1))
    for (let i = 0; i < 2; i += 1) {
      expect(await failureOf(provider())).toMatchObject({ code: 'store_failed', reason: 'lock_lost' })
      pass(5)
    }
    expect(order.filter((step) => step === 'lock')).toHaveLength(6)
    expect(server.requests).toHaveLength(0)
    expect(await tokenOf(provider())).toBe('access-1')
  })

  it('does not keep a new login from being saved', async () => {
    const { store } = losingStore('save', [1])
    const { provider } = await startProvider({ store }, rotated(1))
    await provider.setTokens(tokensOf(9))
    expect(store.saved).toEqual(['refresh-9'])
  })
})

describe('a lock that is not free in time', () => {
  it('is retried every 5 s, however often that is', async () => {
    let tries = 0
    const store = memoryStore(tokensOf(0, 0), {
      async lock() {
        tries += 1
        throw storeError('lock_timeout')
      },
    })
    const { provider } = await startProvider({ store }, rotated(1))
    for (let i = 0; i < 4; i += 1) {
      expect(await failureOf(provider())).toMatchObject({ reason: 'lock_timeout' })
      pass(5)
    }
    expect(tries).toBe(4)
  })
})

describe('a response that takes longer than a caller waits', () => {
  it('is saved when it arrives, and the next call gets its token', async () => {
    const { reply, arrived, gate } = heldBack(rotated(1))
    const store = memoryStore(tokensOf(0, 0))
    const { provider, server } = await startProvider({ store, timeoutMs: 100 }, reply)
    expect(await failureOf(provider())).toMatchObject({
      code: 'timeout',
      reason: 'still_waiting',
      retryable: true,
    })
    await arrived
    gate.open()
    await until(() => store.saved.length === 1)
    expect(await tokenOf(provider())).toBe('access-1')
    expect(presented(server)).toEqual(['refresh-0'])
    expect(store.saved).toEqual(['refresh-1'])
  })

  it('gives each later caller a new deadline, but is requested only once', async () => {
    const { reply, gate } = heldBack(rotated(1))
    const store = memoryStore(tokensOf(0, 0))
    const { provider, server } = await startProvider({ store, timeoutMs: 1000 }, reply)
    await failureOf(provider())
    for (const options of [{}, FORCED]) {
      expect(await failureOf(provider(options))).toMatchObject({ code: 'timeout', reason: 'still_waiting' })
    }
    const call = tokenOf(provider())
    gate.open()
    expect(await call).toBe('access-1')
    expect(server.requests).toHaveLength(1)
  })

  it('lets callers use a token that is still valid: first at the deadline, then at once', async () => {
    const { reply, gate } = heldBack(rotated(1))
    const store = memoryStore(tokensOf(0, 100))
    const { provider, reported } = await startProvider({ store, timeoutMs: 100 }, reply)
    expect(await tokenOf(provider())).toBe('access-0')
    expect(reported).toEqual(['timeout'])
    pass(1)
    expect(await tokenOf(provider())).toBe('access-0')
    expect(reported).toEqual(['timeout'])
    gate.open()
    await until(() => store.saved.length === 1)
    expect(await tokenOf(provider())).toBe('access-1')
  })

  it('keeps the lock until it arrives', async () => {
    const { reply, gate } = heldBack(rotated(1))
    let isHeld = false
    const store = memoryStore(tokensOf(0, 0), {
      async lock(critical) {
        isHeld = true
        const result = await critical()
        isHeld = false
        return result
      },
    })
    const { provider } = await startProvider({ store, timeoutMs: 50 }, reply)
    await failureOf(provider())
    expect(isHeld).toBe(true)
    gate.open()
    await until(() => !isHeld)
    expect(store.saved).toEqual(['refresh-1'])
  })

  it('begins the pause only when the request has ended', async () => {
    const { reply, gate } = heldBack(outage)
    const { provider, server } = await startProvider({ tokens: tokensOf(0, 0), timeoutMs: 1000 }, reply)
    await failureOf(provider())
    pass(20)
    const call = failureOf(provider())
    gate.open()
    expect(await call).toMatchObject({ code: 'http_error' })
    pass(4)
    expect(await failureOf(provider())).toMatchObject({ code: 'http_error' })
    expect(server.requests).toHaveLength(1)
  })

  it.each([
    [1000, 60_000],
    [30_000, 150_000],
    [90_000, 300_000],
    [400_000, 400_000],
  ])('when the timeout is %i ms, is awaited for %i ms', async (timeoutMs, patienceMs) => {
    const refreshToken = vi.spyOn(OAuthClient.prototype, 'refreshToken')
    const { provider } = await startProvider({ tokens: tokensOf(0, 0), timeoutMs }, rotated(1))
    await provider()
    expect(refreshToken.mock.calls).toMatchObject([
      [expect.anything(), { timeoutMs: patienceMs, newAttemptsMs: timeoutMs }],
    ])
    refreshToken.mockRestore()
  })
})

describe('an account on hold', () => {
  it('keeps a valid token in use, and is checked again after 60 s', async () => {
    const { provider, server, reported } = await startProvider(
      { tokens: tokensOf(0, 100) },
      onHold,
      rotated(1),
    )
    expect(await tokenOf(provider())).toBe('access-0')
    expect(reported).toEqual(['account_on_hold'])
    pass(59)
    expect(await tokenOf(provider())).toBe('access-0')
    expect(server.requests).toHaveLength(1)
    pass(1)
    expect(await tokenOf(provider())).toBe('access-1')
    expect(presented(server)).toEqual(['refresh-0', 'refresh-0'])
  })

  it('is reported when no token is valid, and does not end the login', async () => {
    const { provider } = await startProvider({ tokens: tokensOf(0, 0) }, onHold, rotated(1))
    expect(await failureOf(provider())).toMatchObject({ code: 'account_on_hold', retryable: true })
    pass(60)
    expect(await tokenOf(provider())).toBe('access-1')
  })
})

describe('a damaged store', () => {
  function damagedStore(changes: Partial<TokenStore> = {}) {
    const store = memoryStore(tokensOf(0, 200), {
      async load() {
        if (store.held === null) throw storeError('corrupt_file')
        return store.held
      },
      ...changes,
    })
    return store
  }

  it('is not a logout: the tokens in memory are refreshed and saved over it', async () => {
    const store = damagedStore()
    const { provider, server } = await startProvider({ store }, rotated(1))
    await provider()
    store.held = null
    pass(80)
    expect(await tokenOf(provider())).toBe('access-1')
    expect(presented(server)).toEqual(['refresh-0'])
    expect(store.saved).toEqual(['refresh-0', 'refresh-1'])
  })

  it('that must not be overwritten prevents the refresh', async () => {
    const store = damagedStore({ prepareSave: async () => Promise.reject(storeError('corrupt_file')) })
    const { provider, server } = await startProvider({ store }, rotated(1))
    await provider()
    store.held = null
    pass(200)
    expect(await failureOf(provider())).toMatchObject({ code: 'store_failed', reason: 'prepareSave' })
    expect([server.requests.length, store.saved.length]).toEqual([0, 0])
  })

  it('is an error when there are no tokens in memory', async () => {
    const store = damagedStore()
    store.held = null
    const { provider } = await startProvider({ store }, rotated(1))
    expect(await failureOf(provider())).toMatchObject({ code: 'store_failed', reason: 'corrupt_file' })
  })
})

describe('two providers on one store', () => {
  it('lose nothing when one of their saves fails', async () => {
    let failures = 1
    const store = memoryStore(tokensOf(0, 0), {
      async save(tokens) {
        if (failures-- > 0) throw new Error('disk full')
        store.held = tokens.toJSON()
      },
    })
    const { provider, server } = await startProvider({ store }, rotated(1), invalidGrant)
    const other = createTokenProvider(new OAuthClient({ endpoints: server.endpoints }), { store })
    expect(await tokenOf(provider())).toBe('access-1')
    expect(await tokenOf(other())).toBe('access-1')
    expect(presented(server)).toEqual(['refresh-0'])
  })
})

describe('a save that fails', () => {
  it('is repeated under the lock until it works', async () => {
    const order: string[] = []
    const store = memoryStore(tokensOf(0, 0), {
      async save(tokens) {
        order.push('save')
        if (order.length < 6) throw new Error('disk full')
        store.held = tokens.toJSON()
      },
      async lock(critical) {
        order.push('lock')
        const result = await critical()
        order.push('unlock')
        return result
      },
    })
    const { provider, reported } = await startProvider({ store }, rotated(1))
    expect(await tokenOf(provider())).toBe('access-1')
    expect(order).toEqual(['lock', 'save', 'save', 'save', 'save', 'save', 'unlock'])
    expect(reported).toEqual([])
  })

  it('for five seconds is given up, and tried again after a pause', async () => {
    let saves = 0
    const store = memoryStore(tokensOf(0, 0), {
      async save() {
        saves += 1
        throw new Error('disk full')
      },
    })
    const { provider, reported } = await startProvider({ store }, rotated(1))
    expect(await tokenOf(provider())).toBe('access-1')
    expect(reported).toEqual(['store_failed'])
    // At once, then after 50, 100, 200, 400, 800 and three times 1,000 ms.
    expect(saves).toBe(10)
    pass(5)
    await provider()
    expect(saves).toBe(11)
  })

  it('does not hold up other callers', async () => {
    const gate = createGate()
    const store = memoryStore(tokensOf(0, 0), {
      async save() {
        await gate.opened
      },
    })
    const { provider, server } = await startProvider({ store }, rotated(1))
    const first = provider()
    await until(() => server.requests.length === 1)
    await until(() => provider.tokens?.accessToken === 'access-1')
    expect(await tokenOf(provider())).toBe('access-1')
    gate.open()
    await first
  })
})

describe('a synchronous store', () => {
  it('works like any other', async () => {
    let held: string | null = JSON.stringify(tokensOf(0, 0))
    const store: TokenStore = {
      load: () => (held === null ? null : (JSON.parse(held) as ReturnType<typeof tokensOf>)),
      save: (tokens) => void (held = JSON.stringify(tokens)),
      prepareSave: () => undefined,
    }
    const { provider } = await startProvider({ store }, rotated(1))
    expect(await tokenOf(provider())).toBe('access-1')
    expect(JSON.parse(held)).toMatchObject({ refreshToken: 'refresh-1' })
  })
})

describe('onEvent', () => {
  const REFRESH_0 = '47a07fe7'
  const REFRESH_1 = 'bd473e5d'

  it('reports what happened to a login, in order and without secrets', async () => {
    const events: TokenProviderEvent[] = []
    const onEvent = (event: TokenProviderEvent): void => void events.push(event)
    const store = memoryStore(tokensOf(0, 0), { lock: async (critical) => critical() })
    const { provider } = await startProvider({ store, onEvent }, rotated(1, 60), invalidGrant)
    await provider()
    pass(60)
    await failureOf(provider())
    await until(() => events.at(-1)?.type === 'refused')
    expect(events.map(({ type, refreshTokenId }) => [type, refreshTokenId])).toEqual([
      ['adopted', REFRESH_0],
      ['waiting_for_lock', undefined],
      ['lock_acquired', undefined],
      ['refreshing', REFRESH_0],
      ['refreshed', REFRESH_1],
      ['saved', REFRESH_1],
      ['waiting_for_lock', undefined],
      ['lock_acquired', undefined],
      ['refreshing', REFRESH_1],
      ['refused', REFRESH_1],
    ])
    expect(events[4]).toMatchObject({ time: '2023-11-14T22:13:20.000Z', expiresAt: 1_700_000_060 })
    expect(events[9]?.error).toMatchObject({ code: 'reauthentication_required', error: 'invalid_grant' })
    expect(JSON.stringify(events)).not.toMatch(/(access|refresh)-\d/)
  })

  it.each<[TokenProviderEvent['type'], Partial<TokenStore>, Parameters<typeof startProvider>[1], object]>([
    ['paused', {}, outage, { until: '2023-11-14T22:13:25.000Z', error: { code: 'http_error' } }],
    [
      'save_failed',
      { save: async () => Promise.reject(new Error('disk full')) },
      rotated(1),
      { refreshTokenId: REFRESH_1, error: { code: 'store_failed', reason: 'save' } },
    ],
    ['lock_lost', { prepareSave: async () => Promise.reject(storeError('lock_lost')) }, rotated(1), {}],
  ])('reports %s', async (type, changes, reply, details) => {
    const events: TokenProviderEvent[] = []
    const store = memoryStore(tokensOf(0, 0), changes)
    const { provider } = await startProvider({ store, onEvent: (event) => void events.push(event) }, reply)
    await provider().catch(() => undefined)
    await until(() => events.some((event) => event.type === type))
    expect(events.find((event) => event.type === type)).toMatchObject(details)
  })

  it('reports a new login, a logout elsewhere, and an overdue response', async () => {
    const types: string[] = []
    const { reply, gate } = heldBack(rotated(1, 60))
    const store = memoryStore(tokensOf(0, 0))
    const onEvent = ({ type }: TokenProviderEvent): void => void types.push(type)
    const { provider } = await startProvider({ store, onEvent, timeoutMs: 50 }, reply)
    await failureOf(provider())
    gate.open()
    await until(() => store.saved.length === 1)
    store.held = null
    pass(60)
    await failureOf(provider())
    await provider.setTokens(tokensOf(9))
    await until(() => types.length === 8)
    expect(types).toEqual([
      'adopted',
      'refreshing',
      'still_waiting',
      'refreshed',
      'saved',
      'logged_out',
      'new_login',
      'saved',
    ])
  })

  it('does not end a login by throwing', async () => {
    const onEvent = (): void => {
      throw new Error('thrown by a listener')
    }
    const { provider } = await startProvider({ tokens: tokensOf(0, 0), onEvent }, rotated(1))
    expect(await tokenOf(provider())).toBe('access-1')
  })
})
