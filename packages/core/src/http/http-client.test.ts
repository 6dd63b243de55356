import { execFile, spawn } from 'node:child_process'
import { getEventListeners } from 'node:events'
import { createInterface } from 'node:readline'
import { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { CALLS, clientAt, exchange, failureOf } from '../../test/client-call.ts'
import { startRawServer } from '../../test/raw-server.ts'
import {
  bytes,
  drip,
  gzipBomb,
  headersAlone,
  html,
  json,
  redirect,
  type Reply,
  reset,
  resetInBody,
  silence,
  truncated,
} from '../../test/reply.ts'
import { until } from '../../test/until.ts'
import { AnthropicAuthError } from '../error/error.ts'
import { OAuthClient } from '../oauth-client.ts'
import type { PatientRequestOptions } from './request-options.ts'

const TOKENS = json({
  access_token: 'new-access-token',
  refresh_token: 'new-refresh-token',
  expires_in: 3600,
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

describe('the deadline', () => {
  it.each([
    ['a response that never comes', silence],
    ['a body that never comes', headersAlone],
    ['a body that drips', drip],
  ])('ends %s', async (_name, reply) => {
    const client = clientAt(await startRawServer(reply))
    const error = await failureOf(exchange(client, { timeoutMs: 150 }))
    expect(error).toMatchObject({
      code: 'timeout',
      message: 'No complete response arrived within 150 ms',
      retryable: false,
      hint: expect.stringMatching(/^The server may have processed the request\. /),
    })
    const refresh = await failureOf(client.refreshToken('rt', { timeoutMs: 150 }))
    expect(refresh).toMatchObject({
      code: 'timeout',
      retryable: true,
      hint: expect.stringMatching(/^Check the network/),
    })
    expect(error).not.toHaveProperty('cause')
  })

  it('ends every call, and the connection with it', async () => {
    for (const [name, call] of Object.entries(CALLS)) {
      const server = await startRawServer(silence)
      const failure = failureOf(call(clientAt(server, { timeoutMs: 2500 })))
      await until(() => server.requests.length === 1)
      expect(await failure, name).toMatchObject({ code: 'timeout' })
      await until(() => server.connections() === 0)
      expect(server.requests).toHaveLength(1)
    }
  })

  it('ends a connection that is never established', async () => {
    const fetch = (): Promise<Response> => new Promise(() => undefined)
    expect(
      await failureOf(exchange(clientAt(await startRawServer(TOKENS), { fetch, timeoutMs: 50 }))),
    ).toMatchObject({
      code: 'timeout',
    })
  })

  it("is the client's unless the call has its own", async () => {
    const client = clientAt(await startRawServer(drip), { timeoutMs: 100 })
    expect((await failureOf(exchange(client))).message).toBe('No complete response arrived within 100 ms')
  })

  it.each(['identity', 'gzip'])(
    'reads a response that arrived while the machine was asleep (%s)',
    async (encoding) => {
      const program = fileURLToPath(new URL('../../test/slow-server-process.ts', import.meta.url))
      const server = spawn(process.execPath, [program, encoding], { stdio: ['ignore', 'pipe', 'inherit'] })
      onTestFinished(() => void server.kill('SIGKILL'))
      const lines = createInterface(server.stdout)[Symbol.asyncIterator]()
      const port = Number((await lines.next()).value?.replace('port ', ''))
      const client = new OAuthClient({ endpoints: { token: `http://127.0.0.1:${port}/v1/oauth/token` } })
      // Load it first, so that only the response is timed.
      const call = exchange(client, { timeoutMs: 5000 })
      expect((await lines.next()).value).toBe('requested')
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 6000)
      await expect(call).resolves.toMatchObject({ accessToken: 'new-access-token' })
    },
  )

  it('may exceed the longest timer', async () => {
    const client = clientAt(await startRawServer(TOKENS), { timeoutMs: 1e12 })
    await expect(exchange(client)).resolves.toMatchObject({ accessToken: 'new-access-token' })
  })

  it('leaves no timer behind', async () => {
    const set = vi.spyOn(globalThis, 'setTimeout')
    const clear = vi.spyOn(globalThis, 'clearTimeout')
    onTestFinished(() => {
      set.mockRestore()
      clear.mockRestore()
    })
    const client = clientAt(await startRawServer([TOKENS, html('', 500)]), { timeoutMs: 54_321 })
    await exchange(client)
    await failureOf(exchange(client))
    // Find the timer by its length, since the runtime's fetch has timers of its own.
    const timers = set.mock.results.filter((_result, index) => set.mock.calls[index]?.[1] === 54_321)
    expect(timers).toHaveLength(2)
    for (const { value } of timers) expect(clear).toHaveBeenCalledWith(value)
  })
})

describe("the caller's signal", () => {
  it('sends nothing when it is aborted before', async () => {
    const server = await startRawServer(TOKENS)
    const reason = new Error('the reason')
    for (const [name, call] of Object.entries(CALLS)) {
      const error = await failureOf(call(clientAt(server), { signal: AbortSignal.abort(reason) }))
      expect(error.code, name).toBe('aborted')
      expect(error.cause).toBe(reason)
    }
    expect(server.requests).toHaveLength(0)
  })

  it('sends nothing when it is aborted before the request is on its way', async () => {
    const fetch = vi.fn<typeof globalThis.fetch>(globalThis.fetch)
    const client = clientAt(await startRawServer(TOKENS), { fetch })
    const controller = new AbortController()
    const call = failureOf(exchange(client, { signal: controller.signal }))
    controller.abort()
    expect(await call).toMatchObject({ code: 'aborted' })
    await exchange(client)
    expect(fetch).toHaveBeenCalledOnce()
  })

  it.each([
    ['headers', silence],
    ['body', headersAlone],
    ['body that drips', drip],
  ])('ends the wait for the %s, and the connection with it', async (_name, reply) => {
    const server = await startRawServer(reply)
    const controller = new AbortController()
    const call = failureOf(exchange(clientAt(server), { signal: controller.signal }))
    await until(() => server.requests.length === 1)
    const reason = new Error('the reason')
    controller.abort(reason)
    const error = await call
    expect(error).toMatchObject({ code: 'aborted', message: 'The call was aborted', retryable: false })
    expect(error.cause).toBe(reason)
    await until(() => server.connections() === 0)
  })

  it('is not a timeout, even if it is an AbortSignal.timeout()', async () => {
    const signal = AbortSignal.timeout(50)
    const error = await failureOf(exchange(clientAt(await startRawServer(silence)), { signal }))
    expect(error.code).toBe('aborted')
    expect(error.cause).toBe(signal.reason)
    expect(error.cause).toMatchObject({ name: 'TimeoutError' })
  })

  it('has no listeners left after 10,000 calls', { timeout: 300_000 }, async () => {
    const { signal } = new AbortController()
    const listeners = (): number => getEventListeners(signal, 'abort').length
    let [sent, most] = [0, 0]
    const fetch = async (): Promise<Response> => {
      most = Math.max(most, listeners())
      return sent++ % 2 === 0 ? Response.json({}, { status: 500 }) : Response.json({ access_token: 'at' })
    }
    const instant = clientAt(await startRawServer(TOKENS), { fetch })
    for (let batch = 0; batch < 100; batch++) {
      await Promise.allSettled(Array.from({ length: 99 }, () => instant.refreshToken('rt', { signal })))
      expect(listeners()).toBe(0)
    }
    expect([sent, most]).toEqual([9900, 99])
    const server = await startRawServer([TOKENS, html('', 500), TOKENS])
    for (let call = 0; call < 100; call++) await exchange(clientAt(server), { signal }).catch(() => undefined)
    expect(server.requests).toHaveLength(100)
    expect(listeners()).toBe(0)
  })
})

describe('a patient request', () => {
  const options: PatientRequestOptions = { timeoutMs: 60_000, newAttemptsMs: 1 }

  it('starts no new attempt after newAttemptsMs', async () => {
    const server = await startRawServer([html('', 503), TOKENS])
    const call = clientAt(server).refreshToken('a-refresh-token', options)
    expect(await failureOf(call)).toMatchObject({ code: 'http_error', status: 503 })
    expect(server.requests).toHaveLength(1)
  })

  it('still waits for the response to the last attempt', async () => {
    const late: Reply = (response, request) => void setTimeout(() => TOKENS(response, request), 50)
    const server = await startRawServer(late)
    const tokens = await clientAt(server).refreshToken('a-refresh-token', options)
    expect(tokens.refreshToken).toBe('new-refresh-token')
  })

  it('calls beforeAttempt before each attempt, and sends nothing when it rejects', async () => {
    const server = await startRawServer([html('', 503), TOKENS])
    let asked = 0
    const beforeAttempt = async (): Promise<void> => {
      asked += 1
      if (asked === 2) {
        throw new AnthropicAuthError('store_failed', 'The lock was lost', { reason: 'lock_lost' })
      }
    }
    const patient: PatientRequestOptions = { beforeAttempt }
    const call = clientAt(server).refreshToken('a-refresh-token', patient)
    expect(await failureOf(call)).toMatchObject({ code: 'store_failed', reason: 'lock_lost' })
    expect([asked, server.requests.length]).toEqual([2, 1])
  })
})

describe('the cap on a body', () => {
  const padded = (size: number): string => JSON.stringify({ access_token: 'at' }).padEnd(size, ' ')

  it('accepts exactly 1 MiB', async () => {
    const server = await startRawServer(bytes(padded(1_048_576)))
    await expect(exchange(clientAt(server))).resolves.toMatchObject({ accessToken: 'at' })
  })

  it('refuses one byte more, of a success', async () => {
    const server = await startRawServer(bytes(padded(1_048_577)))
    expect(await failureOf(exchange(clientAt(server)))).toMatchObject({
      code: 'invalid_token_response',
      reason: 'too_large',
      message: 'The token endpoint responded with more than 1 MiB',
    })
  })

  it('reads nothing of a larger error body', async () => {
    const body = JSON.stringify({ error: 'invalid_grant' }).padEnd(1_048_577, ' ')
    const server = await startRawServer(bytes(body, { status: 400 }))
    const error = await failureOf(clientAt(server).refreshToken('rt'))
    expect(error).toMatchObject({ code: 'http_error', status: 400 })
    expect(error).not.toHaveProperty('error')
  })

  it('ends a body that never ends', async () => {
    const endless: Reply = (response) => {
      response.writeHead(200)
      // Node 26 calls back with an error, not with a destroyed response, when the client has gone.
      const more = (error?: Error | null): void => {
        if (!error && !response.destroyed) response.write('x'.repeat(65_536), more)
      }
      more()
    }
    const server = await startRawServer(endless)
    expect(await failureOf(exchange(clientAt(server)))).toMatchObject({ reason: 'too_large' })
    await until(() => server.connections() === 0)
  })

  it('counts after decompression', async () => {
    for (const [status, code] of [
      [200, 'invalid_token_response'],
      [500, 'http_error'],
    ] as const) {
      const server = await startRawServer(gzipBomb(2, status))
      expect((await failureOf(exchange(clientAt(server)))).code).toBe(code)
    }
  })

  it('keeps a gzip bomb of 200 MiB out of memory', { timeout: 300_000 }, async () => {
    const server = await startRawServer((response, request) => {
      const reply = request.path === '/token' ? gzipBomb(200) : json({}, { status: 500 })
      reply(response, request)
    })
    const child = fileURLToPath(new URL('../../test/gzip-bomb-process.ts', import.meta.url))
    const args = ['--expose-gc', '--conditions=@anthropic-auth/source', child, server.url]
    const grown: number[] = []
    for (let round = 0; round < 5; round++) {
      const { stdout } = await promisify(execFile)(process.execPath, args)
      grown.push(Number(stdout))
    }
    const median = grown.toSorted((a, b) => a - b)[2] ?? Infinity
    expect(server.requests.filter(({ path }) => path === '/token')).toHaveLength(5)
    expect(median).toBeLessThan(2 * 16 * 1_048_576)
  })
})

describe('a redirect', () => {
  const calls = Object.entries(CALLS).flatMap(([name, call]) =>
    [301, 302, 303, 307, 308].map((status) => ({ name, call, status })),
  )

  it.each(calls)('$status of $name is refused and not followed', async ({ call, status }) => {
    const other = await startRawServer(TOKENS)
    const server = await startRawServer(redirect(status, `${other.url}/token`))
    const error = await failureOf(call(clientAt(server)))
    expect(error).toMatchObject({ code: 'http_error', status, reason: 'redirect', retryable: false })
    expect(error.message).toMatch(/^The .+ responded with a redirect, which was not followed$/)
    expect(server.requests).toHaveLength(1)
    expect(other.requests).toHaveLength(0)
  })

  it('to the same server is not followed either', async () => {
    const server = await startRawServer(redirect(307, '/token'))
    expect(await failureOf(exchange(clientAt(server)))).toMatchObject({ reason: 'redirect' })
    expect(server.requests).toHaveLength(1)
  })

  it('is refused even if a fetch followed it anyway', async () => {
    const other = await startRawServer(TOKENS)
    const server = await startRawServer(redirect(303, `${other.url}/token`))
    const following = (url: string, init: RequestInit): Promise<Response> =>
      fetch(url, { ...init, redirect: 'follow' })
    const error = await failureOf(exchange(clientAt(server, { fetch: following })))
    expect(other.requests).toHaveLength(1)
    expect(error).toMatchObject({ code: 'http_error', reason: 'redirect' })
  })
})

/** The error of undici, which has the code in its cause. */
const PROXY_407 = {
  code: 0,
  message: 'Request was cancelled.',
  cause: { code: 'UND_ERR_ABORTED', message: 'Proxy response (407) !== 200 when HTTP Tunneling' },
}

describe('a connection that fails', () => {
  async function closedPort(): Promise<Awaited<ReturnType<typeof startRawServer>>> {
    const server = await startRawServer(TOKENS)
    await server.close()
    return server
  }

  it('is distinguished from a lost connection by whether the call may be repeated', async () => {
    const refused = await closedPort()
    expect(await failureOf(exchange(clientAt(refused)))).toMatchObject({
      code: 'network_error',
      reason: 'connect',
      retryable: true,
      message: `The token endpoint at 127.0.0.1:${refused.port} could not be reached: no connection`,
    })
    for (const reply of [reset, resetInBody, truncated]) {
      const server = await startRawServer(reply)
      expect(await failureOf(exchange(clientAt(server)))).toMatchObject({
        code: 'network_error',
        reason: 'connection_lost',
        retryable: false,
        message: `The token endpoint at 127.0.0.1:${server.port} ended the connection before its response was complete`,
        hint: expect.stringMatching(/^The server may have processed the request\. /),
      })
    }
    expect(await failureOf(clientAt(await startRawServer(reset)).refreshToken('rt'))).toMatchObject({
      reason: 'connection_lost',
      retryable: true,
      hint: 'Check the network connection, then try again.',
    })
  })

  it('has no cause, since that would contain the request', async () => {
    for (const server of [await closedPort(), await startRawServer(reset)]) {
      expect(await failureOf(exchange(clientAt(server)))).not.toHaveProperty('cause')
    }
  })

  it.each([
    ['a name that is not known', { code: 'ENOTFOUND', syscall: 'getaddrinfo' }, 'dns', true],
    ["a resolver that doesn't respond", { code: 'EAI_AGAIN', syscall: 'getaddrinfo' }, 'dns', true],
    ['an unreachable host', { code: 'EHOSTUNREACH', syscall: 'connect' }, 'connect', true],
    ['a connection that took too long', { code: 'UND_ERR_CONNECT_TIMEOUT' }, 'connect', true],
    ['a system timeout while connecting', { code: 'ETIMEDOUT', syscall: 'connect' }, 'connect', true],
    [
      'a refusal by both addresses',
      { errors: [{ code: 'ECONNREFUSED' }, { code: 'ECONNREFUSED' }] },
      'connect',
      true,
    ],
    ['a certificate', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' }, 'tls', false],
    ['a system timeout later on', { code: 'ETIMEDOUT', syscall: 'read' }, 'connection_lost', true],
    ['a lost connection', { code: 'UND_ERR_SOCKET' }, 'connection_lost', true],
    ['no code at all', {}, 'connection_lost', true],
    ['a proxy that asks for a password', PROXY_407, 'proxy_authentication', false],
    [
      'a proxy that asks for a password, in other words',
      { code: 'ERR_PROXY_TUNNEL', message: 'Failed to establish tunnel to a:443 via b: HTTP/1.1 407 Proxy' },
      'proxy_authentication',
      false,
    ],
    [
      'a proxy that asks for a password, of a tunnel agent',
      { message: 'tunneling socket could not be established, statusCode=407' },
      'proxy_authentication',
      false,
    ],
    [
      'a proxy that asks for a password, in Deno',
      { message: 'proxy authorization required' },
      'proxy_authentication',
      false,
    ],
    [
      'a proxy that refuses to connect',
      { message: 'Proxy response (502) !== 200 when HTTP Tunneling' },
      'proxy',
      true,
    ],
    [
      'a proxy that refuses to connect, in Bun',
      { code: 'ERR_PROXY_TUNNEL', message: 'Proxy refused: 403' },
      'proxy',
      true,
    ],
    ['a proxy that is not there', { code: 'ECONNREFUSED', syscall: 'connect' }, 'connect', true],
  ])('is recognised as %s', async (_name, cause, reason, retryable) => {
    const fetch = (): Promise<Response> => Promise.reject(new TypeError('fetch failed', { cause }))
    const client = clientAt(await startRawServer(TOKENS), { fetch })
    expect(await failureOf(client.getProfile('at'))).toMatchObject({
      code: 'network_error',
      reason,
      retryable,
    })
  })
})

describe('a connection that a proxy refuses', () => {
  const failWith = (cause: object): Promise<AnthropicAuthError> => {
    const fetch = (): Promise<Response> => Promise.reject(new TypeError('fetch failed', { cause }))
    return failureOf(new OAuthClient({ fetch }).refreshToken('rt'))
  }

  it('is reported as such, with a hint', async () => {
    expect(await failWith(PROXY_407)).toMatchObject({
      message:
        'The token endpoint at platform.claude.com could not be reached: the proxy requires authentication (HTTP 407)',
      hint: 'Set the user name and password of the proxy, for example with HTTPS_PROXY=http://user:password@host:port.',
    })
    expect(await failWith({ message: 'Proxy response (403) !== 200 when HTTP Tunneling' })).toMatchObject({
      message: 'The token endpoint at platform.claude.com could not be reached: the proxy refused to connect',
      hint: 'Check that the proxy works and allows connections to this host.',
    })
  })

  it('is recognized when the proxy responds in place of the server, which fetch hides', async () => {
    for (const reply of [
      html('<h1>Proxy Authentication Required</h1>', 407),
      json({ error: 'x' }, { status: 407 }),
    ]) {
      for (const call of Object.values(CALLS)) {
        const error = await failureOf(call(clientAt(await startRawServer(reply))))
        expect(error).toMatchObject({
          code: 'network_error',
          reason: 'proxy_authentication',
          retryable: false,
        })
        expect(error.message).toMatch(/ the proxy requires authentication \(HTTP 407\)$/)
      }
    }
  })

  it("is recognized when the program's own fetch shows the response", async () => {
    for (const body of ['<h1>Proxy Authentication Required</h1>', '{"error": "x"}', '']) {
      const client = new OAuthClient({ fetch: async () => new Response(body, { status: 407 }) })
      for (const call of Object.values(CALLS)) {
        const error = await failureOf(call(client))
        expect(error).toMatchObject({
          code: 'http_error',
          status: 407,
          reason: 'proxy_authentication',
          retryable: false,
        })
        expect(error.message).toMatch(
          / could not be reached: the proxy requires authentication \(HTTP 407\)$/,
        )
        expect(error.hint).toMatch(/^Set the user name and password of the proxy/)
      }
    }
  })
})

describe('a certificate that is not accepted', () => {
  it('gets a hint that names both ways to trust another one', async () => {
    const cause = { code: 'SELF_SIGNED_CERT_IN_CHAIN' }
    const fetch = (): Promise<Response> => Promise.reject(new TypeError('fetch failed', { cause }))
    const { hint } = await failureOf(new OAuthClient({ fetch }).refreshToken('rt'))
    expect(hint).toContain('--use-system-ca')
    expect(hint).toContain('NODE_EXTRA_CA_CERTS')
  })
})

describe('what is sent', () => {
  it('names the package and no other software', async () => {
    const server = await startRawServer(TOKENS)
    for (const call of Object.values(CALLS)) await call(clientAt(server)).catch(() => undefined)
    for (const { headers } of server.requests) {
      expect(headers['user-agent']).toMatch(/^anthropic-auth\/\d+\.\d+\.\d+$/)
      expect(headers.accept).toBe('application/json')
    }
    await exchange(clientAt(server, { userAgent: 'my-app/1.2 (host)' }))
    expect(server.requests.at(-1)?.headers['user-agent']).toBe('my-app/1.2 (host)')
  })

  it('sends no cookie back', async () => {
    const cookies = { 'set-cookie': ['session=1; Path=/', 'other=2; Path=/'] }
    const server = await startRawServer(json({ access_token: 'at' }, { headers: cookies }))
    const client = clientAt(server)
    for (let round = 0; round < 2; round++) {
      for (const call of Object.values(CALLS)) await call(client).catch(() => undefined)
    }
    expect(server.requests).toHaveLength(12)
    for (const { headers } of server.requests) expect(headers.cookie).toBeUndefined()
  })

  it('has no secret in its URL', async () => {
    const server = await startRawServer(TOKENS)
    for (const call of Object.values(CALLS)) await call(clientAt(server)).catch(() => undefined)
    expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /token',
      'POST /token',
      'POST /token',
      'POST /api-key',
      'GET /profile',
      'POST /revoke',
    ])
  })
})

describe('the fetch option', () => {
  it('is called with a string and a plain init', async () => {
    const fetch = vi.fn<(url: string, init: RequestInit) => Promise<Response>>((url, init) =>
      globalThis.fetch(url, init),
    )
    const server = await startRawServer(TOKENS)
    await clientAt(server, { fetch }).refreshToken('a-refresh-token')
    expect(fetch).toHaveBeenCalledOnce()
    const [url, init] = fetch.mock.calls[0] ?? []
    expect(url).toBe(`${server.url}/token`)
    expect(Object.getPrototypeOf(init)).toBe(Object.prototype)
    const { signal, ...rest } = init ?? {}
    expect(signal).toBeInstanceOf(AbortSignal)
    expect(rest).toEqual({
      method: 'POST',
      headers: {
        accept: 'application/json',
        'user-agent': clientAt(server).config.userAgent,
        'content-type': 'application/json',
        'anthropic-beta': 'oauth-2025-04-20',
      },
      body: '{"grant_type":"refresh_token","refresh_token":"a-refresh-token","client_id":"9d1c250a-e61b-44d9-88ed-5944d1962f5e"}',
      redirect: 'manual',
      credentials: 'omit',
    })
  })

  it('is called without a body for a GET', async () => {
    const fetch = vi.fn<(url: string, init: RequestInit) => Promise<Response>>((url, init) =>
      globalThis.fetch(url, init),
    )
    await failureOf(clientAt(await startRawServer(TOKENS), { fetch }).getProfile('at'))
    expect(fetch.mock.calls[0]?.[1]).not.toHaveProperty('body')
  })

  it('is called without a receiver', async () => {
    const receivers: unknown[] = []
    async function fetch(this: unknown): Promise<Response> {
      receivers.push(this)
      return Response.json({ access_token: 'at' })
    }
    await exchange(clientAt(await startRawServer(TOKENS), { fetch }))
    expect(receivers).toEqual([undefined])
  })

  it('defaults to the global fetch, looked up at each call', async () => {
    const server = await startRawServer(TOKENS)
    const client = clientAt(server)
    const real = globalThis.fetch
    const wrapper = vi.fn<typeof globalThis.fetch>((input, init) => real(input, init))
    vi.stubGlobal('fetch', wrapper)
    await exchange(client)
    expect(wrapper).toHaveBeenCalledOnce()
    expect(wrapper.mock.calls[0]?.[0]).toBe(`${server.url}/token`)
    vi.unstubAllGlobals()
    await exchange(client)
    expect(wrapper).toHaveBeenCalledOnce()
    expect(server.requests).toHaveLength(2)
  })

  it('may return a Response of another realm', async () => {
    const response = {
      status: 200,
      headers: new Headers(),
      body: new Blob(['{"access_token": "at"}']).stream(),
    }
    const client = clientAt(await startRawServer(TOKENS), {
      fetch: async () => response as unknown as Response,
    })
    await expect(exchange(client)).resolves.toMatchObject({ accessToken: 'at' })
  })

  it("causes an error that names it when it doesn't return a Response", async () => {
    const notResponses = [
      undefined,
      null,
      {},
      'text',
      { ok: true, json: () => ({}) },
      { headers: new Headers(), body: 'text' },
      { status: 200, headers: new Headers(), body: 'text' },
      // Some implementations for Node have a Node stream here, not a web stream.
      { status: 200, headers: new Headers(), body: Readable.from(['{"access_token": "at"}']) },
    ]
    for (const value of notResponses) {
      const fetch = async (): Promise<Response> => value as unknown as Response
      expect(await failureOf(exchange(clientAt(await startRawServer(TOKENS), { fetch })))).toMatchObject({
        code: 'invalid_config',
        reason: 'fetch',
        message: 'fetch did not return a Response',
      })
    }
  })

  it('causes a network error without details when it throws', async () => {
    const failures = [
      new Error('secret words'),
      'secret words',
      undefined,
      null,
      Object.create(null) as unknown,
    ]
    for (const failure of failures) {
      for (const fetch of [async () => thrower(failure)(), thrower(failure)]) {
        const error: AnthropicAuthError = await failureOf(
          exchange(clientAt(await startRawServer(TOKENS), { fetch })),
        )
        expect(error).toMatchObject({ code: 'network_error', reason: 'connection_lost', retryable: false })
        expect(error.message).not.toContain('secret words')
        expect(error).not.toHaveProperty('cause')
      }
    }
  })

  function thrower(failure: unknown): () => never {
    return () => {
      throw failure
    }
  }
})
