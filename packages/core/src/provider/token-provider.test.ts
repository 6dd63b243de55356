import { getEventListeners } from 'node:events'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { failureOf } from '../../test/client-call.ts'
import { pass, setWallClock, stopClocks } from '../../test/fake-clock.ts'
import { memoryStore } from '../../test/memory-store.ts'
import { startProvider, tokenOf } from '../../test/provider-at-server.ts'
import { heldBack, invalidGrant, presented, rotated, tokensOf } from '../../test/refresh-fixtures.ts'
import { html, json } from '../../test/reply.ts'
import { until } from '../../test/until.ts'
import { OAuthClient } from '../oauth-client.ts'
import { createTokenProvider, type TokenProvider } from './token-provider.ts'

const DAY = 86_400
const FORCED = { forceRefresh: true }
const outage = html('<h1>Bad Gateway</h1>', 502)

beforeEach(stopClocks)

afterEach(() => {
  vi.useRealTimers()
})

/** Calls the provider once a second, and returns the seconds at which it sent a request. */
async function requestTimes(
  { provider, server }: Awaited<ReturnType<typeof startProvider>>,
  seconds: number,
): Promise<readonly number[]> {
  const times: number[] = []
  for (let second = 0; second < seconds; second++) {
    const before = server.requests.length
    await provider().catch(() => undefined)
    if (server.requests.length > before) times.push(second)
    pass(1)
  }
  return times
}

async function expectAllToFail(
  calls: readonly Promise<unknown>[],
  code: string,
): Promise<readonly unknown[]> {
  const errors = await Promise.all(calls.map(failureOf))
  for (const error of errors) expect(error).toMatchObject({ code })
  return errors
}

describe('createTokenProvider()', () => {
  const client = new OAuthClient()

  it('needs tokens or a store', () => {
    expect(() => createTokenProvider(client, {})).toThrow(TypeError)
  })

  it('refuses invalid tokens', () => {
    const tokens = { accessToken: 'two words' } as never
    expect(() => createTokenProvider(client, { tokens })).toThrow(
      expect.objectContaining({ code: 'store_failed', reason: 'invalid_tokens' }),
    )
  })

  it('refuses tokens of another client', () => {
    const tokens = { ...tokensOf(0), clientId: 'another-client' }
    expect(() => createTokenProvider(client, { tokens })).toThrow(
      expect.objectContaining({ code: 'invalid_config', reason: 'clientId' }),
    )
  })

  it('does nothing until it is called', async () => {
    const store = memoryStore(tokensOf(0, 0))
    const { server } = await startProvider({ store }, rotated(1))
    expect([store.loads, server.requests.length]).toEqual([0, 0])
  })

  it('shows the last known tokens', async () => {
    const { provider } = await startProvider({ tokens: tokensOf(0, 0) }, rotated(1))
    expect(provider.tokens?.refreshToken).toBe('refresh-0')
    await provider()
    expect(provider.tokens?.refreshToken).toBe('refresh-1')
  })

  it('shows no secret when it is inspected', async () => {
    const { provider } = await startProvider({ tokens: tokensOf(0) }, rotated(1))
    await provider()
    expect(inspect(provider, { depth: 20, getters: true, showHidden: true })).not.toMatch(
      /(access|refresh)-0/,
    )
  })
})

describe('a token with more than 120 s left', () => {
  it('is returned without a request', async () => {
    const { provider, server } = await startProvider({ tokens: tokensOf(0, 121) }, rotated(1))
    await expect(provider()).resolves.toEqual({ token: 'access-0', expiresAt: 1_700_000_121 })
    expect(server.requests).toHaveLength(0)
  })

  it('is the same, unchangeable object for all callers', async () => {
    const { provider } = await startProvider({ tokens: tokensOf(0) }, rotated(1))
    const first = await provider()
    expect(await provider()).toBe(first)
    expect(Object.isFrozen(first)).toBe(true)
  })
})

describe('a token with at most 120 s left', () => {
  it.each([120, 1, 0])('is refreshed at %i s', async (left) => {
    const { provider, server } = await startProvider({ tokens: tokensOf(0, left) }, rotated(1))
    await expect(provider()).resolves.toEqual({ token: 'access-1', expiresAt: 1_700_003_600 })
    expect(presented(server)).toEqual(['refresh-0'])
  })

  it('is refreshed once for all callers', async () => {
    const { provider, server } = await startProvider({ tokens: tokensOf(0, 0) }, rotated(1))
    const calls = Array.from({ length: 100 }, () => tokenOf(provider()))
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['access-1']))
    expect(presented(server)).toEqual(['refresh-0'])
  })

  it('is refreshed again when it is due again, with the refresh token that came last', async () => {
    const { provider, server } = await startProvider({ tokens: tokensOf(0, 0) }, rotated(1), rotated(2))
    await provider()
    pass(3479)
    expect(await tokenOf(provider())).toBe('access-1')
    pass(1)
    expect(await tokenOf(provider())).toBe('access-2')
    expect(presented(server)).toEqual(['refresh-0', 'refresh-1'])
  })
})

describe('a token of unknown expiry', () => {
  it('is refreshed at its first use, since its age is unknown', async () => {
    const { provider, server } = await startProvider({ tokens: tokensOf(0, null) }, rotated(1))
    expect(await tokenOf(provider())).toBe('access-1')
    expect(await tokenOf(provider())).toBe('access-1')
    expect(presented(server)).toEqual(['refresh-0'])
  })

  it('is used when the refresh fails, and refreshed after the pause', async () => {
    const { provider, server } = await startProvider({ tokens: tokensOf(0, null) }, outage, rotated(1))
    await expect(provider()).resolves.toEqual({ token: 'access-0', expiresAt: null })
    expect(await tokenOf(provider())).toBe('access-0')
    expect(server.requests).toHaveLength(1)
    pass(5)
    expect(await tokenOf(provider())).toBe('access-1')
  })

  it('is not used when its refresh token is dead', async () => {
    const { provider } = await startProvider({ tokens: tokensOf(0, null) }, invalidGrant)
    expect(await failureOf(provider())).toMatchObject({ code: 'reauthentication_required' })
  })

  it('is never refreshed without a refresh token', async () => {
    const tokens = { ...tokensOf(0, null), refreshToken: null }
    const { provider, server } = await startProvider({ tokens }, rotated(1))
    pass(3650 * DAY)
    await expect(provider()).resolves.toEqual({ token: 'access-0', expiresAt: null })
    expect(server.requests).toHaveLength(0)
  })
})

describe('a short lifetime', () => {
  it('has a refresh window of a quarter of its length', async () => {
    const { provider, server } = await startProvider(
      { tokens: tokensOf(0, 0) },
      rotated(1, 60),
      rotated(2, 60),
    )
    await provider()
    pass(44)
    expect(await tokenOf(provider())).toBe('access-1')
    pass(1)
    expect(await tokenOf(provider())).toBe('access-2')
    expect(server.requests).toHaveLength(2)
  })

  it("of a loaded token doesn't shorten its window", async () => {
    const store = memoryStore(tokensOf(0, 60))
    const { provider } = await startProvider({ store }, rotated(1))
    expect(await tokenOf(provider())).toBe('access-1')
  })

  it('of 0 gives each call its own token, with one request', async () => {
    const replies = [rotated(1, 0), rotated(2, 0), rotated(3, 0)]
    const { provider, server } = await startProvider({ tokens: tokensOf(0, 0) }, ...replies)
    expect(await tokenOf(provider())).toBe('access-1')
    expect(await tokenOf(provider(FORCED))).toBe('access-2')
    const both = await Promise.all([tokenOf(provider()), tokenOf(provider())])
    expect(both).toEqual(['access-3', 'access-3'])
    expect(server.requests).toHaveLength(3)
  })
})

describe('a refresh that fails', () => {
  it('rejects all callers that wait for it, with one error', async () => {
    const { provider, server, reported } = await startProvider({ tokens: tokensOf(0, 0) }, outage)
    const errors = await expectAllToFail([provider(), provider(), provider()], 'http_error')
    expect(new Set(errors).size).toBe(1)
    expect(server.requests).toHaveLength(1)
    expect(reported).toEqual([])
  })

  it('leaves a token that is still valid in use, and is reported once', async () => {
    const { provider, server, reported } = await startProvider({ tokens: tokensOf(0, 100) }, outage)
    expect(await Promise.all([tokenOf(provider()), tokenOf(provider())])).toEqual(['access-0', 'access-0'])
    pass(4)
    expect(await tokenOf(provider())).toBe('access-0')
    expect(server.requests).toHaveLength(1)
    expect(reported).toEqual(['http_error'])
  })

  it('never returns an expired token', async () => {
    const { provider } = await startProvider({ tokens: tokensOf(0, 2) }, outage)
    expect(await tokenOf(provider())).toBe('access-0')
    pass(2)
    await expectAllToFail([provider()], 'http_error')
  })

  it('rejects all calls of the next 5 s at once, with its error', async () => {
    const { provider, server } = await startProvider({ tokens: tokensOf(0, 0) }, outage, rotated(1))
    const [error] = await expectAllToFail([provider()], 'http_error')
    pass(4.999)
    expect(await failureOf(provider())).toBe(error)
    expect(await failureOf(provider(FORCED))).toBe(error)
    expect(server.requests).toHaveLength(1)
    pass(0.001)
    expect(await tokenOf(provider())).toBe('access-1')
  })

  it('is tried again after 5, 10, 20, 40, then every 60 s', async () => {
    const setUp = await startProvider({ tokens: tokensOf(0, 0) }, outage)
    expect(await requestTimes(setUp, 260)).toEqual([0, 5, 15, 35, 75, 135, 195, 255])
  })

  it('is tried again after 5 s when a refresh worked in between', async () => {
    const replies = [outage, outage, rotated(1, 0), outage, rotated(2)]
    const setUp = await startProvider({ tokens: tokensOf(0, 0) }, ...replies)
    expect(await requestTimes(setUp, 30)).toEqual([0, 5, 15, 16, 21])
  })

  it('is tried again when the server asks', async () => {
    const busy = json({ error: 'slow_down' }, { status: 429, headers: { 'retry-after': '90' } })
    const setUp = await startProvider({ tokens: tokensOf(0, 0) }, busy)
    expect(await requestTimes(setUp, 100)).toEqual([0, 90])
  })

  it('is tried again after an hour, however long the server asks to wait', async () => {
    const busy = json({ error: 'slow_down' }, { status: 429, headers: { 'retry-after': '999999999' } })
    const { provider, server } = await startProvider({ tokens: tokensOf(0, 0) }, busy)
    await expectAllToFail([provider()], 'rate_limited')
    pass(3599)
    await expectAllToFail([provider()], 'rate_limited')
    expect(server.requests).toHaveLength(1)
    pass(1)
    await expectAllToFail([provider()], 'rate_limited')
    expect(server.requests).toHaveLength(2)
  })

  it('leaves the refresh token in use', async () => {
    const replies = [outage, json({ error: 'invalid_client' }, { status: 401 }), json(null), rotated(1)]
    const setUp = await startProvider({ tokens: tokensOf(0, 0) }, ...replies)
    await requestTimes(setUp, 40)
    expect(presented(setUp.server)).toEqual(['refresh-0', 'refresh-0', 'refresh-0', 'refresh-0'])
    expect(setUp.provider.tokens?.refreshToken).toBe('refresh-1')
  })
})

describe('forceRefresh', () => {
  it('refreshes a token that is fresh', async () => {
    const { provider, server } = await startProvider({ tokens: tokensOf(0) }, rotated(1))
    expect(await tokenOf(provider())).toBe('access-0')
    expect(await tokenOf(provider(FORCED))).toBe('access-1')
    expect(presented(server)).toEqual(['refresh-0'])
  })

  it('shares one refresh among calls that overlap', async () => {
    const { provider, server } = await startProvider({ tokens: tokensOf(0) }, rotated(1))
    await provider()
    const calls = Array.from({ length: 100 }, () => tokenOf(provider(FORCED)))
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['access-1']))
    expect(server.requests).toHaveLength(1)
  })

  it('returns the token of a refresh that ended less than 10 s ago', async () => {
    const { provider, server } = await startProvider({ tokens: tokensOf(0) }, rotated(1), rotated(2))
    await provider(FORCED)
    pass(9.999)
    expect(await tokenOf(provider(FORCED))).toBe('access-1')
    expect(server.requests).toHaveLength(1)
    pass(0.001)
    expect(await tokenOf(provider(FORCED))).toBe('access-2')
  })

  it('returns no expired token, however young', async () => {
    const { provider } = await startProvider({ tokens: tokensOf(0, 0) }, rotated(1, 6), rotated(2))
    await provider()
    pass(7)
    expect(await tokenOf(provider(FORCED))).toBe('access-2')
  })

  it('returns the token of a refresh that is under way for other callers', async () => {
    const { reply, arrived, gate } = heldBack(rotated(1))
    const { provider, server } = await startProvider({ tokens: tokensOf(0, 0) }, reply, rotated(2))
    const unforced = tokenOf(provider())
    await arrived
    const forced = tokenOf(provider(FORCED))
    gate.open()
    expect(await Promise.all([unforced, forced])).toEqual(['access-1', 'access-1'])
    expect(server.requests).toHaveLength(1)
  })

  it("doesn't return the refused token, even if other callers only wait for its save", async () => {
    let fails = true
    const store = memoryStore(tokensOf(0, 0), {
      async save({ refreshToken }) {
        if (fails) throw new Error('full')
        store.saved.push(refreshToken)
      },
    })
    const { provider } = await startProvider({ store }, rotated(1), rotated(2))
    await provider()
    pass(11)
    fails = false
    const saving = tokenOf(provider())
    expect(await Promise.all([saving, tokenOf(provider(FORCED))])).toEqual(['access-1', 'access-2'])
    expect(store.saved).toEqual(['refresh-1', 'refresh-2'])
  })

  it('fails when the refresh fails, although other callers get the valid token', async () => {
    const { reply, arrived, gate } = heldBack(outage)
    const { provider, server } = await startProvider({ tokens: tokensOf(0, 100) }, reply)
    const forced = failureOf(provider(FORCED))
    await arrived
    const unforced = tokenOf(provider())
    gate.open()
    expect(await forced).toMatchObject({ code: 'http_error' })
    expect(await unforced).toBe('access-0')
    expect(server.requests).toHaveLength(1)
  })
})

describe("a caller's signal", () => {
  it('that has already aborted ends the call, even for a fresh token', async () => {
    const { provider } = await startProvider({ tokens: tokensOf(0) }, rotated(1))
    await provider()
    const error = await failureOf(provider({ signal: AbortSignal.abort('enough') }))
    expect(error).toMatchObject({ code: 'aborted', cause: 'enough' })
  })

  it('that has already aborted starts nothing', async () => {
    const store = memoryStore(tokensOf(0, 0))
    const { provider, server } = await startProvider({ store }, rotated(1))
    await failureOf(provider({ signal: AbortSignal.abort() }))
    expect([store.loads, server.requests.length]).toEqual([0, 0])
  })

  it("ends only that caller's wait", async () => {
    const { reply, arrived, gate } = heldBack(rotated(1))
    const { provider, server } = await startProvider({ tokens: tokensOf(0, 0) }, reply)
    const controller = new AbortController()
    const aborted = failureOf(provider({ signal: controller.signal }))
    const other = tokenOf(provider())
    await arrived
    controller.abort()
    expect(await aborted).toMatchObject({ code: 'aborted' })
    gate.open()
    expect(await other).toBe('access-1')
    expect(server.requests).toHaveLength(1)
  })

  it('never ends a refresh that was sent: its tokens are saved even if nobody waits', async () => {
    const { reply, arrived, gate } = heldBack(rotated(1))
    const store = memoryStore(tokensOf(0, 0))
    const { provider, server } = await startProvider({ store }, reply)
    const controller = new AbortController()
    const aborted = failureOf(provider({ signal: controller.signal }))
    await arrived
    controller.abort()
    await aborted
    gate.open()
    await until(() => store.saved.length > 0)
    expect(store.saved).toEqual(['refresh-1'])
    expect(await tokenOf(provider())).toBe('access-1')
    expect(server.requests).toHaveLength(1)
  })

  it('gets no listener that stays', async () => {
    const { provider } = await startProvider({ tokens: tokensOf(0, 0) }, outage)
    const { signal } = new AbortController()
    await Promise.all(Array.from({ length: 100 }, () => failureOf(provider({ signal }))))
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })
})

describe('a refresh token that is refused', () => {
  it('requires a new login, and is not sent again', async () => {
    const { provider, server } = await startProvider({ tokens: tokensOf(0, 100) }, invalidGrant)
    const [error] = await expectAllToFail([provider(), provider()], 'reauthentication_required')
    for (let i = 0; i < 3; i++) {
      expect(await failureOf(provider())).toBe(error)
      expect(await failureOf(provider(FORCED))).toBe(error)
      pass(3600)
    }
    expect(presented(server)).toEqual(['refresh-0'])
  })

  it('leaves the store unchanged', async () => {
    const stored = tokensOf(0, 0)
    const store = memoryStore(stored)
    const { provider } = await startProvider({ store }, invalidGrant)
    await failureOf(provider())
    expect(store.held).toBe(stored)
    expect(store.saved).toEqual([])
  })

  it('is replaced by tokens that another program stored meanwhile', async () => {
    const { reply, arrived, gate } = heldBack(invalidGrant)
    const store = memoryStore(tokensOf(0, 0))
    const { provider, server } = await startProvider({ store }, reply)
    const calls = [tokenOf(provider()), tokenOf(provider(FORCED))]
    await arrived
    store.held = tokensOf(7)
    gate.open()
    expect(await Promise.all(calls)).toEqual(['access-7', 'access-7'])
    expect(presented(server)).toEqual(['refresh-0'])
  })

  it('is replaced by stored tokens that are due themselves, which are refreshed', async () => {
    const { reply, arrived, gate } = heldBack(invalidGrant)
    const store = memoryStore(tokensOf(0, 0))
    const { provider, server } = await startProvider({ store }, reply, rotated(8))
    const call = tokenOf(provider())
    await arrived
    store.held = tokensOf(7, 0)
    gate.open()
    expect(await call).toBe('access-8')
    expect(presented(server)).toEqual(['refresh-0', 'refresh-7'])
  })

  it('is tried twice, even if the store has another one each time', async () => {
    let n = 0
    const store = memoryStore(null, { load: async () => tokensOf(n++, 0) })
    const { provider, server } = await startProvider({ store }, invalidGrant)
    await expectAllToFail([provider()], 'reauthentication_required')
    expect(server.requests).toHaveLength(2)
  })

  it('makes the provider read the store every 5 s, until it holds a new login', async () => {
    const store = memoryStore(tokensOf(0, 0))
    const { provider, server } = await startProvider({ store }, invalidGrant)
    await failureOf(provider())
    const loads = store.loads
    for (let i = 0; i < 100; i++) await failureOf(provider())
    expect(store.loads).toBe(loads)
    pass(5)
    for (let i = 0; i < 100; i++) await failureOf(provider())
    expect(store.loads).toBe(loads + 1)
    store.held = tokensOf(5)
    pass(5)
    expect(await tokenOf(provider(FORCED))).toBe('access-5')
    expect(presented(server)).toEqual(['refresh-0'])
  })

  it("stays dead when the store is empty, can't be read, or holds it with another access token", async () => {
    const store = memoryStore(tokensOf(0, 0))
    const { provider, server, reported } = await startProvider({ store }, invalidGrant)
    await failureOf(provider())
    for (const held of [null, 'garbage' as never, { ...tokensOf(0), accessToken: 'access-1' }]) {
      store.held = held
      pass(5)
      await expectAllToFail([provider()], 'reauthentication_required')
    }
    expect(server.requests).toHaveLength(1)
    expect(reported).toEqual(['store_failed'])
  })

  it('is forgotten with a new login', async () => {
    const { provider } = await startProvider({ tokens: tokensOf(0, 0) }, invalidGrant, rotated(10))
    await failureOf(provider())
    await provider.setTokens(tokensOf(9))
    expect(await tokenOf(provider())).toBe('access-9')
    pass(3600)
    expect(await tokenOf(provider())).toBe('access-10')
  })
})

describe('tokens without a refresh token', () => {
  const alone = (n: number, left: number) => ({ ...tokensOf(n, left), refreshToken: null })

  it('are returned until they expire', async () => {
    const { provider, server } = await startProvider({ tokens: alone(0, 200) }, rotated(1))
    for (const seconds of [0, 100, 99]) {
      pass(seconds)
      expect(await tokenOf(provider())).toBe('access-0')
    }
    pass(1)
    await expectAllToFail([provider()], 'missing_refresh_token')
    expect(server.requests).toHaveLength(0)
  })

  it("can't be refreshed, and stay in use after the attempt", async () => {
    const { provider } = await startProvider({ tokens: alone(0, 200) }, rotated(1))
    await expectAllToFail([provider(FORCED)], 'missing_refresh_token')
    expect(await tokenOf(provider())).toBe('access-0')
  })

  it('make the provider read the store every 5 s, until it holds others', async () => {
    const store = memoryStore(alone(0, 0))
    const { provider } = await startProvider({ store }, rotated(1))
    await expectAllToFail([provider(), provider()], 'missing_refresh_token')
    const loads = store.loads
    store.held = alone(1, 3600)
    await expectAllToFail([provider()], 'missing_refresh_token')
    expect(store.loads).toBe(loads)
    pass(5)
    expect(await tokenOf(provider())).toBe('access-1')
  })
})

describe('onError', () => {
  it.each([
    [
      'throws',
      () => {
        throw new Error('of the listener')
      },
    ],
    ['rejects', () => Promise.reject(new Error('of the listener'))],
  ])('may be one that %s: nobody notices', async (_name, listen) => {
    const unhandled = vi.fn<() => void>()
    process.on('unhandledRejection', unhandled)
    const options = { tokens: tokensOf(0, 100), onError: listen as () => void }
    const { provider } = await startProvider(options, outage)
    expect(await tokenOf(provider())).toBe('access-0')
    await new Promise(setImmediate)
    process.off('unhandledRejection', unhandled)
    expect(unhandled).not.toHaveBeenCalled()
  })
})

describe('secrets', () => {
  it('appear in no error that is thrown or reported', async () => {
    const seen: unknown[] = []
    const onError = (error: unknown): void => void seen.push(error)
    const echo = json({ error: 'invalid_grant', error_description: 'refresh-0 access-0' }, { status: 400 })
    const garbage = memoryStore({ ...tokensOf(0), accessToken: 'access-0 is damaged' })
    const foreign = memoryStore({ ...tokensOf(0), clientId: 'another-client' })
    for (const [options, reply] of [
      [{ tokens: tokensOf(0, 0) }, echo],
      [{ tokens: tokensOf(0, 0) }, json({ access_token: 'access-0 is damaged' })],
      [{ tokens: tokensOf(0, 0) }, outage],
      [{ store: garbage }, rotated(1)],
      [{ store: garbage, tokens: tokensOf(0, 100) }, rotated(1)],
      [{ store: foreign }, rotated(1)],
      [{ tokens: { ...tokensOf(0, 0), refreshToken: null } }, rotated(1)],
    ] as const) {
      const { provider } = await startProvider({ ...options, onError }, reply)
      seen.push(await provider(FORCED).catch((error: unknown) => error))
      seen.push(await provider().catch((error: unknown) => error))
      seen.push(
        await provider.setTokens({ ...tokensOf(0), clientId: 'other' }).catch((error: unknown) => error),
      )
    }
    const errors = seen.filter((each) => each instanceof Error)
    expect(errors.length).toBeGreaterThan(18)
    for (const error of errors) {
      const shown =
        inspect(error, { depth: 20, showHidden: true }) + String(error.stack) + JSON.stringify(error)
      expect(shown).not.toMatch(/(?:access|refresh)-0/)
    }
  })
})

describe('a wall clock that is set', () => {
  async function fetched(): Promise<{ provider: TokenProvider; requests: () => number }> {
    const { provider, server } = await startProvider(
      { tokens: tokensOf(0, 0) },
      rotated(1),
      rotated(2),
      rotated(3),
    )
    await provider()
    return { provider, requests: () => server.requests.length }
  }

  it('back a day extends no token', async () => {
    const { provider } = await fetched()
    setWallClock(-DAY)
    pass(3479)
    expect(await tokenOf(provider())).toBe('access-1')
    pass(1)
    expect(await tokenOf(provider())).toBe('access-2')
  })

  it('back a day causes no storm', async () => {
    const { provider, requests } = await fetched()
    setWallClock(-DAY)
    pass(3480)
    for (let i = 0; i < 100; i++) {
      await provider()
      pass(1)
    }
    expect(requests()).toBe(2)
  })

  it('ahead a day causes one refresh', async () => {
    const { provider, requests } = await fetched()
    setWallClock(DAY)
    for (let i = 0; i < 100; i++) expect(await tokenOf(provider())).toBe('access-2')
    setWallClock(-DAY)
    for (let i = 0; i < 100; i++) expect(await tokenOf(provider())).toBe('access-2')
    expect(requests()).toBe(2)
  })

  it('back a day does not lengthen a pause', async () => {
    const setUp = await startProvider({ tokens: tokensOf(0, 0) }, outage, rotated(1))
    await failureOf(setUp.provider())
    setWallClock(-DAY)
    pass(5)
    expect(await tokenOf(setUp.provider())).toBe('access-1')
  })
})
