import { execFile } from 'node:child_process'
import { getEventListeners } from 'node:events'
import { Server as HttpServer } from 'node:http'
import { setImmediate as turn } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { inspect, promisify } from 'node:util'
import { generateState, isAnthropicAuthError } from '@anthropic-auth/core'
import { afterEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { until } from '../../core/test/until.ts'
import { countOpenServers } from '../test/open-servers.ts'
import { ended, openSocket, visit } from '../test/visit.ts'
import { QUERY, CODE, OTHER_STATE, startWaiting, STATE } from '../test/waiting-server.ts'
import type { CallbackRequestEvent } from './callback-request.ts'
import { startCallbackServer, type CallbackServer } from './callback-server.ts'
import { PROGRAM_OPTIONS } from '../../../scripts/tests/program-options.ts'

const EXPECTED = { code: CODE, state: STATE }
const DENIAL = `?error=access_denied&error_description=Not+today&state=${STATE}`

/** Expects that another program could use the port now, on both addresses. */
async function expectFree(port: number): Promise<void> {
  await (await startCallbackServer({ state: STATE, port })).close()
}

/** The ways in which a wait can end, each with its outcome. */
const ENDINGS: readonly [string, (server: CallbackServer, controller: AbortController) => unknown, object][] =
  [
    ['a code', async ({ redirectUri }) => visit(`${redirectUri}${QUERY}`), EXPECTED],
    [
      'an error',
      async ({ redirectUri }) => visit(`${redirectUri}${DENIAL}`),
      { code: 'authorization_denied' },
    ],
    ['the timeout', () => vi.advanceTimersByTime(60_000), { code: 'callback_timeout' }],
    ['an abort', (_server, controller) => controller.abort(new Error('why')), { code: 'aborted' }],
    ['close()', async (server) => server.close(), { code: 'callback_server_failed' }],
  ]

afterEach(() => {
  vi.useRealTimers()
})

describe('startCallbackServer()', () => {
  it('returns the redirect URI, then the response that arrives there', async () => {
    const server = await startWaiting()
    expect(server.redirectUri).toBe(`http://localhost:${server.port}/callback`)
    const waiting = server.waitForCallback()
    const { status, body } = await visit(`${server.redirectUri}${QUERY}`)
    expect(status).toBe(200)
    expect(body).toContain('<h1>Response received</h1>')
    await expect(waiting).resolves.toEqual(EXPECTED)
  })

  it('keeps a response that arrived early, for every caller', async () => {
    const server = await startWaiting()
    await visit(`${server.redirectUri}${QUERY}`)
    await expect(server.waitForCallback()).resolves.toEqual(EXPECTED)
    await server.close()
    await expect(server.waitForCallback()).resolves.toEqual(EXPECTED)
  })

  it('passes on a denial and an error of the server, and shows the failure page', async () => {
    const [denied, failed] = [await startWaiting(), await startWaiting()]
    const { body } = await visit(`${denied.redirectUri}${DENIAL}`)
    expect(body).toContain('<h1>Login not completed</h1>')
    await expect(denied.waitForCallback()).rejects.toMatchObject({
      code: 'authorization_denied',
      error: 'access_denied',
      errorDescription: 'Not today',
    })
    await visit(`${failed.redirectUri}?error=server_error&state=${STATE}`)
    await expect(failed.waitForCallback()).rejects.toMatchObject({
      code: 'oauth_error',
      error: 'server_error',
    })
  })

  it('reports an account on hold with its link, and shows the failure page', async () => {
    const server = await startWaiting()
    const query = new URLSearchParams({
      error: 'access_denied',
      error_description: 'account_on_hold',
      error_uri: 'https://claude.ai/restricted?reason=hold',
      state: STATE,
    })
    const { status, body } = await visit(`${server.redirectUri}?${query}`)
    expect(status).toBe(200)
    expect(body).toContain('<h1>Login not completed</h1>')
    await expect(server.waitForCallback()).rejects.toMatchObject({
      code: 'account_on_hold',
      error: 'access_denied',
      errorUri: 'https://claude.ai/restricted?reason=hold',
    })
  })

  it('accepts the response for any of several states, and returns its state', async () => {
    for (const state of [STATE, OTHER_STATE]) {
      const server = await startWaiting({ state: [STATE, OTHER_STATE] })
      const refused = `${server.redirectUri}?code=${CODE}&state=${generateState()}`
      expect((await visit(refused)).status).toBe(400)
      await visit(`${server.redirectUri}?code=${CODE}&state=${state}`)
      await expect(server.waitForCallback()).resolves.toEqual({ code: CODE, state })
    }
  })

  it('finds the real callback after 10,000 forged ones', { timeout: 600_000 }, async () => {
    const server = await startWaiting()
    const forge = async (index: number): Promise<number> => {
      const forged = `${server.redirectUri}?${index % 2 ? 'code' : 'error'}=${CODE}&state=${generateState()}`
      return (await visit(forged)).status
    }
    const statuses = new Set<number>()
    for (let sent = 0; sent < 10_000; sent += 50) {
      const batch = Array.from({ length: 50 }, async (_, index) => forge(index))
      for (const status of await Promise.all(batch)) statuses.add(status)
    }
    expect([...statuses]).toEqual([400])
    await visit(`${server.redirectUri}${QUERY}`)
    await expect(server.waitForCallback()).resolves.toEqual(EXPECTED)
  })

  it('accepts only one response: a second one gets 410', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    // Too large to be sent at once, so that there is a moment for a second response.
    const success = `<!doctype html><title>x</title><p>${'x'.repeat(32 * 1024 * 1024)}`
    const events: CallbackRequestEvent[] = []
    const server = await startWaiting({ pages: { success }, onRequest: (event) => events.push(event) })
    const [first, second] = [await openSocket(server.port), await openSocket(server.port)]
    const head = ' HTTP/1.1\r\nHost: localhost\r\n\r\n'
    first.pause().write(`GET /callback${QUERY}${head}`)
    await until(() => events.length === 1)
    let received = ''
    second.on('data', (chunk) => (received += chunk.toString()))
    second.write(`GET /callback?code=another&state=${STATE}${head}`)
    await ended(second)
    expect(received.split('\r\n')[0]).toBe('HTTP/1.1 410 Gone')
    await ended(first)
    await expect(server.waitForCallback()).resolves.toEqual(EXPECTED)
    expect(events.map(({ reason }) => reason)).toEqual(['accepted', 'already_answered'])
  })

  it("doesn't keep the port for a browser that doesn't read its page", async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const success = `<!doctype html><title>x</title><p>${'x'.repeat(32 * 1024 * 1024)}`
    const onRequest = vi.fn<(event: CallbackRequestEvent) => void>()
    const server = await startWaiting({ pages: { success }, onRequest })
    const socket = await openSocket(server.port)
    socket.pause().write(`GET /callback${QUERY} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
    await until(() => onRequest.mock.calls.length === 1)
    vi.advanceTimersByTime(250)
    await expect(server.waitForCallback()).resolves.toEqual(EXPECTED)
    await expectFree(server.port)
  })

  it('has sent its page when it returns the response', async () => {
    const server = await startWaiting()
    const socket = await openSocket(server.port)
    let received = ''
    socket.on('data', (chunk) => (received += chunk.toString()))
    socket.write(`GET /callback${QUERY} HTTP/1.1\r\nHost: localhost\r\n\r\n`)
    await server.waitForCallback()
    await ended(socket)
    expect(received.endsWith('</script>\n')).toBe(true)
  })

  describe.each(ENDINGS)('after %s', (_what, end, outcome) => {
    async function waitAndEnd(controller: AbortController, endings = 1): Promise<CallbackServer> {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      const server = await startWaiting({ timeoutMs: 60_000, signal: controller.signal })
      for (let ending = 0; ending < endings; ending++) await end(server, controller)
      return server
    }

    it('returns the outcome each time', async () => {
      const server = await waitAndEnd(new AbortController())
      const outcomes = [server.waitForCallback(), server.waitForCallback()]
      for (const each of outcomes) {
        await expect(each.catch((error: unknown) => error)).resolves.toMatchObject(outcome)
      }
    })

    it('has freed the port as soon as the outcome is known', async () => {
      const server = await waitAndEnd(new AbortController())
      await server.waitForCallback().catch(() => undefined)
      await expectFree(server.port)
    })

    it('has ended every connection', async () => {
      const controller = new AbortController()
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      const server = await startWaiting({ timeoutMs: 60_000, signal: controller.signal })
      const [silent, slow, kept] = await Promise.all([1, 2, 3].map(async () => openSocket(server.port)))
      slow?.write('GET /call')
      kept?.write(
        'POST /callback HTTP/1.1\r\nHost: localhost\r\nConnection: keep-alive\r\nContent-Length: 9\r\n',
      )
      await visit(server.redirectUri)
      await end(server, controller)
      for (const socket of [silent, slow, kept]) await ended(socket!)
      await expect(server.close()).resolves.toBeUndefined()
    })

    it('leaves no timer and no listener behind', async () => {
      const controller = new AbortController()
      const server = await waitAndEnd(controller)
      await server.waitForCallback().catch(() => undefined)
      await server.close()
      expect(vi.getTimerCount()).toBe(0)
      expect(getEventListeners(controller.signal, 'abort')).toEqual([])
    })

    it('raises no unhandled rejection when nobody waits, and can be closed twice', async () => {
      const unhandled = vi.fn<(reason: unknown) => void>()
      process.on('unhandledRejection', unhandled)
      onTestFinished(() => void process.off('unhandledRejection', unhandled))
      const server = await waitAndEnd(new AbortController())
      await expect(server.close()).resolves.toBeUndefined()
      await expect(server.close()).resolves.toBeUndefined()
      await turn()
      expect(unhandled).not.toHaveBeenCalled()
    })
  })

  it('waits five minutes by default', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const server = await startWaiting()
    vi.advanceTimersByTime(299_999)
    expect((await visit(server.redirectUri)).status).toBe(400)
    vi.advanceTimersByTime(1)
    await expect(server.waitForCallback()).rejects.toMatchObject({
      code: 'callback_timeout',
      message: 'No callback arrived within 300000 ms',
      hint: 'Start a new login, with a larger timeoutMs if the user needs more time.',
    })
  })

  it('waits as long as it should, even beyond the longest timer', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const server = await startWaiting({ timeoutMs: 1e12 })
    vi.advanceTimersByTime(600_000)
    await visit(`${server.redirectUri}${QUERY}`)
    await expect(server.waitForCallback()).resolves.toEqual(EXPECTED)
  })

  it('ends at once with the reason of a signal as the cause', async () => {
    const controller = new AbortController()
    const server = await startWaiting({ signal: controller.signal })
    const waiting = server.waitForCallback()
    const reason = new Error('the user went away')
    controller.abort(reason)
    await expect(waiting).rejects.toMatchObject({ code: 'aborted', cause: reason })
  })

  it("doesn't start when the signal has aborted, or aborts during the start", async () => {
    const listen = vi.spyOn(HttpServer.prototype, 'listen')
    onTestFinished(() => listen.mockRestore())
    const signal = AbortSignal.abort('before')
    await expect(startWaiting({ signal })).rejects.toMatchObject({ code: 'aborted', cause: 'before' })
    expect(listen).not.toHaveBeenCalled()
    const { port, close } = await startWaiting()
    await close()
    const controller = new AbortController()
    const starting = startWaiting({ signal: controller.signal, port })
    controller.abort('meanwhile')
    await expect(starting).rejects.toMatchObject({ code: 'aborted', cause: 'meanwhile' })
    await expectFree(port)
  })

  it("leaves no timer and no listener behind when it can't start", async () => {
    const { port } = await startWaiting()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const { signal } = new AbortController()
    await expect(startWaiting({ port, signal })).rejects.toMatchObject({ code: 'port_unavailable' })
    expect(vi.getTimerCount()).toBe(0)
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it.each(['a code', 'an error', 'the timeout', 'an abort', 'close()'])(
    'lets the process end after %s, though others are still connected',
    async (ending) => {
      const child = fileURLToPath(new URL('../test/ending-process.ts', import.meta.url))
      const args = [...PROGRAM_OPTIONS, child, ending]
      const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 40_000 })
      expect(stdout).toBe('ended\n')
    },
  )

  it('has wholly closed when close() resolves, with others still connected', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const openServers = countOpenServers()
    const server = await startWaiting()
    await openSocket(server.port)
    expect(openServers()).toBe(2)
    await server.close()
    expect(openServers()).toBe(0)
  })

  it('is closed at the end of an `await using` block', async () => {
    let port = 0
    {
      await using server = await startCallbackServer({ state: STATE })
      port = server.port
    }
    await expectFree(port)
  })

  it('ends the wait, and closes, when the server fails meanwhile', async () => {
    const listen = vi.spyOn(HttpServer.prototype, 'listen')
    onTestFinished(() => listen.mockRestore())
    const server = await startWaiting()
    const cause = new Error('out of order')
    const [failing] = listen.mock.contexts as readonly HttpServer[]
    failing?.emit('error', cause)
    await expect(server.waitForCallback()).rejects.toMatchObject({
      code: 'callback_server_failed',
      message: 'The callback server failed while it was waiting',
      cause,
    })
    await expectFree(server.port)
  })

  it('rejects a wait that close() ends', async () => {
    const server = await startWaiting()
    const waiting = server.waitForCallback()
    await server.close()
    await expect(waiting).rejects.toMatchObject({
      code: 'callback_server_failed',
      reason: 'closed',
      message: 'The callback server was closed before a response arrived',
    })
    await expect(server.waitForCallback()).rejects.toMatchObject({ code: 'callback_server_failed' })
  })

  it('passes the hook only the method, the status and a fixed reason of each request', async () => {
    const events: CallbackRequestEvent[] = []
    const server = await startWaiting({ onRequest: (event) => events.push(event) })
    const { redirectUri } = server
    await visit(redirectUri, { headers: { host: 'evil.example' } })
    await visit(`${redirectUri}/secret`)
    await visit(redirectUri, { method: 'HEAD' })
    await visit(redirectUri, { headers: { origin: 'https://evil.example' } })
    await visit(redirectUri, { headers: { 'sec-fetch-mode': 'cors' } })
    await visit(redirectUri, { headers: { 'sec-purpose': 'prefetch' } })
    await visit(`${redirectUri}?code=x&state=${OTHER_STATE}`)
    await visit(`${redirectUri}?code=&state=${STATE}`)
    await visit(`${redirectUri}${QUERY}`)
    expect(events).toEqual([
      { method: 'GET', status: 421, reason: 'unknown_host' },
      { method: 'GET', status: 404, reason: 'unknown_path' },
      { method: 'HEAD', status: 405, reason: 'wrong_method' },
      { method: 'GET', status: 403, reason: 'foreign_origin' },
      { method: 'GET', status: 403, reason: 'not_a_navigation' },
      { method: 'GET', status: 403, reason: 'prefetch' },
      { method: 'GET', status: 400, reason: 'state_mismatch' },
      { method: 'GET', status: 400, reason: 'invalid_authorization_response' },
      { method: 'GET', status: 200, reason: 'accepted' },
    ])
  })

  it.each([
    ['access_denied', 'authorization_denied'],
    ['account_on_hold', 'account_on_hold'],
    ['server_error', 'oauth_error'],
  ])('reports the error %s to the hook', async (error, reason) => {
    const onRequest = vi.fn<(event: CallbackRequestEvent) => void>()
    const server = await startWaiting({ onRequest })
    await visit(`${server.redirectUri}?error=${error}&state=${STATE}`)
    expect(onRequest.mock.calls).toEqual([[{ method: 'GET', status: 200, reason }]])
  })

  const failingHooks: readonly [string, () => unknown][] = [
    [
      'throws',
      () => {
        throw new Error('from the hook')
      },
    ],
    ['rejects', async () => Promise.reject(new Error('from the hook'))],
  ]

  it.each(failingHooks)('is unaffected by a hook that %s', async (_what, onRequest) => {
    const server = await startWaiting({ onRequest })
    expect((await visit(server.redirectUri)).status).toBe(400)
    expect((await visit(`${server.redirectUri}${QUERY}`)).status).toBe(200)
    await expect(server.waitForCallback()).resolves.toEqual(EXPECTED)
  })

  it('keeps the response when its hook closes the server', async () => {
    const server: CallbackServer = await startWaiting({ onRequest: () => void server.close() })
    await visit(`${server.redirectUri}${QUERY}`)
    await expect(server.waitForCallback()).resolves.toEqual(EXPECTED)
  })

  it('shows no secret in an error, an event or the console', async () => {
    const spies = (['log', 'info', 'warn', 'error', 'debug'] as const).map((name) =>
      vi.spyOn(console, name).mockImplementation(() => undefined),
    )
    onTestFinished(() => spies.forEach((spy) => spy.mockRestore()))
    const shown: unknown[] = []
    for (const [, end] of ENDINGS.slice(1)) {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      const controller = new AbortController()
      const onRequest = (event: CallbackRequestEvent): unknown => shown.push(event)
      const server = await startWaiting({ timeoutMs: 60_000, signal: controller.signal, onRequest })
      await visit(`${server.redirectUri}${QUERY.replace('state=', 'state=x')}`)
      await end(server, controller)
      shown.push(await server.waitForCallback().catch((error: unknown) => error))
      vi.useRealTimers()
    }
    expect(shown.filter((each) => isAnthropicAuthError(each))).toHaveLength(4)
    const text = inspect(shown, { depth: 20, showHidden: true }) + JSON.stringify(shown)
    for (const secret of [CODE, STATE]) {
      for (let at = 0; at + 8 <= secret.length; at++) expect(text).not.toContain(secret.slice(at, at + 8))
    }
    for (const spy of spies) expect(spy).not.toHaveBeenCalled()
  })
})
