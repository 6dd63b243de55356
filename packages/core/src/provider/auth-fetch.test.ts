import { afterEach, describe, expect, it, vi } from 'vitest'
import { failureOf } from '../../test/client-call.ts'
import { startProvider } from '../../test/provider-at-server.ts'
import { type RawServer, startRawServer } from '../../test/raw-server.ts'
import { invalidGrant, rotated, tokensOf } from '../../test/refresh-fixtures.ts'
import { json, type ReceivedRequest, redirect, type Reply, silence } from '../../test/reply.ts'
import { until } from '../../test/until.ts'
import type { AccessToken } from './access-token.ts'
import { type AuthFetchOptions, createAuthFetch } from './auth-fetch.ts'
import type { TokenProvider } from './token-provider.ts'

const ok = json({ ok: true })
const unauthorized = json({ type: 'error', error: { type: 'authentication_error' } }, { status: 401 })

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

interface SetUp {
  readonly authFetch: ReturnType<typeof createAuthFetch>
  readonly api: RawServer
  readonly url: string
  /** The source of the tokens. */
  readonly provider: TokenProvider
  readonly tokenServer: RawServer
}

/** An API that gives its n-th request the n-th reply, and a fetch for it, whose first token is `access-0`. */
async function setUp(replies: readonly Reply[], options: AuthFetchOptions = {}): Promise<SetUp> {
  const api = await startRawServer(replies)
  const { provider, server } = await startProvider({ tokens: tokensOf(0) }, rotated(1))
  const authFetch = createAuthFetch(provider, { origins: [api.url], ...options })
  return { authFetch, api, url: `${api.url}/v1/messages`, provider, tokenServer: server }
}

function tokensSent({ requests }: RawServer): readonly (string | undefined)[] {
  return requests.map(({ headers }) => headers.authorization)
}

function onlyRequest({ requests }: RawServer): ReceivedRequest {
  expect(requests).toHaveLength(1)
  return requests[0]!
}

describe('createAuthFetch()', () => {
  it('accepts any provider of access tokens, and asks it for another token after a 401', async () => {
    const api = await startRawServer([unauthorized, ok])
    const asked: unknown[] = []
    const provider = async (options?: { forceRefresh?: boolean }): Promise<AccessToken> => {
      asked.push(options)
      return { token: `token-${asked.length}`, expiresAt: null }
    }
    const authFetch = createAuthFetch(provider, { origins: [api.url] })
    expect((await authFetch(`${api.url}/v1/messages`)).status).toBe(200)
    expect(tokensSent(api)).toEqual(['Bearer token-1', 'Bearer token-2'])
    expect(asked).toEqual([{}, { forceRefresh: true }])
  })

  it('stops waiting for a provider without signals when its own signal aborts', async () => {
    const api = await startRawServer(ok)
    const provider = async (): Promise<AccessToken> => new Promise(() => undefined)
    const authFetch = createAuthFetch(provider, { origins: [api.url] })
    const signal = AbortSignal.abort(new Error('No more'))
    expect(await failureOf(authFetch(`${api.url}/v1/messages`, { signal }))).toMatchObject({
      code: 'aborted',
      cause: { message: 'No more' },
    })
    expect(api.requests).toHaveLength(0)
  })

  it('sends the token and the beta header', async () => {
    const { authFetch, api, url } = await setUp([ok])
    const response = await authFetch(url)
    expect(await response.json()).toEqual({ ok: true })
    expect(onlyRequest(api).headers).toMatchObject({
      authorization: 'Bearer access-0',
      'anthropic-beta': 'oauth-2025-04-20',
    })
  })

  it('adds its beta header to the given ones, once', async () => {
    const { authFetch, api, url } = await setUp([ok])
    await authFetch(url, { headers: { 'anthropic-beta': 'files-api-2025-04-14' } })
    await authFetch(url, { headers: { 'anthropic-beta': 'files-api-2025-04-14,oauth-2025-04-20' } })
    expect(api.requests.map(({ headers }) => headers['anthropic-beta'])).toEqual([
      'files-api-2025-04-14, oauth-2025-04-20',
      'files-api-2025-04-14,oauth-2025-04-20',
    ])
  })

  it('sends no API key and no other authorization', async () => {
    const { authFetch, api, url } = await setUp([ok])
    await authFetch(url, {
      headers: [
        ['X-Api-Key', 'a-key'],
        ['Authorization', 'Bearer other'],
      ],
    })
    const { headers } = onlyRequest(api)
    expect(headers).not.toHaveProperty('x-api-key')
    expect(headers.authorization).toBe('Bearer access-0')
  })

  it('changes none of its arguments', async () => {
    const { authFetch, url } = await setUp([ok])
    const headers = new Headers({ 'x-api-key': 'a-key' })
    const init = Object.freeze({ headers })
    await authFetch(url, init)
    expect([...headers]).toEqual([['x-api-key', 'a-key']])
  })

  it('accepts a URL', async () => {
    const { authFetch, api, url } = await setUp([ok])
    await authFetch(new URL(url), { method: 'POST', body: 'hello' })
    expect(onlyRequest(api)).toMatchObject({ method: 'POST', path: '/v1/messages', body: 'hello' })
  })

  it('accepts a Request, and an init that changes it', async () => {
    const { authFetch, api, url } = await setUp([ok])
    const request = new Request(url, { method: 'POST', body: 'hello', headers: { 'x-app': 'cli' } })
    const changes: object = { method: 'PUT', headers: undefined, body: undefined, signal: undefined }
    await authFetch(request, changes)
    const { method, body, headers } = onlyRequest(api)
    expect([method, body, headers['x-app'], headers.authorization]).toEqual([
      'PUT',
      'hello',
      'cli',
      'Bearer access-0',
    ])
  })

  it('calls the given fetch with a string and a plain init', async () => {
    const calls: unknown[][] = []
    const fetch = async (...call: unknown[]): Promise<Response> => {
      calls.push(call)
      return Response.json({})
    }
    const { authFetch, url } = await setUp([ok], { fetch })
    await authFetch(new Request(url, { method: 'POST' }))
    expect(calls).toEqual([[url, expect.objectContaining({ method: 'POST', headers: expect.any(Headers) })]])
    expect(Object.getPrototypeOf(calls[0]?.[1])).toBe(Object.prototype)
  })

  it('treats null as no init, as fetch() does', async () => {
    const { authFetch, url } = await setUp([ok])
    expect((await authFetch(url, null as never)).status).toBe(200)
  })

  it.each(['text', 7, []])('refuses the init %j', async (init) => {
    const { authFetch, api, url } = await setUp([ok])
    await expect(authFetch(url, init as never)).rejects.toThrow(new TypeError('init must be an object'))
    expect(api.requests).toHaveLength(0)
  })

  it('looks the global fetch up at each call', async () => {
    const { authFetch, url } = await setUp([ok])
    vi.stubGlobal('fetch', async () => Response.json({ stubbed: true }))
    expect(await (await authFetch(url)).json()).toEqual({ stubbed: true })
  })

  it('passes on the error of the provider, and sends nothing', async () => {
    const api = await startRawServer(ok)
    const { provider } = await startProvider({ tokens: tokensOf(0, 0) }, invalidGrant)
    const authFetch = createAuthFetch(provider, { origins: [api.url] })
    expect(await failureOf(authFetch(api.url))).toMatchObject({ code: 'reauthentication_required' })
    expect(api.requests).toHaveLength(0)
  })
})

describe("the caller's signal", () => {
  it('ends the wait for a token', async () => {
    const api = await startRawServer(ok)
    const { provider, server } = await startProvider({ tokens: tokensOf(0, 0) }, silence)
    const authFetch = createAuthFetch(provider, { origins: [api.url] })
    const controller = new AbortController()
    const call = failureOf(authFetch(new Request(api.url, { signal: controller.signal })))
    await until(() => server.requests.length === 1)
    controller.abort()
    expect(await call).toMatchObject({ code: 'aborted' })
    expect(api.requests).toHaveLength(0)
  })

  it('ends the request', async () => {
    const { authFetch, api, url } = await setUp([silence])
    const controller = new AbortController()
    const call = authFetch(url, { signal: controller.signal }).catch((error: unknown) => error)
    await until(() => api.requests.length === 1)
    const enough = new Error('enough')
    controller.abort(enough)
    expect(await call).toBe(enough)
  })
})

describe('a 401', () => {
  it('causes one retry with a new token', async () => {
    const { authFetch, api, url, tokenServer } = await setUp([unauthorized, ok])
    const response = await authFetch(url, { method: 'POST', body: 'hello' })
    expect(response.status).toBe(200)
    expect(tokensSent(api)).toEqual(['Bearer access-0', 'Bearer access-1'])
    expect(api.requests.map(({ body }) => body)).toEqual(['hello', 'hello'])
    expect(tokenServer.requests).toHaveLength(1)
  })

  it('is returned when it comes twice', async () => {
    const { authFetch, api, url, tokenServer } = await setUp([unauthorized])
    const response = await authFetch(url)
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ error: { type: 'authentication_error' } })
    expect([api.requests.length, tokenServer.requests.length]).toEqual([2, 1])
  })

  it('of many requests at once leads to one refresh', async () => {
    const api: Reply = (response, request) =>
      (request.headers.authorization === 'Bearer access-1' ? ok : unauthorized)(response, request)
    const { authFetch, url, tokenServer } = await setUp([api])
    const responses = await Promise.all(Array.from({ length: 50 }, () => authFetch(url)))
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([200]))
    expect(tokenServer.requests).toHaveLength(1)
  })

  it.each([
    ['a string', () => 'a=1'],
    ['parameters', () => new URLSearchParams({ a: '1' })],
    ['bytes', () => new TextEncoder().encode('a=1')],
    ['a buffer', () => new TextEncoder().encode('a=1').buffer],
    ['a blob', () => new Blob(['a=1'])],
  ])('has %s sent a second time', async (_name, body) => {
    const { authFetch, api, url } = await setUp([unauthorized, ok])
    expect((await authFetch(url, { method: 'POST', body: body() })).status).toBe(200)
    expect(api.requests.map((request) => request.body)).toEqual(['a=1', 'a=1'])
  })

  it('has a form sent a second time', async () => {
    const { authFetch, api, url } = await setUp([unauthorized, ok])
    const body = new FormData()
    body.set('a', '1')
    expect((await authFetch(url, { method: 'POST', body })).status).toBe(200)
    for (const request of api.requests) expect(request.body).toContain('name="a"\r\n\r\n1\r\n')
  })

  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield new TextEncoder().encode('hello')
  }

  it.each([
    ['a stream', () => new Blob(['hello']).stream()],
    ['an async iterable', () => chunks() as unknown as BodyInit],
  ])('is returned when the body is %s', async (_name, body) => {
    const { authFetch, api, url, tokenServer } = await setUp([unauthorized, ok])
    const init: RequestInit & { duplex: 'half' } = { method: 'POST', body: body(), duplex: 'half' }
    const response = await authFetch(url, init)
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ type: 'error' })
    expect(onlyRequest(api).body).toBe('hello')
    expect(tokenServer.requests).toHaveLength(0)
  })

  it('is returned when the body is that of a Request', async () => {
    const { authFetch, api, url, tokenServer } = await setUp([unauthorized, ok])
    expect((await authFetch(new Request(url, { method: 'POST', body: 'hello' }))).status).toBe(401)
    expect(onlyRequest(api).body).toBe('hello')
    expect(tokenServer.requests).toHaveLength(0)
  })

  it('causes a retry with a new token for a Request without a body', async () => {
    const { authFetch, api, url } = await setUp([unauthorized, ok])
    expect((await authFetch(new Request(url))).status).toBe(200)
    expect(tokensSent(api)).toEqual(['Bearer access-0', 'Bearer access-1'])
  })

  it('causes a retry with a new token even if its body is being read elsewhere', async () => {
    const fetch = async (url: string, init: RequestInit): Promise<Response> => {
      const response = await globalThis.fetch(url, init)
      if (response.status === 401) response.body?.getReader()
      return response
    }
    const { authFetch, url } = await setUp([unauthorized, ok], { fetch })
    expect((await authFetch(url)).status).toBe(200)
  })

  it('fails like the refresh when there is no new token', async () => {
    const api = await startRawServer(unauthorized)
    const { provider } = await startProvider({ tokens: tokensOf(0) }, invalidGrant)
    const authFetch = createAuthFetch(provider, { origins: [api.url] })
    expect(await failureOf(authFetch(api.url))).toMatchObject({ code: 'reauthentication_required' })
    expect(api.requests).toHaveLength(1)
  })
})

describe('origins', () => {
  it('are only the API by default', async () => {
    const sent: string[] = []
    const fetch = async (url: string): Promise<Response> => {
      sent.push(url)
      return Response.json({})
    }
    const { authFetch } = await setUp([ok], { origins: undefined, fetch })
    await authFetch('https://api.anthropic.com/v1/models')
    for (const url of [
      'http://api.anthropic.com/v1/models',
      'https://api.anthropic.com:8443/v1/models',
      'https://api.anthropic.com.example.com/',
      'https://example.com/https://api.anthropic.com/',
      'https://api.anthropic.com@example.com/',
      'https://platform.claude.com/',
      'http://127.0.0.1/',
    ]) {
      await expect(authFetch(url), url).rejects.toThrow(TypeError)
    }
    expect(sent).toEqual(['https://api.anthropic.com/v1/models'])
  })

  it('that were not listed get nothing, and cause no refresh', async () => {
    const other = await startRawServer(ok)
    const { provider, server } = await startProvider({ tokens: tokensOf(0, 0) }, rotated(1))
    const authFetch = createAuthFetch(provider)
    await expect(authFetch(new Request(other.url))).rejects.toThrow(
      `Refused to send the token to ${other.url}. To allow it, add it to the origins option.`,
    )
    expect([other.requests.length, server.requests.length]).toEqual([0, 0])
  })

  it('may be several, and may end with a slash', async () => {
    const [first, second] = [await startRawServer(ok), await startRawServer(ok)]
    const { authFetch } = await setUp([ok], { origins: [first.url, `${second.url}/`] })
    await authFetch(first.url)
    await authFetch(`${second.url}/path?query`)
    expect([...tokensSent(first), ...tokensSent(second)]).toEqual(['Bearer access-0', 'Bearer access-0'])
  })

  it.each([
    'http://api.anthropic.com',
    'https://api.anthropic.com/v1',
    'https://api.anthropic.com/?a',
    'https://user@api.anthropic.com',
    'api.anthropic.com',
    'ftp://127.0.0.1',
    '*',
    '',
  ])("can't be %j", async (origin) => {
    const { provider } = await setUp([ok])
    expect(() => createAuthFetch(provider, { origins: [origin] })).toThrow(TypeError)
  })

  it.each([301, 302, 303, 307, 308])('get no token by a redirect (%i)', async (status) => {
    const other = await startRawServer(ok)
    const { authFetch, api, url } = await setUp([redirect(status, `${other.url}/elsewhere`)])
    const response = await authFetch(url, {
      method: 'POST',
      body: 'hello',
      headers: { 'x-api-key': 'a-key' },
    })
    expect(response.url).toBe(`${other.url}/elsewhere`)
    expect(tokensSent(api)).toEqual(['Bearer access-0'])
    const { headers } = onlyRequest(other)
    expect(headers).not.toHaveProperty('authorization')
    expect(headers).not.toHaveProperty('x-api-key')
    expect(JSON.stringify(headers)).not.toContain('access-0')
  })
})

describe("the API's refusal of a subscription's token", () => {
  const message =
    'This credential is only authorized for use with Claude Code and cannot be used for other API requests.'
  const refused = (status: number): Reply =>
    json({ type: 'error', error: { type: 'permission_error', message } }, { status })

  it.each([400, 402, 403, 404, 429, 500, 529])(
    'with %i is returned as it is, without a refresh',
    async (status) => {
      const { authFetch, api, url, tokenServer } = await setUp([refused(status)])
      for (let round = 1; round <= 5; round++) {
        const response = await authFetch(url, { method: 'POST', body: '{}' })
        expect(response.status).toBe(status)
        expect(await response.json()).toMatchObject({ error: { message } })
        expect(api.requests).toHaveLength(round)
      }
      expect(tokenServer.requests).toHaveLength(0)
    },
  )

  it('with 401 causes one forced refresh, and none for the new token', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] })
    const { authFetch, api, url, tokenServer } = await setUp([refused(401)])
    const response = await authFetch(url)
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ error: { message } })
    expect(tokensSent(api)).toEqual(['Bearer access-0', 'Bearer access-1'])
    for (let round = 0; round < 5; round++) {
      vi.advanceTimersByTime(11_000)
      expect((await authFetch(url)).status).toBe(401)
    }
    expect(tokenServer.requests).toHaveLength(1)
    expect(tokensSent(api).slice(2)).toEqual(Array.from({ length: 5 }, () => 'Bearer access-1'))
  })

  it('with 401 costs no more than one refresh a minute', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] })
    const { authFetch, url, tokenServer } = await setUp([refused(401)])
    await authFetch(url)
    vi.advanceTimersByTime(60_000)
    await authFetch(url)
    expect(tokenServer.requests).toHaveLength(2)
  })

  it('is forgotten once the token is accepted', async () => {
    vi.useFakeTimers({ toFake: ['Date', 'performance'] })
    const { authFetch, url, tokenServer } = await setUp([refused(401), refused(401), ok, refused(401), ok])
    await authFetch(url)
    vi.advanceTimersByTime(11_000)
    expect((await authFetch(url)).status).toBe(200)
    expect((await authFetch(url)).status).toBe(200)
    expect(tokenServer.requests).toHaveLength(2)
  })
})
