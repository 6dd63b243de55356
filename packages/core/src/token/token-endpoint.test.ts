import { createServer } from 'node:http'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CALLS, clientAt, exchange, failureOf } from '../../test/client-call.ts'
import { startRawServer } from '../../test/raw-server.ts'
import { bytes, html, json, type Reply, reset, resetInBody } from '../../test/reply.ts'
import { until } from '../../test/until.ts'
import { OAuthClient } from '../oauth-client.ts'
import { TokenSet } from './token-set.ts'

const TOKENS = json({
  access_token: 'new-access-token',
  refresh_token: 'new-refresh-token',
  expires_in: 3600,
})
const DEAD = { error: 'invalid_grant', error_description: 'Refresh token not found or invalid' }
const anthropicError = (type: string, status: number): Reply =>
  json({ type: 'error', error: { type, message: 'The message' }, request_id: 'req_011' }, { status })

describe('exchangeCode()', () => {
  it('sends JSON, with secrets only in the body', async () => {
    const server = await startRawServer(TOKENS)
    const client = clientAt(server)
    const flow = client.startFlow('console')
    await client.exchangeCode(`the-code#${flow.state}`, flow)
    const [request] = server.requests
    expect(request?.body).toBe(
      JSON.stringify({
        grant_type: 'authorization_code',
        code: 'the-code',
        state: flow.state,
        client_id: '9d1c250a-e61b-44d9-88ed-5944d1962f5e',
        redirect_uri: `${server.url}/code`,
        code_verifier: flow.verifier,
      }),
    )
    expect([request?.method, request?.path]).toEqual(['POST', '/token'])
    expect(request?.headers).toMatchObject({ 'content-type': 'application/json', accept: 'application/json' })
    for (const name of ['authorization', 'cookie', 'anthropic-beta', 'transfer-encoding']) {
      expect(request?.headers, name).not.toHaveProperty(name)
    }
  })

  it('sends a form if the client is configured for it', async () => {
    const server = await startRawServer(TOKENS)
    const client = clientAt(server, { tokenEncoding: 'form', clientId: 'c', redirectPort: 1455 })
    const flow = client.startFlow('console')
    await client.exchangeCode(`the-code#${flow.state}`, flow)
    expect(server.requests[0]?.headers['content-type']).toBe('application/x-www-form-urlencoded')
    expect(server.requests[0]?.body).toBe(
      `grant_type=authorization_code&code=the-code&state=${flow.state}&client_id=c` +
        `&redirect_uri=http%3A%2F%2Flocalhost%3A1455%2Fcallback&code_verifier=${flow.verifier}`,
    )
  })

  it("sends the flow's own client id and redirect URI, byte by byte", async () => {
    const server = await startRawServer(TOKENS)
    const redirectUri = 'http://LOCALHOST:1455/callback?a=%20b'
    const flow = clientAt(server, { clientId: 'first' }).startFlow('max', { redirectUri })
    await clientAt(server, { clientId: 'second' }).exchangeCode(`the-code#${flow.state}`, flow)
    expect(JSON.parse(server.requests[0]?.body ?? '')).toMatchObject({
      client_id: 'first',
      redirect_uri: redirectUri,
    })
  })

  it("accepts a bare code only with the code page, and sends the flow's own state", async () => {
    const server = await startRawServer(TOKENS)
    const client = clientAt(server)
    const paste = client.startFlow('max')
    await client.exchangeCode('the-code', paste)
    expect(JSON.parse(server.requests[0]?.body ?? '')).toMatchObject({ code: 'the-code', state: paste.state })
    const loopback = client.startFlow('max', { redirectUri: 'http://localhost:1455/callback' })
    const refusal = { code: 'invalid_authorization_response', reason: 'missing_state' }
    expect(await failureOf(client.exchangeCode('the-code', loopback))).toMatchObject(refusal)
    const strict = clientAt(server, { requireState: true })
    expect(await failureOf(strict.exchangeCode('the-code', strict.startFlow('max')))).toMatchObject(refusal)
    expect(server.requests).toHaveLength(1)
  })

  it.each([
    ['a reset', reset, 'network_error'],
    ['a reset in the body', resetInBody, 'network_error'],
    ['429', html('', 429), 'rate_limited'],
    ['503', html('', 503), 'http_error'],
    ['500', html('', 500), 'http_error'],
    ['an HTML page', html('<h1>Blocked</h1>', 403), 'http_error'],
    ['no token', json({}), 'invalid_token_response'],
  ])('sends a code once, whatever happens: %s', async (_name, reply, code) => {
    const server = await startRawServer([reply, TOKENS])
    expect((await failureOf(exchange(clientAt(server)))).code).toBe(code)
    expect(server.requests).toHaveLength(1)
  })

  it('is not retried after a refused connection', async () => {
    const server = await startRawServer(TOKENS)
    await server.close()
    const attempt = vi.fn<typeof fetch>((input, init) => fetch(input, init))
    const client = clientAt(server, { fetch: attempt })
    for (const call of [exchange(client), client.createApiKey('at')]) {
      expect(await failureOf(call)).toMatchObject({ code: 'network_error', reason: 'connect' })
    }
    expect(attempt).toHaveBeenCalledTimes(2)
  })

  it('refuses a used code as oauth_error, not as the end of a login', async () => {
    const client = clientAt(
      await startRawServer(json({ ...DEAD, error_description: 'Code used' }, { status: 400 })),
    )
    expect(await failureOf(exchange(client))).toMatchObject({
      code: 'oauth_error',
      status: 400,
      error: 'invalid_grant',
      errorDescription: 'Code used',
      retryable: false,
    })
  })

  it.each([
    ['flat', { error: 'invalid_grant', error_description: 'No such code' }],
    ['nested as type', { type: 'error', error: { type: 'invalid_grant', message: 'No such code' } }],
    ['nested as code', { error: { code: 'invalid_grant', message: 'No such code' } }],
    ['nested as code beside a type', { error: { type: 'invalid_request_error', code: 'invalid_grant' } }],
    ['flat, beside tokens', { error: 'invalid_grant', access_token: 'at', refresh_token: 'rt' }],
    ['nested, beside tokens', { error: { type: 'invalid_grant' }, access_token: 'at' }],
  ])('reports a code that the server does not know: invalid_grant %s', async (_how, body) => {
    for (const status of [200, 400, 401, 403, 404]) {
      const client = clientAt(await startRawServer(json(body, { status })))
      expect(await failureOf(exchange(client))).toMatchObject({
        code: 'oauth_error',
        status,
        error: 'invalid_grant',
        message: expect.stringContaining('The token endpoint refused: invalid_grant'),
        hint: expect.stringMatching(/code/),
      })
    }
  })

  it.each([
    ['429', json(DEAD, { status: 429 }), 'rate_limited'],
    ['500', json(DEAD, { status: 500 }), 'http_error'],
    ['a page', html('<p>{"error": "invalid_grant"}</p>', 400), 'http_error'],
    [
      'an account on hold',
      json({ error: { type: 'invalid_grant', message: 'account_on_hold' } }, { status: 400 }),
      'account_on_hold',
    ],
  ])('reports any other refusal as such: %s', async (_what, reply, code) => {
    expect(await failureOf(exchange(clientAt(await startRawServer(reply))))).toMatchObject({ code })
  })
})

describe('refreshToken()', () => {
  it('sends the refresh token, the client id and the beta header, and requests no scope', async () => {
    const server = await startRawServer(TOKENS)
    await clientAt(server).refreshToken('the-refresh-token')
    const [request] = server.requests
    expect(request?.body).toBe(
      '{"grant_type":"refresh_token","refresh_token":"the-refresh-token","client_id":"9d1c250a-e61b-44d9-88ed-5944d1962f5e"}',
    )
    expect(request?.headers['anthropic-beta']).toBe('oauth-2025-04-20')
    expect(request?.headers).not.toHaveProperty('authorization')
  })

  it('keeps the old refresh token and other known values that the response leaves out', async () => {
    const client = clientAt(await startRawServer(json({ access_token: 'new-access-token' })))
    const before = Math.floor(Date.now() / 1000)
    const known = {
      accessToken: 'old-access-token',
      refreshToken: 'old-refresh-token',
      expiresAt: 1,
      refreshTokenExpiresAt: 1_802_592_000,
      scopes: ['user:profile'],
      clientId: null,
      account: { id: 'a', email: null },
      organization: null,
      workspace: null,
    }
    for (const tokens of [known, TokenSet.fromJSON(known)]) {
      const { expiresAt, ...refreshed } = (await client.refreshToken(tokens)).toJSON()
      expect(refreshed).toEqual({
        accessToken: 'new-access-token',
        refreshToken: 'old-refresh-token',
        refreshTokenExpiresAt: 1_802_592_000,
        scopes: ['user:profile'],
        clientId: '9d1c250a-e61b-44d9-88ed-5944d1962f5e',
        account: { id: 'a', email: null },
        organization: null,
        workspace: null,
      })
      // One hour is assumed, so that the token is refreshed in time.
      expect(expiresAt).toBeGreaterThanOrEqual(before + 3600)
      expect(expiresAt).toBeLessThanOrEqual(Math.floor(Date.now() / 1000) + 3600)
    }
    const alone = await client.refreshToken('old-refresh-token')
    expect([alone.refreshToken, alone.scopes, alone.account]).toEqual(['old-refresh-token', null, null])
  })

  it.each([[200], [400], [401], [403], [404]])(
    'reports the end of the login for %i with invalid_grant',
    async (status) => {
      const server = await startRawServer(json(DEAD, { status }))
      expect(await failureOf(clientAt(server).refreshToken('rt'))).toMatchObject({
        code: 'reauthentication_required',
        status,
        error: 'invalid_grant',
        errorDescription: 'Refresh token not found or invalid',
        retryable: false,
      })
      expect(server.requests).toHaveLength(1)
    },
  )

  it.each([
    ['nested as type', { type: 'error', error: { type: 'invalid_grant', message: 'Refresh token expired' } }],
    ['nested as type, without more', { error: { type: 'invalid_grant' } }],
    ['nested as code', { error: { code: 'invalid_grant', message: 'The message' } }],
    ['nested as code beside a type', { error: { type: 'invalid_request_error', code: 'invalid_grant' } }],
    ['without a description', { error: 'invalid_grant' }],
    ['with tokens', { error: 'invalid_grant', access_token: 'at', refresh_token: 'rt' }],
  ])('reports the end of the login for invalid_grant %s', async (_how, body) => {
    for (const status of [200, 400, 401, 403, 404]) {
      const client = clientAt(await startRawServer(json(body, { status })))
      expect(await failureOf(client.refreshToken('rt'))).toMatchObject({
        code: 'reauthentication_required',
        status,
        error: 'invalid_grant',
        hint: 'The refresh token is used up, revoked or expired. Log in again.',
      })
    }
  })

  it.each(
    ['invalid_request_error', 'authentication_error', 'permission_error', 'not_found_error'].flatMap((type) =>
      [
        'Refresh token expired',
        'Refresh token not found or invalid',
        'Refresh token has been revoked',
        'OAuth token has been revoked. Please obtain a new token.',
      ].map((message) => [type, message] as const),
    ),
  )("reports the end of the login for Anthropic's %s: %s", async (type, message) => {
    for (const status of [400, 401, 403, 404]) {
      const body = { type: 'error', error: { type, message }, request_id: 'req_011' }
      const client = clientAt(await startRawServer(json(body, { status })))
      expect(await failureOf(client.refreshToken('rt'))).toMatchObject({
        code: 'reauthentication_required',
        status,
        error: type,
        errorDescription: message,
        requestId: 'req_011',
      })
    }
  })

  it.each([
    ['422 with invalid_grant', json(DEAD, { status: 422 }), 'oauth_error'],
    ['400 with another error', json({ error: 'invalid_request' }, { status: 400 }), 'oauth_error'],
    [
      'another error whose description is that of a dead token',
      json({ ...DEAD, error: 'invalid_client' }, { status: 401 }),
      'oauth_error',
    ],
    [
      'an error of the API with another message',
      json(
        { error: { type: 'authentication_error', message: 'Is the Refresh token expired?' } },
        { status: 401 },
      ),
      'http_error',
    ],
    [
      'an error of another type with the message of a dead token',
      json({ error: { type: 'api_error', message: 'Refresh token expired' } }, { status: 400 }),
      'http_error',
    ],
    [
      'the error of a dead token with 200',
      json({ error: { type: 'authentication_error', message: 'Refresh token expired' } }),
      'invalid_token_response',
    ],
    [
      'the error of a dead token with 500',
      json({ error: { type: 'authentication_error', message: 'Refresh token expired' } }, { status: 500 }),
      'http_error',
    ],
    ['another spelling', json({ error: 'Invalid_Grant' }, { status: 400 }), 'oauth_error'],
    ['a list that holds the error', bytes('[{"error": "invalid_grant"}]', { status: 400 }), 'http_error'],
    ['half of the error', bytes('{"error": "invalid_grant"', { status: 400 }), 'http_error'],
    ['the error in a page', html('<p>{"error": "invalid_grant"}</p>', 400), 'http_error'],
    ['404', html('', 404), 'http_error'],
    ['HTML', html('<h1>Blocked</h1>', 403), 'http_error'],
    ['500 with invalid_grant', json(DEAD, { status: 500 }), 'http_error'],
    ['a redirect with invalid_grant', json(DEAD, { status: 302 }), 'http_error'],
    ['no content', bytes('', { status: 204 }), 'http_error'],
  ])('reports only a failure with %s', async (_name, reply, code) => {
    const server = await startRawServer(reply)
    expect((await failureOf(clientAt(server).refreshToken('rt'))).code).toBe(code)
    expect(server.requests).toHaveLength(1)
  })

  it('treats 429 with invalid_grant as a rate limit, like any 429', async () => {
    for (const body of [DEAD, { error: 'invalid_grant', error_description: 'account_on_hold' }]) {
      const server = await startRawServer(json(body, { status: 429, headers: { 'retry-after': '99' } }))
      expect(await failureOf(clientAt(server).refreshToken('rt'))).toMatchObject({
        code: 'rate_limited',
        retryable: true,
      })
    }
  })

  it.each([
    ['429', html('', 429)],
    ['503', html('', 503)],
  ])('is retried after %s, and succeeds', async (_name, reply) => {
    const server = await startRawServer([reply, reply, TOKENS])
    expect((await clientAt(server).refreshToken('rt')).accessToken).toBe('new-access-token')
    expect(server.requests).toHaveLength(3)
    expect(new Set(server.requests.map(({ body }) => body)).size).toBe(1)
  })

  it('is sent three times at most', async () => {
    const server = await startRawServer(anthropicError('rate_limit_error', 429))
    expect(await failureOf(clientAt(server).refreshToken('rt'))).toMatchObject({
      code: 'rate_limited',
      status: 429,
      error: 'rate_limit_error',
      errorDescription: 'The message',
      requestId: 'req_011',
      retryable: true,
    })
    expect(server.requests).toHaveLength(3)
  })

  it('reports a Retry-After that does not fit, and does not wait for it', async () => {
    const server = await startRawServer(json({}, { status: 429, headers: { 'retry-after': '31' } }))
    const error = await failureOf(clientAt(server).refreshToken('rt'))
    expect(error).toMatchObject({ code: 'rate_limited', retryAfterSeconds: 31 })
    expect(server.requests).toHaveLength(1)
  })

  it('waits for a Retry-After that fits', async () => {
    const server = await startRawServer([json({}, { status: 503, headers: { 'retry-after': '1' } }), TOKENS])
    const startedAt = performance.now()
    await clientAt(server).refreshToken('rt')
    expect(performance.now() - startedAt).toBeGreaterThan(950)
    expect(server.requests).toHaveLength(2)
  })

  it('is retried without waiting for the body of the first response', async () => {
    const headersOf503: Reply = (response) => {
      response.writeHead(503, { 'content-type': 'application/json' }).flushHeaders()
    }
    const server = await startRawServer([headersOf503, TOKENS])
    expect((await clientAt(server).refreshToken('rt')).accessToken).toBe('new-access-token')
    expect(server.requests).toHaveLength(2)
  })

  it('is not retried when bytes may have been sent', async () => {
    for (const reply of [reset, resetInBody]) {
      const server = await startRawServer([reply, TOKENS])
      const error = await failureOf(clientAt(server).refreshToken('rt'))
      expect(error).toMatchObject({ code: 'network_error', reason: 'connection_lost', retryable: true })
      expect(server.requests).toHaveLength(1)
    }
  })

  it('is retried after a refused connection', async () => {
    const { port } = await startRawServer(TOKENS).then(async (server) => {
      await server.close()
      return server
    })
    const late = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"access_token": "at"}')
    })
    let attempts = 0
    const client = new OAuthClient({
      endpoints: { token: `http://127.0.0.1:${port}/token` },
      // The server comes up once the first attempt has failed.
      fetch: async (url, init) => {
        attempts++
        if (attempts === 2) await new Promise<void>((resolve) => void late.listen(port, '127.0.0.1', resolve))
        return fetch(url, init)
      },
    })
    await expect(client.refreshToken('rt')).resolves.toMatchObject({ accessToken: 'at' })
    expect(attempts).toBe(2)
    late.closeAllConnections()
    late.close()
  })

  it('requires a refresh token of this client', async () => {
    const server = await startRawServer(TOKENS)
    const client = clientAt(server)
    const tokens = { accessToken: 'at', refreshToken: null } as never
    expect((await failureOf(client.refreshToken(tokens))).code).toBe('missing_refresh_token')
    const foreign = TokenSet.fromJSON({ accessToken: 'at', refreshToken: 'rt', clientId: 'another' })
    expect(await failureOf(client.refreshToken(foreign))).toMatchObject({
      code: 'invalid_config',
      reason: 'clientId',
    })
    expect(await failureOf(client.revokeToken(foreign))).toMatchObject({ code: 'invalid_config' })
    expect(server.requests).toHaveLength(0)
  })
})

describe('an account on hold', () => {
  const URI = 'https://claude.ai/restricted?reason=hold'
  const HOLDS = {
    'an OAuth error': { error: 'invalid_grant', error_description: 'account_on_hold', error_uri: URI },
    'a denial': { error: 'access_denied', error_description: 'account_on_hold', error_uri: URI },
    "Anthropic's error": {
      type: 'error',
      error: { type: 'authentication_error', message: 'account_on_hold' },
      error_uri: URI,
    },
  }

  it.each(Object.entries(HOLDS))('is reported by every call: %s', async (_how, body) => {
    for (const status of [400, 401, 403]) {
      for (const [name, call] of Object.entries(CALLS)) {
        const server = await startRawServer(json(body, { status }))
        expect(await failureOf(call(clientAt(server))), name).toMatchObject({
          code: 'account_on_hold',
          status,
          errorUri: URI,
          retryable: true,
        })
        expect(server.requests, name).toHaveLength(1)
      }
    }
  })

  it('takes precedence over a message that says that the token is dead', async () => {
    const body = {
      error: { type: 'authentication_error', message: 'Refresh token has been revoked' },
      error_description: 'account_on_hold',
    }
    const client = clientAt(await startRawServer(json(body, { status: 401 })))
    expect(await failureOf(client.refreshToken('rt'))).toMatchObject({ code: 'account_on_hold' })
  })

  it('shows no link that contains the token', async () => {
    const token = 'Zq3xVnT8wLrK5mYb'
    const body = { ...HOLDS['a denial'], error_uri: `https://evil.example/?t=%5A${token.slice(1)}` }
    const client = clientAt(await startRawServer(json(body, { status: 403 })))
    const error = await failureOf(client.refreshToken(token))
    expect(error.code).toBe('account_on_hold')
    expect(error).not.toHaveProperty('errorUri')
  })
})

describe('the wait before a refresh is sent again', () => {
  const LOWEST = 0
  const HIGHEST = 2 ** 32 - 1
  let sent = 0
  let reply: () => Promise<Response>
  // Uses a fetch without sockets, since fake timers have no effect on those.
  const client = new OAuthClient({
    fetch: () => {
      sent++
      return reply()
    },
  })

  beforeEach(() => {
    sent = 0
    reply = async () => new Response('', { status: 429 })
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
  })

  afterEach(() => {
    vi.useRealTimers()
    vi.restoreAllMocks()
  })

  /** Waits until the client pauses before its next attempt. Then two timers run: the deadline and the pause. */
  const waiting = (attempts: number): Promise<void> =>
    until(() => sent === attempts && vi.getTimerCount() === 2)

  it.each([
    ['125 ms, then 250 ms, at least', LOWEST, 125, 250],
    ['just under 375 ms, then 750 ms, at most', HIGHEST, 374, 749],
  ])('is %s', async (_name, random, first, second) => {
    vi.spyOn(crypto, 'getRandomValues').mockImplementation((array) => {
      ;(array as unknown as Uint32Array).fill(random)
      return array
    })
    const call = failureOf(client.refreshToken('rt'))
    await waiting(1)
    await vi.advanceTimersByTimeAsync(first - 1)
    expect(sent).toBe(1)
    await vi.advanceTimersByTimeAsync(1)
    await waiting(2)
    await vi.advanceTimersByTimeAsync(second - 1)
    expect(sent).toBe(2)
    await vi.advanceTimersByTimeAsync(1)
    expect(await call).toMatchObject({ code: 'rate_limited' })
    expect(sent).toBe(3)
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each([
    ['was not found', 'ENOTFOUND'],
    ['did not respond', 'UND_ERR_CONNECT_TIMEOUT'],
  ])('is the same when the host %s', async (_name, code) => {
    reply = () => Promise.reject(new TypeError('fetch failed', { cause: { code } }))
    const call = failureOf(client.refreshToken('rt'))
    await waiting(1)
    await vi.advanceTimersByTimeAsync(375)
    await waiting(2)
    await vi.advanceTimersByTimeAsync(750)
    expect(await call).toMatchObject({ code: 'network_error', retryable: true })
    expect(sent).toBe(3)
  })

  it('is within the one deadline: a Retry-After that no longer fits is reported', async () => {
    reply = async () => new Response('', { status: 429, headers: { 'retry-after': '20' } })
    const call = failureOf(client.refreshToken('rt'))
    await waiting(1)
    await vi.advanceTimersByTimeAsync(19_999)
    expect(sent).toBe(1)
    await vi.advanceTimersByTimeAsync(1)
    expect(await call).toMatchObject({ code: 'rate_limited', retryAfterSeconds: 20 })
    expect(sent).toBe(2)
  })

  it('is ended at once by the signal, and leaves no timer', async () => {
    reply = async () => new Response('', { status: 429, headers: { 'retry-after': '20' } })
    const controller = new AbortController()
    const call = failureOf(client.refreshToken('rt', { signal: controller.signal }))
    await waiting(1)
    controller.abort()
    expect(await call).toMatchObject({ code: 'aborted' })
    await until(() => vi.getTimerCount() === 0)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(sent).toBe(1)
  })
})

describe('a client of another token endpoint', () => {
  it('sends its tokens only there', async () => {
    const server = await startRawServer(TOKENS)
    const client = new OAuthClient({ endpoints: { token: `${server.url}/token` } })
    for (const name of ['createApiKey', 'getProfile', 'revokeToken'] as const) {
      expect(await failureOf(client[name]('at')), name).toMatchObject({ code: 'invalid_config' })
    }
    expect(server.requests).toHaveLength(0)
  })
})

describe('the arguments of a call', () => {
  it.each([[''], ['has space'], ['line\n'], ['x'.repeat(8193)], [null], [undefined], [7]])(
    'refuses the token %j with a TypeError',
    async (token) => {
      const client = new OAuthClient()
      for (const name of ['refreshToken', 'createApiKey', 'getProfile', 'revokeToken'] as const) {
        await expect(client[name](token as string), name).rejects.toThrow(TypeError)
      }
    },
  )

  it.each([[0], [-1], [Number.NaN], [Number.POSITIVE_INFINITY], ['1000']])(
    'refuses timeoutMs %j',
    async (timeoutMs) => {
      for (const [name, call] of Object.entries(CALLS)) {
        await expect(call(new OAuthClient(), { timeoutMs: timeoutMs as number }), name).rejects.toThrow(
          TypeError,
        )
      }
    },
  )

  it('blames the store for damaged tokens', async () => {
    const error = await failureOf(new OAuthClient().refreshToken({} as never))
    expect(error).toMatchObject({ code: 'store_failed', reason: 'invalid_tokens' })
  })
})
