import { getEventListeners } from 'node:events'
import { Server } from 'node:net'
import { AnthropicAuthError, OAuthClient } from '@anthropic-auth/core'
import type { Emulator } from '@anthropic-auth/testing'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { visit } from '../../callback-server/test/visit.ts'
import { createGate, type Gate } from '../../core/test/gate.ts'
import { until } from '../../core/test/until.ts'
import {
  exchanges,
  holdPort,
  isFree,
  User,
  redirectPort,
  redirectUri,
  startAttempt,
  startServer,
  unusedPort,
} from '../test/login-attempt.ts'
import { login } from './login.ts'
import type { CodeRequest, LoginOptions } from './login-options.ts'
import type { LoginProgress } from './login-progress.ts'
import { startTestEmulator } from '../../testing/test/test-emulator.ts'

let emulator: Emulator
let client: OAuthClient
let user: User

beforeEach(async () => {
  ;({ emulator, client } = await startServer())
  user = new User()
})

afterEach(() => {
  vi.useRealTimers()
})

const OTHER_STATE = 'Zq3vN8-kT0yLw_5RbX1mUe7GdHc2JsPfAo4iK9tVxW6'
/** A text that could be a code, but isn't one. */
const UNKNOWN_CODE = 'not-a-code-of-the-server'

function typesOf(events: readonly LoginProgress[]): readonly string[] {
  return events.map(({ type }) => type)
}

/** The code in a redirect URL. */
function codeOf(response: string): string {
  return new URL(response).searchParams.get('code') ?? ''
}

/** The state of the flow that a URL starts. */
function stateOf(authorizationUrl: string): string {
  return new URL(authorizationUrl).searchParams.get('state') ?? ''
}

/** From now on, time passes only when the test says so; sockets and the event loop keep working. */
function stopTimers(): void {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
}

/** A client of the emulator whose responses wait until the gate is opened. */
function clientBehind({ opened }: Gate): OAuthClient {
  const heldFetch = async (url: string, init: RequestInit): Promise<Response> => {
    const response = await fetch(url, init)
    await opened
    return response
  }
  return new OAuthClient({ endpoints: emulator.endpoints, fetch: heldFetch })
}

describe('login()', () => {
  it('logs in with the browser on this machine', async () => {
    const visited: { readonly status: number; readonly body: string }[] = []
    const events: LoginProgress[] = []
    const tokens = await login({
      mode: 'max',
      client,
      scopes: ['user:profile', 'user:inference'],
      loginHint: 'person@example.com',
      timeoutMs: 20_000,
      openBrowser: async (url) => {
        expect(new URL(url).searchParams.get('login_hint')).toBe('person@example.com')
        visited.push(await visit(await emulator.approve(url)))
      },
      onProgress: (event) => events.push(event),
    })
    expect(tokens.scopes).toEqual(['user:profile', 'user:inference'])
    expect(tokens.account?.email).toBe('person@example.com')
    await until(() => visited.length === 1)
    expect(visited[0]).toMatchObject({ status: 200, body: expect.stringContaining('Response received') })
    expect(events).toContainEqual({
      type: 'exchanging',
      message: 'Exchanging the code for tokens.',
    })
  })

  it('passes on the URLs first, then opens the browser with the loopback URL', async () => {
    const order: string[] = []
    const [ways, end] = [[] as (string | null)[], new AbortController()]
    const outcome = login({
      mode: 'console',
      client,
      signal: end.signal,
      timeoutMs: 20_000,
      onAuthorizationUrl: ({ loopbackUrl, pasteUrl }) => {
        order.push('told')
        ways.push(loopbackUrl, pasteUrl)
      },
      openBrowser: async (url) => void order.push(`opened ${url}`),
      promptForCode: async ({ url }) => {
        order.push(`asked ${url}`)
        end.abort()
        return ''
      },
    })
    await expect(outcome).rejects.toMatchObject({ code: 'aborted' })
    const [loopbackUrl, pasteUrl] = ways
    expect(order).toEqual(['told', `opened ${loopbackUrl}`, `asked ${pasteUrl}`])
    expect(redirectUri(loopbackUrl ?? '')).toMatch(/^http:\/\/localhost:\d+\/callback$/)
    expect(redirectUri(pasteUrl ?? '')).toBe(emulator.endpoints.codePage)
  })

  it('starts two flows that share neither state nor verifier', async () => {
    const { loopbackUrl, pasteUrl } = await startAttempt({ client, promptForCode: user.promptForCode })
    const [one, other] = [new URL(loopbackUrl).searchParams, new URL(pasteUrl).searchParams]
    for (const name of ['state', 'code_challenge']) {
      expect(one.get(name)).toMatch(/^[\w-]{43,}$/)
      expect(one.get(name)).not.toBe(other.get(name))
    }
  })

  it('requests the same in both', async () => {
    const { loopbackUrl, pasteUrl } = await startAttempt({
      client,
      promptForCode: user.promptForCode,
      mode: 'max',
      scopes: ['user:inference'],
      loginHint: 'person@example.com',
      organizationId: '8e1f4a6d-2b93-4c57-b0d8-71c5e3a9f624',
      workspaceId: 'wrkspc_1',
    })
    for (const url of [loopbackUrl, pasteUrl]) {
      expect(url).toContain(`${emulator.endpoints.authorize.max}?`)
      expect(Object.fromEntries(new URL(url).searchParams)).toMatchObject({
        scope: 'user:inference',
        login_hint: 'person@example.com',
        orgUUID: '8e1f4a6d-2b93-4c57-b0d8-71c5e3a9f624',
        workspace_id: 'wrkspc_1',
      })
    }
  })

  it('installs no handler on the process', async () => {
    const handlers = (): readonly unknown[] =>
      process.eventNames().map((name) => [name, process.listenerCount(name)])
    const before = handlers()
    await startAttempt({ client, promptForCode: user.promptForCode, openBrowser: async () => undefined })
    expect(handlers()).toEqual(before)
  })

  it('listens before it passes on the URL', async () => {
    const statuses: number[] = []
    const { outcome } = await startAttempt({
      client,
      openBrowser: async (url) => {
        statuses.push((await visit(`${redirectUri(url)}?code=x&state=${OTHER_STATE}`)).status)
        statuses.push((await visit(await emulator.approve(url))).status)
      },
    })
    await outcome
    await until(() => statuses.length === 2)
    expect(statuses).toEqual([400, 200])
  })
})

describe('login(), when the browser brings the code', () => {
  it('closes the prompt, and sends the code once', async () => {
    const { loopbackUrl, port, outcome, events } = await startAttempt({
      client,
      promptForCode: user.promptForCode,
    })
    const response = await emulator.approve(loopbackUrl)
    await visit(response)
    await outcome
    expect(user.requests.map(({ signal }) => signal.aborted)).toEqual([true])
    expect(exchanges(emulator)).toEqual([{ code: codeOf(response), status: 200 }])
    expect(typesOf(events)).toEqual(['exchanging'])
    expect(await isFree(port)).toBe(true)
  })

  it('closes the port and the prompt before it exchanges the code', async () => {
    emulator.faults.next('token', { type: 'delay', ms: 60_000 })
    const end = new AbortController()
    const { loopbackUrl, port, outcome } = await startAttempt({
      client,
      promptForCode: user.promptForCode,
      signal: end.signal,
    })
    await visit(await emulator.approve(loopbackUrl))
    await until(() => exchanges(emulator).length === 1)
    expect(user.requests[0]?.signal.aborted).toBe(true)
    expect(await isFree(port)).toBe(true)
    end.abort()
    await expect(outcome).rejects.toMatchObject({ code: 'aborted' })
  })

  it('reports callbacks for a different login, and ignores them', async () => {
    const { loopbackUrl, outcome, events } = await startAttempt({ client })
    const uri = redirectUri(loopbackUrl)
    for (const query of [
      `code=x&state=${OTHER_STATE}`,
      `error=access_denied&state=${OTHER_STATE}`,
      'code=x',
    ]) {
      expect(await visit(`${uri}?${query}`)).toMatchObject({ status: 400 })
    }
    await visit(uri.replace('/callback', '/favicon.ico'))
    const different = {
      type: 'callback_refused',
      message: 'Ignored a callback for a different login. Still waiting.',
    }
    const noCode = { ...different, message: 'Ignored a callback without a usable code. Still waiting.' }
    expect(events).toEqual([different, different, noCode])
    await visit(await emulator.approve(loopbackUrl))
    await expect(outcome).resolves.toMatchObject({ clientId: client.config.clientId })
  })

  it('ends at once when access was denied', async () => {
    const { loopbackUrl, port, outcome } = await startAttempt({ client, promptForCode: user.promptForCode })
    await visit(await emulator.deny(loopbackUrl))
    await expect(outcome).rejects.toMatchObject({ code: 'authorization_denied' })
    expect(user.requests[0]?.signal.aborted).toBe(true)
    expect(exchanges(emulator)).toEqual([])
    expect(await isFree(port)).toBe(true)
  })
})

describe('login(), with a browser that a test plays', () => {
  it('logs in with emulator.visit as its browser', async () => {
    for (const mode of ['console', 'max'] as const) {
      const tokens = await login({ mode, client, openBrowser: emulator.visit, timeoutMs: 300_000 })
      expect(tokens.account?.email).toBe('person@example.com')
    }
  })

  it('ends when emulator.visit denies access', async () => {
    const outcome = login({
      mode: 'console',
      client,
      timeoutMs: 300_000,
      openBrowser: (url, options) => emulator.visit(url, { ...options, decision: 'deny' }),
    })
    await expect(outcome).rejects.toMatchObject({ code: 'authorization_denied' })
  })

  it('shows the code page with emulator.visit when nothing listens', async () => {
    const { pasteUrl, outcome, events } = await startAttempt({
      client,
      port: false,
      openBrowser: emulator.visit,
      promptForCode: user.promptForCode,
    })
    await until(() => events.length === 1)
    expect(typesOf(events)).toEqual(['browser_opened'])
    expect(emulator.requests.at(-1)).toMatchObject({ status: 200 })
    expect(emulator.requests.at(-1)?.path).toContain('/oauth/code/callback?code=')
    await user.paste(await emulator.approve(pasteUrl))
    await outcome
  })

  it('reports the callback of a test that requests it with fetch(), which is not a navigation', async () => {
    const { outcome, events } = await startAttempt({
      client,
      openBrowser: async (url) => {
        const callback = await emulator.approve(url)
        expect((await fetch(callback)).status).toBe(403)
        await visit(callback)
      },
    })
    await outcome
    expect(events).toEqual([
      {
        type: 'callback_refused',
        message:
          'Ignored a callback that is not a navigation: a browser has to open the redirect URL, and fetch() does not count. Still waiting.',
      },
      { type: 'exchanging', message: 'Exchanging the code for tokens.' },
    ])
  })

  it.each([
    [{ method: 'POST' }, 'Ignored a callback that is not a GET request. Still waiting.'],
    [{ method: 'HEAD' }, 'Ignored a callback that is not a GET request. Still waiting.'],
    [
      { headers: { origin: 'https://evil.example' } },
      'Ignored a callback from the page of another website. Still waiting.',
    ],
    [
      { headers: { host: 'evil.example' } },
      'Ignored a callback to a host name other than localhost. Still waiting.',
    ],
    [{ headers: { 'sec-purpose': 'prefetch' } }, null],
  ])('reports other requests that are ignored, but no prefetch: %j', async (request, message) => {
    const { loopbackUrl, outcome, events } = await startAttempt({ client })
    const callback = await emulator.approve(loopbackUrl)
    const { status } = await visit(callback, request)
    expect(status).toBeGreaterThanOrEqual(403)
    expect(events).toEqual(message === null ? [] : [{ type: 'callback_refused', message }])
    await visit(callback)
    await outcome
  })
})

describe('login(), when the code is pasted', () => {
  it('exchanges it with the flow of the code page, and closes the port', async () => {
    const { pasteUrl, port, outcome } = await startAttempt({ client, promptForCode: user.promptForCode })
    await user.paste(await emulator.approve(pasteUrl))
    await outcome
    expect(exchanges(emulator)).toMatchObject([{ status: 200 }])
    expect(user.requests.map(({ url }) => url)).toEqual([pasteUrl])
    expect(await isFree(port)).toBe(true)
  })

  it('takes the redirect URL of a browser on another machine', async () => {
    const { loopbackUrl, outcome } = await startAttempt({ client, promptForCode: user.promptForCode })
    await user.paste(` "${await emulator.approve(loopbackUrl)}"\n`)
    await outcome
    expect(exchanges(emulator)).toMatchObject([{ status: 200 }])
  })

  it('uses a code without its state for the flow of the code page', async () => {
    const { pasteUrl, outcome } = await startAttempt({ client, promptForCode: user.promptForCode })
    await user.paste((await emulator.approve(pasteUrl)).split('#', 1).join(''))
    await outcome
    expect(exchanges(emulator)).toMatchObject([{ status: 200 }])
  })

  it('asks again after each wrong paste, with what was wrong', async () => {
    const { pasteUrl, loopbackUrl, outcome, events } = await startAttempt({
      client,
      promptForCode: user.promptForCode,
    })
    const wrong = [
      '',
      '123456',
      'sk-ant-api03-x',
      pasteUrl,
      loopbackUrl,
      'two words',
      '{"code":"x"}',
      'file:///etc/passwd',
      `x#${OTHER_STATE}`,
      `?error=access_denied&state=${OTHER_STATE}`,
      'x'.repeat(8193),
      'http://localhost:1/callback?code=x',
      'y',
      'a-code-of-19-charac',
      '12345678901234567890',
      `${UNKNOWN_CODE}!`,
    ]
    for (const text of wrong) await user.paste(text)
    await user.paste(await emulator.approve(pasteUrl))
    await outcome
    expect(user.reasons).toEqual([
      null,
      'empty',
      'email_code',
      'api_key',
      'authorization_url',
      'authorization_url',
      'characters',
      'json',
      'scheme',
      'state_mismatch',
      'state_mismatch',
      'too_long',
      'missing_state',
      'not_a_code',
      'not_a_code',
      'not_a_code',
      'not_a_code',
    ])
    expect(typesOf(events)).toEqual([...wrong.map(() => 'paste_refused'), 'exchanging'])
    expect(events.at(-2)?.message).toBe(
      'This is not a code. Copy the whole code from the browser, and paste it.',
    )
    expect(exchanges(emulator)).toMatchObject([{ status: 200 }])
  })

  it('asks again after a hundred wrong pastes', async () => {
    const { pasteUrl, outcome } = await startAttempt({ client, promptForCode: user.promptForCode })
    for (let count = 0; count < 100; count++) await user.paste('two words')
    await user.paste(await emulator.approve(pasteUrl))
    await outcome
    expect(user.requests).toHaveLength(101)
  })

  it('needs the state, too, if the client requires it', async () => {
    const strict = new OAuthClient({ endpoints: emulator.endpoints, requireState: true })
    const { pasteUrl, outcome } = await startAttempt({ client: strict, promptForCode: user.promptForCode })
    const response = await emulator.approve(pasteUrl)
    await user.paste(response.split('#', 1).join(''))
    await user.paste(response)
    await outcome
    expect(user.reasons).toEqual([null, 'missing_state'])
  })

  it('ends at once when the pasted redirect URL says that access was denied', async () => {
    for (const way of ['pasteUrl', 'loopbackUrl'] as const) {
      user = new User()
      const attempt = await startAttempt({ client, promptForCode: user.promptForCode })
      await user.paste(await emulator.deny(attempt[way]))
      await expect(attempt.outcome).rejects.toMatchObject({ code: 'authorization_denied' })
      expect(await isFree(attempt.port)).toBe(true)
    }
  })

  it('works without a listener', async () => {
    const opened: string[] = []
    const { pasteUrl, loopbackUrl, outcome } = await startAttempt({
      client,
      port: false,
      promptForCode: user.promptForCode,
      openBrowser: async (url) => void opened.push(url),
    })
    await user.paste(await emulator.approve(pasteUrl))
    await outcome
    expect([loopbackUrl, opened]).toEqual(['', [pasteUrl]])
  })

  it('rejects with the error of the prompt', async () => {
    const { port, outcome } = await startAttempt({
      client,
      promptForCode: async () => Promise.reject(new RangeError('The window was closed')),
    })
    await expect(outcome).rejects.toThrow(new RangeError('The window was closed'))
    expect(await isFree(port)).toBe(true)
  })

  it('ends with a TypeError when the prompt returns no text', async () => {
    const { outcome } = await startAttempt({ client, promptForCode: async () => 7 as never })
    await expect(outcome).rejects.toThrow(TypeError)
  })
})

describe("login(), when a code is pasted that the server doesn't know", () => {
  const withState = (code: string, url: string): string => `${code}#${stateOf(url)}`

  it.each([
    ['without its state', (code: string) => code],
    ['with the state of the code page', withState],
  ])('asks again: a code %s', async (_what, paste) => {
    const { pasteUrl, outcome, events } = await startAttempt({ client, promptForCode: user.promptForCode })
    const response = await emulator.approve(pasteUrl)
    const half = response.slice(1, response.indexOf('#'))
    await user.paste(paste(half, pasteUrl))
    await until(() => user.requests.length === 2)
    expect(user.requests[1]?.previousError).toMatchObject({
      code: 'invalid_authorization_response',
      reason: 'unknown_code',
      message: "The server doesn't know this code",
      status: 400,
      hint: 'Copy the whole code from the browser and paste it again. If that fails too, open the link again to get a new code.',
    })
    expect(user.requests[1]?.signal.aborted).toBe(false)
    await user.paste(response)
    await outcome
    expect(exchanges(emulator)).toMatchObject([{ code: half, status: 400 }, { status: 200 }])
    expect(typesOf(events)).toEqual(['exchanging', 'paste_refused', 'exchanging'])
  })

  it.each([10, 25, 50, 70])('joins a code that came in two pastes, broken at %d', async (at) => {
    const { pasteUrl, outcome } = await startAttempt({ client, promptForCode: user.promptForCode })
    const response = await emulator.approve(pasteUrl)
    await user.paste(response.slice(0, at))
    await user.paste(response.slice(at))
    await outcome
    expect(exchanges(emulator).at(-1)).toMatchObject({ code: response.split('#')[0], status: 200 })
    expect(exchanges(emulator).some(({ code }) => stateOf(pasteUrl).includes(String(code)))).toBe(false)
  })

  it('asks again after a wrong redirect URL of loopback, which the browser may still visit', async () => {
    const { loopbackUrl, outcome } = await startAttempt({ client, promptForCode: user.promptForCode })
    const response = await emulator.approve(loopbackUrl)
    await user.paste(response.replace(codeOf(response), codeOf(response).slice(1)))
    await until(() => user.requests.length === 2)
    await visit(response)
    await outcome
    expect(user.reasons).toEqual([null, 'unknown_code'])
    expect(exchanges(emulator)).toEqual([
      { code: codeOf(response).slice(1), status: 400 },
      { code: codeOf(response), status: 200 },
    ])
    expect(user.requests[1]?.signal.aborted).toBe(true)
  })

  it.each([
    ['nested as type', { type: 'error', error: { type: 'invalid_grant', message: 'No such code' } }, 400],
    ['nested as code', { error: { type: 'invalid_request_error', code: 'invalid_grant' } }, 403],
    ['with 401', { error: 'invalid_grant' }, 401],
    ['with 404', { error: 'invalid_grant' }, 404],
    ['with 200', { error: { type: 'invalid_grant' } }, 200],
  ])('understands every form of the refusal: %s', async (_form, body, status) => {
    emulator.faults.next('token', { type: 'body', body: JSON.stringify(body), status })
    const { pasteUrl, outcome } = await startAttempt({ client, promptForCode: user.promptForCode })
    await user.paste(`x#${stateOf(pasteUrl)}`)
    await user.paste(await emulator.approve(pasteUrl))
    await outcome
    expect(user.reasons).toEqual([null, 'unknown_code'])
  })

  it("understands the refusal even when the code is a part of the server's own words", async () => {
    const { pasteUrl, outcome } = await startAttempt({ client, promptForCode: user.promptForCode })
    await user.paste(`invalid_grant#${stateOf(pasteUrl)}`)
    await user.paste(await emulator.approve(pasteUrl))
    await outcome
    expect(user.reasons).toEqual([null, 'unknown_code'])
  })

  it('does not send a refused code again, in whatever form it is pasted', async () => {
    const { pasteUrl, loopbackUrl, outcome } = await startAttempt({
      client,
      promptForCode: user.promptForCode,
    })
    const forms = [
      `${UNKNOWN_CODE}#${stateOf(pasteUrl)}`,
      `${UNKNOWN_CODE}#${stateOf(pasteUrl)}`,
      UNKNOWN_CODE,
      `"${UNKNOWN_CODE}"`,
      `?code=${UNKNOWN_CODE}&state=${stateOf(pasteUrl)}`,
      `${redirectUri(loopbackUrl)}?code=${UNKNOWN_CODE}&state=${stateOf(loopbackUrl)}`,
    ]
    for (const form of forms) await user.paste(form)
    await user.paste(await emulator.approve(pasteUrl))
    await outcome
    expect(user.reasons).toEqual([null, 'unknown_code', ...forms.slice(1).map(() => 'refused_code')])
    expect(user.requests[2]?.previousError).toMatchObject({
      message: 'The server has already refused this code, so it was not sent again',
      hint: 'Copy the whole code from the browser. If it is the same code, open the link again to get a new one.',
    })
    expect(exchanges(emulator)).toMatchObject([{ code: UNKNOWN_CODE, status: 400 }, { status: 200 }])
  })

  it('does not send a refused code again when the browser brings it', async () => {
    const { loopbackUrl, port, outcome } = await startAttempt({ client, promptForCode: user.promptForCode })
    const callback = `${redirectUri(loopbackUrl)}?code=${UNKNOWN_CODE}&state=${stateOf(loopbackUrl)}`
    await user.paste(callback)
    await until(() => user.requests.length === 2)
    await visit(callback)
    await expect(outcome).rejects.toMatchObject({ code: 'oauth_error', error: 'invalid_grant' })
    expect(exchanges(emulator)).toEqual([{ code: UNKNOWN_CODE, status: 400 }])
    expect(await isFree(port)).toBe(true)
  })

  it('does not ask again when the browser has brought a code meanwhile', async () => {
    for (const isAlone of [true, false]) {
      user = new User()
      const response = createGate()
      const { loopbackUrl, pasteUrl, port, outcome } = await startAttempt({
        client: clientBehind(response),
        promptForCode: user.promptForCode,
      })
      const before = exchanges(emulator).length
      await user.paste(isAlone ? UNKNOWN_CODE : withState(UNKNOWN_CODE, pasteUrl))
      await until(() => exchanges(emulator).length === before + 1)
      await visit(await emulator.approve(loopbackUrl))
      // The port is freed before the login gets the callback.
      while (!(await isFree(port)));
      response.open()
      await outcome
      expect(user.requests).toHaveLength(1)
      expect(
        exchanges(emulator)
          .slice(before)
          .map(({ status }) => status),
      ).toEqual([400, 200])
    }
  })

  it('does not ask again when the time is over meanwhile', async () => {
    stopTimers()
    const response = createGate()
    const { outcome } = await startAttempt({
      client: clientBehind(response),
      promptForCode: user.promptForCode,
      timeoutMs: 1500,
    })
    await user.paste(UNKNOWN_CODE)
    await until(() => exchanges(emulator).length === 1)
    vi.advanceTimersByTime(1500)
    response.open()
    await expect(outcome).rejects.toMatchObject({ code: 'callback_timeout', retryable: true })
    await vi.advanceTimersByTimeAsync(1)
    expect(user.requests).toHaveLength(1)
  })

  it.each([
    [{ type: 'server_error' }, { code: 'http_error', status: 500 }],
    [
      { type: 'server_error', status: 503 },
      { code: 'http_error', status: 503 },
    ],
    [{ type: 'rate_limit' }, { code: 'rate_limited' }],
    [
      { type: 'html', status: 403 },
      { code: 'http_error', reason: 'html' },
    ],
    [{ type: 'reset_before' }, { code: 'network_error' }],
    [{ type: 'reset_after' }, { code: 'network_error' }],
    [{ type: 'body', body: '{"error":"invalid_client"}', status: 400 }, { code: 'oauth_error' }],
  ] as const)(
    'ends when the exchange fails otherwise, since the code may be used up: %j',
    async (fault, error) => {
      emulator.faults.always('token', fault)
      const { outcome, port, pasteUrl } = await startAttempt({ client, promptForCode: user.promptForCode })
      await user.paste(await emulator.approve(pasteUrl))
      await expect(outcome).rejects.toMatchObject(error)
      expect(user.requests).toHaveLength(1)
      expect(exchanges(emulator)).toHaveLength(1)
      expect(await isFree(port)).toBe(true)
    },
  )

  it('ends when the browser brings the code', async () => {
    const { loopbackUrl, outcome } = await startAttempt({ client, promptForCode: user.promptForCode })
    await visit(`${redirectUri(loopbackUrl)}?code=${UNKNOWN_CODE}&state=${stateOf(loopbackUrl)}`)
    await expect(outcome).rejects.toMatchObject({ code: 'oauth_error', error: 'invalid_grant' })
    expect(user.requests).toHaveLength(1)
  })
})

describe('login(), with an account on hold', () => {
  const ON_HOLD = {
    code: 'account_on_hold',
    errorUri: 'https://claude.ai/restricted?reason=account_on_hold',
    retryable: true,
  }

  beforeEach(() => emulator.setAccountOnHold(true))

  it('ends at once when the browser reports it to the loopback server', async () => {
    const { loopbackUrl, port, outcome } = await startAttempt({ client, promptForCode: user.promptForCode })
    await visit(await emulator.approve(loopbackUrl))
    await expect(outcome).rejects.toMatchObject(ON_HOLD)
    expect(exchanges(emulator)).toEqual([])
    expect(await isFree(port)).toBe(true)
  })

  it('ends at once when the redirect URL that says so is pasted', async () => {
    for (const way of ['pasteUrl', 'loopbackUrl'] as const) {
      user = new User()
      const attempt = await startAttempt({ client, promptForCode: user.promptForCode })
      await user.paste(await emulator.approve(attempt[way]))
      await expect(attempt.outcome).rejects.toMatchObject(ON_HOLD)
      expect(user.requests).toHaveLength(1)
    }
  })

  it('ends at once when the code is refused for that reason, also for a bare code', async () => {
    for (const isAlone of [false, true]) {
      user = new User()
      emulator.setAccountOnHold(false)
      const { pasteUrl, outcome } = await startAttempt({ client, promptForCode: user.promptForCode })
      const [code = '', state = ''] = (await emulator.approve(pasteUrl)).split('#')
      emulator.setAccountOnHold(true)
      await user.paste(isAlone ? code : `${code}#${state}`)
      await expect(outcome).rejects.toMatchObject({ ...ON_HOLD, status: 400 })
      expect(user.requests).toHaveLength(1)
    }
  })
})

describe('login() to a different organization or workspace than requested', () => {
  const asked = { organizationId: '3c7d0b52-6f0e-4d8a-9a41-5f2f1f7a9c10', workspaceId: 'wrkspc_1' }

  it.each([
    ['other_organization', 'organization'],
    ['other_workspace', 'workspace'],
  ] as const)('ends with %s, asks for no other code, and revokes the tokens', async (type, reason) => {
    for (const isAlone of [false, true]) {
      user = new User()
      emulator.faults.next('token', { type })
      const { pasteUrl, port, outcome } = await startAttempt({
        client,
        promptForCode: user.promptForCode,
        ...asked,
      })
      const [code = '', state = ''] = (await emulator.approve(pasteUrl)).split('#')
      await user.paste(isAlone ? code : `${code}#${state}`)
      await expect(outcome).rejects.toMatchObject({ code: 'organization_mismatch', reason })
      expect(user.requests).toHaveLength(1)
      expect(emulator.requests.at(-1)).toMatchObject({ path: '/v1/oauth/token/revoke', status: 200 })
      expect(await isFree(port)).toBe(true)
    }
  })

  it('also rejects a login with a browser on this machine', async () => {
    emulator.faults.next('token', { type: 'other_organization' })
    const { loopbackUrl, outcome } = await startAttempt({ client, ...asked })
    await visit(await emulator.approve(loopbackUrl))
    await expect(outcome).rejects.toMatchObject({ code: 'organization_mismatch' })
  })

  it('logs in when the right one was chosen', async () => {
    const { loopbackUrl, outcome } = await startAttempt({ client, ...asked })
    await visit(await emulator.approve(loopbackUrl))
    await expect(outcome).resolves.toMatchObject({
      organization: { id: '3c7d0b52-6f0e-4d8a-9a41-5f2f1f7a9c10' },
      workspace: { id: 'wrkspc_1' },
    })
  })
})

describe('login(), when it is ended', () => {
  const ways = {
    'by its signal': async (end: AbortController) => end.abort(new Error('No more')),
    'by its time': async () => vi.advanceTimersByTime(20_000),
  } as const

  for (const [how, act] of Object.entries(ways)) {
    it(`${how}, has closed everything`, async () => {
      stopTimers()
      const end = new AbortController()
      const opened = createGate()
      const signals: AbortSignal[] = []
      const { port, outcome } = await startAttempt({
        client,
        signal: end.signal,
        timeoutMs: 20_000,
        // Neither ends, and neither heeds its signal.
        promptForCode: async (request) => user.promptForCode(request),
        openBrowser: async (_url, { signal }) => {
          signals.push(signal)
          opened.open()
          return new Promise<void>(() => undefined)
        },
      })
      await opened.opened
      await act(end)
      await expect(outcome).rejects.toMatchObject(
        end.signal.aborted
          ? { code: 'aborted', cause: { message: 'No more' } }
          : { code: 'callback_timeout', retryable: true },
      )
      expect(await isFree(port)).toBe(true)
      expect(
        [...signals, ...user.requests.map(({ signal }) => signal)].map(({ aborted }) => aborted),
      ).toEqual([true, true])
      expect(getEventListeners(end.signal, 'abort')).toHaveLength(0)
    })
  }

  it('does nothing when its signal has already aborted', async () => {
    const listen = vi.spyOn(Server.prototype, 'listen')
    onTestFinished(() => listen.mockRestore())
    const heard: unknown[] = []
    const outcome = login({
      mode: 'console',
      client,
      signal: AbortSignal.abort(new Error('No more')),
      openBrowser: async () => void heard.push('opened'),
      onAuthorizationUrl: (urls) => heard.push(urls),
      promptForCode: async () => String(heard.push('asked')),
      onProgress: (event) => heard.push(event),
    })
    await expect(outcome).rejects.toMatchObject({ code: 'aborted', cause: { message: 'No more' } })
    expect(listen).not.toHaveBeenCalled()
    expect(heard).toEqual([])
  })

  it('has freed the port when it ends while it begins to listen', async () => {
    const port = await unusedPort()
    const end = new AbortController()
    const outcome = login({
      mode: 'console',
      client,
      port,
      signal: end.signal,
      timeoutMs: 20_000,
      openBrowser: false,
      onAuthorizationUrl: () => expect.unreachable(),
    })
    end.abort()
    await expect(outcome).rejects.toMatchObject({ code: 'aborted' })
    expect(await isFree(port)).toBe(true)
  })

  it('opens no browser and asks for no code when it ends in onAuthorizationUrl', async () => {
    const end = new AbortController()
    const heard: string[] = []
    const hook: () => unknown = async () => {
      end.abort()
      throw new Error('Nobody hears this')
    }
    const outcome = login({
      mode: 'console',
      client,
      signal: end.signal,
      timeoutMs: 20_000,
      onAuthorizationUrl: hook,
      openBrowser: async () => void heard.push('opened'),
      promptForCode: async () => String(heard.push('asked')),
    })
    await expect(outcome).rejects.toMatchObject({ code: 'aborted' })
    expect(heard).toEqual([])
  })

  it('ends the exchange, too', async () => {
    emulator.faults.next('token', { type: 'no_answer' })
    const end = new AbortController()
    const { pasteUrl, outcome } = await startAttempt({
      client,
      signal: end.signal,
      promptForCode: user.promptForCode,
    })
    await user.paste(await emulator.approve(pasteUrl))
    await until(() => exchanges(emulator).length === 1)
    end.abort(new Error('No more'))
    await expect(outcome).rejects.toMatchObject({ code: 'aborted', cause: { message: 'No more' } })
    expect(getEventListeners(end.signal, 'abort')).toHaveLength(0)
  })

  it('limits only the wait for the response, not the exchange after it', async () => {
    stopTimers()
    const response = createGate()
    const { pasteUrl, outcome } = await startAttempt({
      client: clientBehind(response),
      timeoutMs: 1500,
      promptForCode: user.promptForCode,
    })
    await user.paste(await emulator.approve(pasteUrl))
    await until(() => exchanges(emulator).length === 1)
    vi.advanceTimersByTime(1500)
    response.open()
    await expect(outcome).resolves.toMatchObject({ clientId: client.config.clientId })
  })

  it('ends in time even if a prompt resolves at once forever', async () => {
    stopTimers()
    for (const text of ['', UNKNOWN_CODE]) {
      let asked = 0
      const { outcome, port } = await startAttempt({
        client,
        timeoutMs: 1500,
        promptForCode: async () => {
          // A loop that lets no timer run would also keep the test from ending at its timeout.
          if (++asked > 1000) throw new Error('No timer could run between the prompts')
          return text
        },
      })
      await until(() => {
        vi.advanceTimersByTime(0)
        return asked > 2
      })
      vi.advanceTimersByTime(1500)
      await expect(outcome).rejects.toMatchObject({ code: 'callback_timeout' })
      expect(await isFree(port)).toBe(true)
    }
    expect(exchanges(emulator)).toHaveLength(1)
  })

  it('leaves no listener on a signal that many logins share', { timeout: 200_000 }, async () => {
    const { signal } = new AbortController()
    const attempts = await Promise.all(
      Array.from({ length: 100 }, async () => startAttempt({ client, signal })),
    )
    expect(new Set(attempts.map(({ port }) => port)).size).toBe(100)
    await Promise.all(attempts.map(async ({ loopbackUrl }) => visit(await emulator.approve(loopbackUrl))))
    const tokens = await Promise.all(attempts.map(async ({ outcome }) => outcome))
    expect(new Set(tokens.map(({ accessToken }) => accessToken)).size).toBe(100)
    expect(getEventListeners(signal, 'abort')).toHaveLength(0)
  })
})

describe('login() and the browser', () => {
  const PAGE_OPENED = { type: 'browser_opened', message: 'Opened the login page in the browser.' }

  it('reports that the page was opened', async () => {
    const { events } = await startAttempt({ client, openBrowser: async () => undefined })
    await until(() => events.length === 1)
    expect(events).toEqual([PAGE_OPENED])
  })

  it("goes on without the browser when the application has the URL, and shows nothing of the application's error", async () => {
    const failures = [
      async (url: string) => Promise.reject(new Error(`Can't open ${url}`)),
      (url: string) => {
        throw new Error(`Can't open ${url}`)
      },
    ]
    for (const openBrowser of failures) {
      const { events, outcome, loopbackUrl } = await startAttempt({ client, openBrowser })
      await until(() => events.length === 1)
      expect(events).toEqual([
        {
          type: 'browser_not_opened',
          message: 'Could not open the browser: the openBrowser function of the application failed.',
        },
      ])
      await visit(await emulator.approve(loopbackUrl))
      await outcome
    }
  })

  it('says why the browser could not be opened', async () => {
    const reason = new AnthropicAuthError('browser_launch_failed', 'There is no display')
    const { events } = await startAttempt({ client, openBrowser: async () => Promise.reject(reason) })
    await until(() => events.length === 1)
    expect(events[0]?.message).toBe('Could not open the browser. There is no display.')
  })

  it('says why this machine has no browser', async () => {
    vi.stubEnv('BROWSER', 'none')
    onTestFinished(() => void vi.unstubAllEnvs())
    const { events } = await startAttempt({ client, openBrowser: true })
    await until(() => events.length === 1)
    expect(events[0]).toEqual({
      type: 'browser_not_opened',
      message: 'Could not open the browser. BROWSER is set to none, which asks for no browser.',
    })
  })

  it('ends at once when only the browser could get the URL, with a hint for a program', async () => {
    vi.stubEnv('BROWSER', 'none')
    onTestFinished(() => void vi.unstubAllEnvs())
    const ports: number[] = []
    const events: LoginProgress[] = []
    const openBrowser = async (url: string): Promise<void> => {
      ports.push(redirectPort(url))
      throw new Error(`Can't open ${url}`)
    }
    for (const options of [{ openBrowser }, {}]) {
      const outcome = login({
        mode: 'console',
        client,
        timeoutMs: 300_000,
        onProgress: (event) => events.push(event),
        ...options,
      })
      await expect(outcome).rejects.toMatchObject({
        code: 'browser_launch_failed',
        hint: 'Pass promptForCode to ask for the code, onAuthorizationUrl to show the link, or an openBrowser function of your own.',
      })
      await expect(outcome).rejects.toThrow(/^Could not open the browser/)
    }
    expect(typesOf(events)).toEqual(['browser_not_opened', 'browser_not_opened'])
    expect(await isFree(ports[0] ?? 0)).toBe(true)
  })

  it("doesn't wait for the browser, even if it hangs or fails late", async () => {
    const gate = createGate()
    const events: LoginProgress[] = []
    for (const end of [
      async () => gate.opened,
      async () => gate.opened.then(() => Promise.reject(new Error('Late'))),
    ]) {
      const { loopbackUrl, outcome } = await startAttempt({
        client,
        openBrowser: end,
        onProgress: (event) => events.push(event),
      })
      await visit(await emulator.approve(loopbackUrl))
      await outcome
    }
    gate.open()
    await new Promise((resolve) => setImmediate(resolve))
    expect(typesOf(events)).toEqual(['exchanging', 'exchanging'])
  })

  it('serves a tunnel: a fixed port, and no browser', async () => {
    const port = await unusedPort()
    const { loopbackUrl, outcome } = await startAttempt({ client, port, openBrowser: false })
    expect(redirectUri(loopbackUrl)).toBe(`http://localhost:${port}/callback`)
    const forwarded = await visit(await emulator.approve(loopbackUrl), { headers: { host: 'localhost:1' } })
    expect(forwarded.status).toBe(200)
    await outcome
  })
})

describe('login() and ports', () => {
  it('uses the next port when one is busy, without a message', async () => {
    const [busy, free] = [await holdPort(), await unusedPort()]
    const { port, events } = await startAttempt({ client, port: [busy, free] })
    expect([port, events]).toEqual([free, []])
  })

  it('accepts only a pasted code when all are busy', async () => {
    const [one, other] = [await holdPort(), await holdPort()]
    const { loopbackUrl, pasteUrl, events, outcome } = await startAttempt({
      client,
      port: [one, other],
      promptForCode: user.promptForCode,
    })
    expect(loopbackUrl).toBe('')
    expect(events).toEqual([
      {
        type: 'port_unavailable',
        message: `None of the ports ${one}, ${other} can be used. Paste the code instead.`,
      },
    ])
    await user.paste(await emulator.approve(pasteUrl))
    await outcome
  })

  it('ends at once when all are busy and nobody can be asked', async () => {
    const busy = await holdPort()
    const opened: string[] = []
    const outcome = login({
      mode: 'console',
      client,
      port: busy,
      timeoutMs: 20_000,
      openBrowser: async (url) => void opened.push(url),
    })
    await expect(outcome).rejects.toMatchObject({ code: 'port_unavailable', reason: 'in_use' })
    expect(opened).toEqual([])
  })
})

describe('login() and the hooks', () => {
  it('ignores errors of onProgress', async () => {
    const hooks: readonly (() => unknown)[] = [
      () => {
        throw new Error('No')
      },
      async () => Promise.reject(new Error('No')),
    ]
    for (const hook of hooks) {
      const { pasteUrl, outcome } = await startAttempt({
        client,
        onProgress: hook,
        promptForCode: new Pasting('two words', UNKNOWN_CODE, (url) => emulator.approve(url)).promptForCode,
        openBrowser: async () => undefined,
      })
      expect(pasteUrl).not.toBe('')
      await outcome
    }
  })

  it('ends with an error of onAuthorizationUrl, thrown or rejected', async () => {
    const opened: string[] = []
    const hooks: readonly (() => unknown)[] = [
      () => {
        throw new RangeError('No window')
      },
      async () => Promise.reject(new RangeError('No window')),
    ]
    for (const hook of hooks) {
      const port = await unusedPort()
      const outcome = login({
        mode: 'console',
        client,
        port,
        onAuthorizationUrl: hook,
        timeoutMs: 20_000,
        openBrowser: async (url) => void opened.push(url),
      })
      await expect(outcome).rejects.toThrow(new RangeError('No window'))
      expect(await isFree(port)).toBe(true)
    }
    expect(opened).toHaveLength(1)
  })
})

describe('login() and its options', () => {
  const prompt = async (): Promise<string> => expect.unreachable()
  const misuses: readonly (readonly [string, Partial<LoginOptions>, string])[] = [
    ['no way to get the code', { port: false }, 'port: false needs promptForCode'],
    ['no way to show the URL', { openBrowser: false }, 'openBrowser: false needs onAuthorizationUrl'],
    ['an invalid port', { port: 65_536 }, 'port must be an integer from 0 to 65535'],
    ['an invalid port in a list', { port: [0, 1.5] }, 'port must be an integer from 0 to 65535'],
    ['an empty list of ports', { port: [], promptForCode: prompt }, 'a list of integers'],
    ['no time', { timeoutMs: 0 }, 'timeoutMs must be a finite number'],
    ['endless time', { timeoutMs: Infinity }, 'timeoutMs must be a finite number'],
    ['an invalid signal', { signal: {} as never }, 'signal must be an AbortSignal'],
    ['null for the signal', { signal: null as never }, 'signal must be an AbortSignal'],
    ['null for a hook', { onProgress: null as never }, 'onProgress must be a function'],
    ['an invalid prompt', { promptForCode: 'code' as never }, 'promptForCode must be a function'],
    ['an invalid browser', { openBrowser: 'firefox' as never }, 'openBrowser must be a function'],
    ['an invalid host', { redirectHost: 'example.com' as never }, 'redirectHost must be'],
    ['an invalid page', { pages: { success: 'Done' } }, 'pages.success must be an HTML document'],
    ['an invalid mode', { mode: 'min' as never }, 'mode'],
  ]

  it.each(misuses)('refuses %s', async (_what, options, message) => {
    const port = await unusedPort()
    const outcome = login({ mode: 'console', client, port, openBrowser: async () => undefined, ...options })
    await expect(outcome).rejects.toThrow(TypeError)
    await expect(outcome).rejects.toThrow(message)
    expect(await isFree(port)).toBe(true)
  })

  it.each([null, undefined, 'console', []])('refuses %j in place of options', async (options) => {
    await expect(login(options as never)).rejects.toThrow(new TypeError('options must be an object'))
  })

  it('reads nothing from Object.prototype', async () => {
    const prototype = Object.prototype as Partial<Record<'promptForCode' | 'onAuthorizationUrl', unknown>>
    const hook = vi.fn<() => unknown>()
    Object.assign(prototype, { promptForCode: hook, onAuthorizationUrl: hook })
    onTestFinished(() => {
      delete prototype.promptForCode
      delete prototype.onAuthorizationUrl
    })
    for (const options of [{ port: false }, { openBrowser: false }] as const) {
      await expect(login({ mode: 'console', client, ...options })).rejects.toThrow('needs')
    }
    expect(hook).not.toHaveBeenCalled()
  })

  it('passes host and pages to the callback server', async () => {
    const own = await startTestEmulator({
      clients: [{ id: 'an-app', redirectUris: ['http://127.0.0.1:*/callback'] }],
    })
    const { loopbackUrl, outcome } = await startAttempt({
      client: new OAuthClient({ endpoints: own.endpoints, clientId: 'an-app' }),
      redirectHost: '127.0.0.1',
      pages: { success: '<!doctype html><title>Mine</title>' },
    })
    expect(redirectUri(loopbackUrl)).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/callback$/)
    const { body } = await visit(await own.approve(loopbackUrl))
    expect(body).toContain('<title>Mine</title>')
    await outcome
  })

  it('treats undefined as the default', async () => {
    const events: LoginProgress[] = []
    const outcome = login({
      mode: 'console',
      client,
      scopes: undefined,
      loginHint: undefined,
      organizationId: undefined,
      workspaceId: undefined,
      port: undefined,
      redirectHost: undefined,
      pages: undefined,
      promptForCode: undefined,
      signal: undefined,
      timeoutMs: undefined,
      onAuthorizationUrl: undefined,
      onProgress: (event) => events.push(event),
      openBrowser: async (url) => void (await visit(await emulator.approve(url))),
    })
    await expect(outcome).resolves.toMatchObject({ clientId: client.config.clientId })
    expect(typesOf(events)).toContain('exchanging')
  })

  it('waits beyond the longest timer of the runtime', async () => {
    const { loopbackUrl, outcome } = await startAttempt({ client, timeoutMs: 1e15 })
    expect(await visit(await emulator.approve(loopbackUrl))).toMatchObject({ status: 200 })
    await outcome
  })
})

/** A prompt whose texts are known beforehand. */
class Pasting {
  readonly #texts: (string | ((url: string) => Promise<string>))[]

  constructor(...texts: readonly (string | ((url: string) => Promise<string>))[]) {
    this.#texts = [...texts]
  }

  readonly promptForCode = async ({ url }: CodeRequest): Promise<string> => {
    const text = this.#texts.shift() ?? expect.unreachable()
    return typeof text === 'string' ? text : text(url)
  }
}
