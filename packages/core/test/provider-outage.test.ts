import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import {
  type AccessToken,
  type AnthropicAuthErrorCode,
  createTokenProvider,
  isAnthropicAuthError,
  OAuthClient,
  type TokenProvider,
  type TokenSet,
} from '@anthropic-auth/core'
import { type Emulator, startEmulator } from '@anthropic-auth/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { pass, stopClocks } from './fake-clock.ts'
import { memoryStore } from './memory-store.ts'

const HOUR = 3600
const TEN_MINUTES = 600
const NEVER = new Promise<never>(() => undefined)

let emulator: Emulator
let client: OAuthClient

beforeEach(async () => {
  stopClocks()
  emulator = await startEmulator({ tokenLifetimeSeconds: TEN_MINUTES })
  client = new OAuthClient({ endpoints: emulator.endpoints, timeoutMs: 20_000 })
})

afterEach(async () => {
  vi.useRealTimers()
  await emulator.close()
})

async function logIn(): Promise<TokenSet> {
  const flow = client.startFlow('console')
  return client.exchangeCode(await emulator.approve(flow.authorizationUrl), flow)
}

/** The refresh tokens that the emulator received, with the statuses of the responses, in order. */
function refreshes(): readonly { readonly token: string; readonly status: number }[] {
  return emulator.requests
    .filter(({ body }) => body.includes('"grant_type":"refresh_token"'))
    .map(({ body, status }) => ({
      token: (JSON.parse(body) as { refresh_token: string }).refresh_token,
      status,
    }))
}

/** Whether the emulator accepts the token. */
async function works({ token }: AccessToken): Promise<boolean> {
  const headers = { authorization: `Bearer ${token}` }
  return (await fetch(emulator.endpoints.profile, { headers })).ok
}

type Outcome = 'served' | 'served expired' | AnthropicAuthErrorCode

/** The result of a call. */
async function outcomeOf(call: Promise<AccessToken>): Promise<Outcome> {
  try {
    const { expiresAt } = await call
    return expiresAt !== null && 1000 * expiresAt <= Date.now() ? 'served expired' : 'served'
  } catch (error) {
    if (isAnthropicAuthError(error)) return error.code
    throw error
  }
}

/** Makes three calls in each second of an hour, and returns their results, second by second. */
async function spendAnHour(
  provider: TokenProvider,
  atSecond: (second: number) => void,
): Promise<readonly (readonly Outcome[])[]> {
  const outcomes: Outcome[][] = []
  for (let second = 0; second < HOUR; second++) {
    atSecond(second)
    outcomes.push(await Promise.all([1, 2, 3].map(() => outcomeOf(provider()))))
    pass(1)
  }
  return outcomes
}

describe('10,000 callers at once', () => {
  const callers = Array.from({ length: 10_000 })

  it('on an expired token send one request', async () => {
    const provider = createTokenProvider(client, { store: memoryStore(await logIn()) })
    pass(TEN_MINUTES)
    const tokens = await Promise.all(callers.map(() => provider()))
    expect(new Set(tokens).size).toBe(1)
    expect(await works(tokens[0]!)).toBe(true)
    expect(refreshes()).toHaveLength(1)
  })

  it('that all saw a 401 send one request', async () => {
    const provider = createTokenProvider(client, { store: memoryStore(await logIn()) })
    await provider()
    const tokens = await Promise.all(callers.map(() => provider({ forceRefresh: true })))
    expect(new Set(tokens).size).toBe(1)
    expect(refreshes()).toHaveLength(1)
  })

  it('that are refused send one request, and all fail', async () => {
    const provider = createTokenProvider(client, { store: memoryStore(await logIn()) })
    pass(TEN_MINUTES)
    emulator.faults.always('token', { type: 'html', status: 502 })
    const outcomes = await Promise.all(callers.map(() => outcomeOf(provider())))
    expect(new Set(outcomes)).toEqual(new Set(['http_error']))
    expect(refreshes()).toHaveLength(1)
  })

  it('that abort leave one request, whose tokens are saved', async () => {
    const store = memoryStore(await logIn())
    const provider = createTokenProvider(client, { store })
    pass(TEN_MINUTES)
    const controller = new AbortController()
    const { signal } = controller
    const calls = callers.map(() => outcomeOf(provider({ signal })))
    controller.abort()
    expect(new Set(await Promise.all(calls))).toEqual(new Set(['aborted']))
    expect(await works(await provider())).toBe(true)
    expect(store.saved).toHaveLength(1)
    expect(refreshes()).toHaveLength(1)
  })
})

describe('an hour', () => {
  it('without trouble takes one refresh for each lifetime', async () => {
    const provider = createTokenProvider(client, { store: memoryStore(await logIn()) })
    const outcomes = await spendAnHour(provider, () => undefined)
    expect(new Set(outcomes.flat())).toEqual(new Set(['served']))
    // Every 480 s: the window of 120 s is less than a quarter of the lifetime.
    expect(refreshes()).toHaveLength(7)
  })

  it('with an outage of twenty minutes has bounded requests, and returns no expired token', async () => {
    const provider = createTokenProvider(client, { store: memoryStore(await logIn()) })
    const outcomes = await spendAnHour(provider, (second) => {
      if (second === 1000) emulator.faults.always('token', { type: 'html', status: 502 })
      if (second === 1600) emulator.faults.always('token', { type: 'reset_before' })
      if (second === 2200) emulator.faults.clear()
    })
    expect(new Set(outcomes.flat())).toEqual(new Set(['served', 'http_error', 'network_error']))
    // Due at 1,440 s, tried at 0, 5, 15, 35, 75 s and every 60 s from then on.
    expect(refreshes().filter(({ status }) => status !== 200)).toHaveLength(16)
    expect(refreshes().filter(({ status }) => status === 200)).toHaveLength(5)
    const failedAt = outcomes.flatMap((each, second) => (each.includes('served') ? [] : [second]))
    // From the end of the last token to the first attempt after the outage.
    expect([failedAt[0], failedAt.at(-1)]).toEqual([1560, 2234])
    expect(await works(await provider())).toBe(true)
  })

  it('with a store that throws, hangs and returns garbage sends no refresh token twice', async () => {
    const quick = new OAuthClient({ endpoints: emulator.endpoints, timeoutMs: 5000 })
    const store = memoryStore(await logIn())
    const { load, save } = store
    const provider = createTokenProvider(quick, { store })
    const troubles = [
      () => Promise.reject(new Error('no such file')),
      () => NEVER,
      async () => 'garbage' as never,
      async () => undefined as never,
    ]
    let trouble = 0
    const outcomes = await spendAnHour(provider, (second) => {
      if (second % TEN_MINUTES !== 400 && second % TEN_MINUTES !== 520) return
      const troubled = second % TEN_MINUTES === 400
      const fail = troubles[trouble++ % troubles.length]!
      store.load = troubled ? fail : load
      store.save = troubled ? fail : save
    })
    expect(new Set(outcomes.flat())).toEqual(new Set(['served', 'store_failed']))
    const tokens = refreshes().map(({ token }) => token)
    expect(new Set(tokens).size).toBe(tokens.length)
    expect(tokens.length).toBeGreaterThan(4)
    expect(await works(await provider())).toBe(true)
    expect(provider.tokens?.toJSON()).toEqual(store.held)
  })
})

describe('memory', () => {
  it('does not grow with the calls', { timeout: 300_000 }, async () => {
    const file = fileURLToPath(new URL('provider-memory-process.ts', import.meta.url))
    const args = ['--expose-gc', '--conditions=@anthropic-auth/source', file]
    const runs = []
    for (let run = 0; run < 5; run++) runs.push((await promisify(execFile)(process.execPath, args)).stdout)
    const grown = runs.map((stdout) => JSON.parse(stdout) as readonly number[])
    for (const kind of [0, 1]) {
      const sorted = grown.map((each) => each[kind]!).toSorted((a, b) => a - b)
      // Any object that is kept for each of the 50,000 calls takes more than 8 bytes.
      expect(sorted[2]).toBeLessThan(400_000)
    }
  })
})
