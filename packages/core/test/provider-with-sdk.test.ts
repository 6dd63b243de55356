import Anthropic from '@anthropic-ai/sdk'
import {
  createAuthFetch,
  createTokenProvider,
  OAuthClient,
  type TokenProvider,
  type TokenSet,
} from '@anthropic-auth/core'
import { type Emulator, startEmulator } from '@anthropic-auth/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { pass, stopClocks } from './fake-clock.ts'
import { memoryStore, type MemoryStore } from './memory-store.ts'

const EIGHT_HOURS = 28_800

/** The lead of the server's clock over ours. A token that has expired there is still fresh here. */
let aheadSeconds = 0
let emulator: Emulator
let store: MemoryStore
let provider: TokenProvider
let anthropic: Anthropic

beforeEach(async () => {
  stopClocks()
  aheadSeconds = 0
  emulator = await startEmulator({ now: () => Date.now() + 1000 * aheadSeconds })
  const client = new OAuthClient({ endpoints: emulator.endpoints })
  store = memoryStore(await logIn(client))
  provider = createTokenProvider(client, { store })
  anthropic = new Anthropic({ credentials: provider, baseURL: emulator.apiUrl })
})

afterEach(async () => {
  vi.useRealTimers()
  await emulator.close()
})

async function logIn(client: OAuthClient): Promise<TokenSet> {
  const flow = client.startFlow('console')
  return client.exchangeCode(await emulator.approve(flow.authorizationUrl), flow)
}

async function ask(sdk: Anthropic = anthropic): Promise<string> {
  const { content } = await sdk.messages.create({
    model: 'claude-haiku-5-5',
    max_tokens: 16,
    messages: [{ role: 'user', content: 'Hello' }],
  })
  const [block] = content
  return block?.type === 'text' ? block.text : ''
}

/** The refresh tokens that the emulator received, in order. */
function presented(): readonly string[] {
  return emulator.requests
    .map(({ path, body }) => (path === '/v1/oauth/token' ? (JSON.parse(body) as Record<string, string>) : {}))
    .filter(({ grant_type: type }) => type === 'refresh_token')
    .map(({ refresh_token: token = '' }) => token)
}

function messages(): Emulator['requests'] {
  return emulator.requests.filter(({ path }) => path === '/v1/messages')
}

function statuses(): readonly number[] {
  return messages().map(({ status }) => status)
}

describe('the official SDK on a token provider', () => {
  it('sends the token on first use, without a refresh', async () => {
    expect(await ask()).toContain('was accepted')
    const [request] = messages()
    expect(request?.headers).toMatchObject({
      authorization: `Bearer ${provider.tokens?.accessToken}`,
      'anthropic-beta': 'oauth-2025-04-20',
    })
    expect(request?.headers).not.toHaveProperty('x-api-key')
    expect(presented()).toEqual([])
  })

  it('asks for a token once on first use, however many requests start', async () => {
    const first = store.held?.refreshToken
    pass(EIGHT_HOURS)
    await Promise.all(Array.from({ length: 50 }, () => ask()))
    expect(presented()).toEqual([first])
    expect(new Set(statuses())).toEqual(new Set([200]))
  })

  it('refreshes once when the token has expired', async () => {
    await ask()
    pass(EIGHT_HOURS)
    await Promise.all([ask(), ask(), ask()])
    await ask()
    expect(presented()).toHaveLength(1)
    expect(statuses()).toEqual([200, 200, 200, 200, 200])
  })

  it('refreshes once when the token is about to expire, while the old one stays in use', async () => {
    await ask()
    pass(EIGHT_HOURS - 100)
    await Promise.all([ask(), ask(), ask()])
    await provider()
    await ask()
    expect(presented()).toHaveLength(1)
    expect(new Set(statuses())).toEqual(new Set([200]))
  })

  it('refreshes once after a 401 before expiry', async () => {
    await ask()
    aheadSeconds = EIGHT_HOURS
    expect(await ask()).toContain('was accepted')
    expect(presented()).toHaveLength(1)
    expect(statuses()).toEqual([200, 401, 200])
  })

  it('refreshes once after many parallel 401s', async () => {
    await ask()
    aheadSeconds = EIGHT_HOURS
    await Promise.all(Array.from({ length: 50 }, () => ask()))
    expect(presented()).toHaveLength(1)
    expect(statuses().filter((status) => status === 200)).toHaveLength(51)
  })

  it.each(['claude_code_only', 'extra_usage'] as const)(
    'shows that the API refuses the token of a subscription, and refreshes nothing: %s',
    async (wording) => {
      emulator.faults.always('messages', { type: 'subscription_refused', wording })
      const message = wording === 'extra_usage' ? /extra usage/ : /only authorized for use with Claude Code/
      await expect(ask()).rejects.toMatchObject({ status: 400, message: expect.stringMatching(message) })
      expect(presented()).toEqual([])
      expect(statuses()).toEqual([400])
    },
  )

  it.each([
    [401, 1],
    [403, 0],
  ])('refreshes no more than once for a refusal with %i', async (status, refreshes) => {
    const message = 'This credential is only authorized for use with Claude Code'
    const body = JSON.stringify({ type: 'error', error: { type: 'permission_error', message } })
    emulator.faults.always('messages', { type: 'body', body, status })
    for (let round = 0; round < 3; round++) {
      await expect(ask()).rejects.toMatchObject({ status, message: expect.stringContaining(message) })
    }
    expect(presented()).toHaveLength(refreshes)
  })

  it('refreshes once for several clients on one provider', async () => {
    const clients = [1, 2, 3].map(() => new Anthropic({ credentials: provider, baseURL: emulator.apiUrl }))
    await Promise.all(clients.map(ask))
    aheadSeconds = EIGHT_HOURS
    await Promise.all(clients.map(ask))
    expect(presented()).toHaveLength(1)
  })

  it('goes through rotation after rotation, and sends each refresh token once', async () => {
    for (let day = 0; day < 20; day++) {
      await Promise.all([ask(), ask()])
      pass(EIGHT_HOURS)
    }
    expect(new Set(statuses())).toEqual(new Set([200]))
    expect(presented()).toHaveLength(19)
    expect(new Set(presented()).size).toBe(19)
    expect(store.held).toEqual(provider.tokens?.toJSON())
  })

  it('outlives an outage in the last two minutes, unnoticed by its users', async () => {
    await ask()
    emulator.faults.always('token', { type: 'html', status: 502 })
    pass(EIGHT_HOURS - 120)
    for (let second = 0; second < 180; second++) {
      if (second === 60) emulator.faults.clear()
      expect(await ask()).toContain('was accepted')
      pass(1)
    }
    // It fails after 0, 5, 15 and 35 s, and works after 75 s.
    expect(presented()).toHaveLength(5)
    expect(new Set(statuses())).toEqual(new Set([200]))
  })

  it('fails while an outage outlasts the token, with few refreshes, and recovers by itself', async () => {
    await ask()
    emulator.faults.always('token', { type: 'html', status: 502 })
    pass(EIGHT_HOURS)
    for (let second = 0; second < 120; second++) {
      await expect(ask()).rejects.toMatchObject({ code: 'http_error', status: 502 })
      pass(1)
    }
    expect(presented()).toHaveLength(5)
    expect(new Set(presented()).size).toBe(1)
    emulator.faults.clear()
    pass(60)
    expect(await ask()).toContain('was accepted')
    expect(presented()).toHaveLength(6)
    expect(statuses()).toEqual([200, 200])
  })

  it('requires a new login when the session has ended, and goes on after it', async () => {
    await ask()
    const client = new OAuthClient({ endpoints: emulator.endpoints })
    await client.revokeToken(provider.tokens!)
    await expect(ask()).rejects.toMatchObject({ code: 'reauthentication_required' })
    await expect(ask()).rejects.toMatchObject({ code: 'reauthentication_required' })
    expect(presented()).toHaveLength(1)
    await provider.setTokens(await logIn(client))
    expect(await ask()).toContain('was accepted')
  })
})

describe('the official SDK on createAuthFetch()', () => {
  it('sends the token in place of its own key, and refreshes once after many 401s', async () => {
    const fetch = createAuthFetch(provider, { origins: [emulator.apiUrl] })
    const sdk = new Anthropic({ apiKey: 'unused', fetch, baseURL: emulator.apiUrl })
    await ask(sdk)
    aheadSeconds = EIGHT_HOURS
    await Promise.all(Array.from({ length: 20 }, () => ask(sdk)))
    expect(presented()).toHaveLength(1)
    expect(messages().every(({ headers }) => !('x-api-key' in headers))).toBe(true)
  })
})
