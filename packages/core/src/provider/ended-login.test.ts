import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { failureOf } from '../../test/client-call.ts'
import { stopClocks } from '../../test/fake-clock.ts'
import { memoryStore, type MemoryStore } from '../../test/memory-store.ts'
import { startProvider, tokenOf } from '../../test/provider-at-server.ts'
import { invalidGrant, presented, rotated, tokensOf } from '../../test/refresh-fixtures.ts'
import { html, json } from '../../test/reply.ts'
import type { TokenSet, TokensLike } from '../token/token-set.ts'
import type { TokenStore } from './token-store.ts'

const FORCED = { forceRefresh: true }
const onHold = json({ error: 'invalid_grant', error_description: 'account_on_hold' }, { status: 400 })

beforeEach(stopClocks)

afterEach(() => {
  vi.useRealTimers()
})

interface EndingStore extends MemoryStore {
  /** The refresh tokens that were marked, in order. */
  readonly marked: (string | null)[]
}

/** A store that remembers which refresh tokens the server has refused. */
function endingStore(held: TokensLike, changes: Partial<TokenStore> = {}): EndingStore {
  const marked: (string | null)[] = []
  const store = memoryStore(held, {
    markEnded: ({ refreshToken }) => void marked.push(refreshToken),
    hasEnded: ({ refreshToken }: TokenSet) => marked.includes(refreshToken),
    ...changes,
  })
  return Object.assign(store, { marked })
}

describe('a login that the server has ended', () => {
  it('is marked in the store, and another provider sends nothing', async () => {
    const store = endingStore(tokensOf(0, -1))
    const first = await startProvider({ store }, invalidGrant)
    expect(await failureOf(first.provider())).toMatchObject({
      code: 'reauthentication_required',
      error: 'invalid_grant',
      status: 400,
    })
    expect(store.marked).toEqual(['refresh-0'])
    const second = await startProvider({ store }, rotated(1))
    const error = await failureOf(second.provider())
    expect(error).toMatchObject({
      code: 'reauthentication_required',
      reason: 'refused_before',
      message: 'The refresh token is no longer valid',
      hint: 'The server has refused it before, so it was not sent again. Log in again.',
    })
    expect(presented(second.server)).toEqual([])
    expect(store.marked).toEqual(['refresh-0'])
    expect(store.saved).toEqual([])
  })

  it('is marked under the lock', async () => {
    const order: string[] = []
    const store = endingStore(tokensOf(0, -1), {
      async lock(critical) {
        order.push('locked')
        return critical().finally(() => order.push('unlocked'))
      },
      markEnded: () => void order.push('marked'),
    })
    const { provider } = await startProvider({ store }, invalidGrant)
    await failureOf(provider())
    expect(order).toEqual(['locked', 'marked', 'unlocked'])
  })

  it('keeps a new login that the program sets while the store writes the mark', async () => {
    let login: Promise<void> | undefined
    const store = endingStore(tokensOf(0, -1), {
      async markEnded() {
        login = provider.setTokens(tokensOf(7))
        // The login waits for the lock, so it can't be waited for here.
        await new Promise(setImmediate)
      },
    })
    const { provider, server } = await startProvider({ store }, invalidGrant)
    expect(await tokenOf(provider())).toBe('access-7')
    await login
    expect(store.held).toMatchObject({ refreshToken: 'refresh-7' })
    expect(presented(server)).toEqual(['refresh-0'])
    const next = await startProvider({ store }, rotated(8))
    expect(await tokenOf(next.provider(FORCED))).toBe('access-8')
  })

  it('keeps its access token until it expires', async () => {
    const store = endingStore(tokensOf(0))
    store.marked.push('refresh-0')
    const { provider, server } = await startProvider({ store }, rotated(1))
    expect(await tokenOf(provider())).toBe('access-0')
    expect(await failureOf(provider(FORCED))).toMatchObject({ reason: 'refused_before' })
    expect(presented(server)).toEqual([])
  })

  it('is replaced at once by a login that another process has saved', async () => {
    const store = endingStore(tokensOf(0, -1))
    store.marked.push('refresh-0')
    const { provider, server } = await startProvider({ store }, rotated(8))
    await failureOf(provider())
    store.held = tokensOf(7)
    vi.advanceTimersByTime(5000)
    expect(await tokenOf(provider())).toBe('access-7')
    const other = await startProvider({ store }, rotated(8))
    expect(await tokenOf(other.provider(FORCED))).toBe('access-8')
    expect([...presented(server), ...presented(other.server)]).toEqual(['refresh-7'])
  })

  it('is refreshed again if hasEnded() fails', async () => {
    const store = endingStore(tokensOf(0, -1), {
      hasEnded: () => Promise.reject(new Error('no connection')),
    })
    const { provider, server, reported } = await startProvider({ store }, rotated(1))
    expect(await tokenOf(provider())).toBe('access-1')
    expect(presented(server)).toEqual(['refresh-0'])
    expect(reported).toEqual(['store_failed'])
  })

  it('is reported as ended even if the mark can not be written', async () => {
    const store = endingStore(tokensOf(0, -1), {
      markEnded: () => Promise.reject(new Error('disk full')),
    })
    const { provider, reported } = await startProvider({ store }, invalidGrant)
    expect(await failureOf(provider())).toMatchObject({
      code: 'reauthentication_required',
      error: 'invalid_grant',
    })
    expect(reported).toEqual(['store_failed'])
  })

  it('is still asked about when only its known end has passed: that may be wrong', async () => {
    const store = endingStore({ ...tokensOf(0, -1), refreshTokenExpiresAt: 1 })
    const { provider, server } = await startProvider({ store }, rotated(1))
    expect(await tokenOf(provider())).toBe('access-1')
    expect(presented(server)).toEqual(['refresh-0'])
  })
})

describe('a login that has not ended for certain', () => {
  it.each([
    ['the account is on hold', onHold],
    ['the server fails', html('<h1>Bad Gateway</h1>', 502)],
  ])('is not marked when %s', async (_why, reply) => {
    const store = endingStore(tokensOf(0, -1))
    const { provider } = await startProvider({ store }, reply)
    await failureOf(provider())
    expect(store.marked).toEqual([])
  })

  it('is not marked when another process has renewed it meanwhile', async () => {
    const store = endingStore(tokensOf(0, -1))
    const { provider } = await startProvider({ store }, (response, request) => {
      store.held = tokensOf(7)
      invalidGrant(response, request)
    })
    expect(await tokenOf(provider())).toBe('access-7')
    expect(store.marked).toEqual([])
  })

  it('is not marked when the store holds an older refresh token than the one that was refused', async () => {
    const store = endingStore(tokensOf(0, -1), { save: () => Promise.reject(new Error('disk full')) })
    const { provider } = await startProvider({ store, timeoutMs: 500 }, rotated(1, 0), invalidGrant)
    await provider()
    await failureOf(provider(FORCED))
    expect(store.marked).toEqual([])
  })

  it('is not marked without a refresh token', async () => {
    const store = endingStore({ ...tokensOf(0, -1), refreshToken: null })
    const { provider } = await startProvider({ store }, rotated(1))
    expect(await failureOf(provider())).toMatchObject({ code: 'missing_refresh_token' })
    expect(store.marked).toEqual([])
  })
})
