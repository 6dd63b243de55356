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
  Person,
  redirectPort,
  redirectUri,
  startAttempt,
  startServer,
  unusedPort,
} from '../test/login-attempt.ts'
import { type CodeRequest, login, type LoginOptions } from './login.ts'
import type { LoginProgress } from './login-progress.ts'

let emulator: Emulator
let client: OAuthClient
let person: Person

beforeEach(async () => {
  ;({ emulator, client } = await startServer())
  person = new Person()
})

afterEach(() => {
  vi.useRealTimers()
})

const OTHER_STATE = 'Zq3vN8-kT0yLw_5RbX1mUe7GdHc2JsPfAo4iK9tVxW6'

function typesOf(events: readonly LoginProgress[]): readonly string[] {
  return events.map(({ type }) => type)
}

/** The members of a code page's answer, or of a redirect URL. */
function codeOf(answer: string): string {
  return new URL(answer).searchParams.get('code') ?? ''
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
  it('logs in by the browser on this machine', async () => {
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
    expect(visited[0]).toMatchObject({ status: 200, body: expect.stringContaining('Answer received') })
    expect(events).toContainEqual({
      type: 'exchanging',
      message: 'Exchanging the code for tokens.',
    })
  })

  it('tells the URLs first, then opens the browser, with that of loopback', async () => {
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

  it('makes two flows, that share neither state nor verifier', async () => {
    const { loopbackUrl, pasteUrl } = await startAttempt({ client, promptForCode: person.promptForCode })
    const [one, other] = [new URL(loopbackUrl).searchParams, new URL(pasteUrl).searchParams]
    for (const name of ['state', 'code_challenge']) {
      expect(one.get(name)).toMatch(/^[\w-]{43,}$/)
      expect(one.get(name)).not.toBe(other.get(name))
    }
  })

  it('asks the same of both', async () => {
    const { loopbackUrl, pasteUrl } = await startAttempt({
      client,
      promptForCode: person.promptForCode,
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
    await startAttempt({ client, promptForCode: person.promptForCode, openBrowser: async () => undefined })
    expect(handlers()).toEqual(before)
  })

  it('listens before it tells the URL', async () => {
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

describe('login(), when the answer comes to loopback', () => {
  it('asks for no code any more, and sends the one that came, once', async () => {
    const { loopbackUrl, port, outcome, events } = await startAttempt({
      client,
      promptForCode: person.promptForCode,
    })
    const answer = await emulator.approve(loopbackUrl)
    await visit(answer)
    await outcome
    expect(person.requests.map(({ signal }) => signal.aborted)).toEqual([true])
    expect(exchanges(emulator)).toEqual([{ code: codeOf(answer), status: 200 }])
    expect(typesOf(events)).toEqual(['exchanging'])
    expect(await isFree(port)).toBe(true)
  })

  it('has ended both ways before it exchanges', async () => {
    emulator.faults.next('token', { type: 'delay', ms: 60_000 })
    const end = new AbortController()
    const { loopbackUrl, port, outcome } = await startAttempt({
      client,
      promptForCode: person.promptForCode,
      signal: end.signal,
    })
    await visit(await emulator.approve(loopbackUrl))
    await until(() => exchanges(emulator).length === 1)
    expect(person.requests[0]?.signal.aborted).toBe(true)
    expect(await isFree(port)).toBe(true)
    end.abort()
    await expect(outcome).rejects.toMatchObject({ code: 'aborted' })
  })

  it('reports answers with a wrong state, and waits them out', async () => {
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
    expect(events).toEqual(
      Array.from({ length: 3 }, () => ({
        type: 'callback_refused',
        message: 'An answer that does not belong to this login was refused. Still waiting for yours.',
      })),
    )
    await visit(await emulator.approve(loopbackUrl))
    await expect(outcome).resolves.toMatchObject({ clientId: client.config.clientId })
  })

  it('ends at once when access was denied', async () => {
    const { loopbackUrl, port, outcome } = await startAttempt({ client, promptForCode: person.promptForCode })
    await visit(await emulator.deny(loopbackUrl))
    await expect(outcome).rejects.toMatchObject({ code: 'authorization_denied' })
    expect(person.requests[0]?.signal.aborted).toBe(true)
    expect(exchanges(emulator)).toEqual([])
    expect(await isFree(port)).toBe(true)
  })
})

describe('login(), when the answer is pasted', () => {
  it('closes the server, and exchanges with the flow of the code page', async () => {
    const { pasteUrl, port, outcome } = await startAttempt({ client, promptForCode: person.promptForCode })
    await person.paste(await emulator.approve(pasteUrl))
    await outcome
    expect(exchanges(emulator)).toMatchObject([{ status: 200 }])
    expect(person.requests.map(({ url }) => url)).toEqual([pasteUrl])
    expect(await isFree(port)).toBe(true)
  })

  it('takes the redirect URL of a browser on another machine', async () => {
    const { loopbackUrl, outcome } = await startAttempt({ client, promptForCode: person.promptForCode })
    await person.paste(` "${await emulator.approve(loopbackUrl)}"\n`)
    await outcome
    expect(exchanges(emulator)).toMatchObject([{ status: 200 }])
  })

  it('takes the code alone for the flow of the code page', async () => {
    const { pasteUrl, outcome } = await startAttempt({ client, promptForCode: person.promptForCode })
    await person.paste((await emulator.approve(pasteUrl)).split('#', 1).join(''))
    await outcome
    expect(exchanges(emulator)).toMatchObject([{ status: 200 }])
  })

  it('asks again after each wrong one, with what was wrong', async () => {
    const { pasteUrl, loopbackUrl, outcome, events } = await startAttempt({
      client,
      promptForCode: person.promptForCode,
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
    ]
    for (const text of wrong) await person.paste(text)
    await person.paste(await emulator.approve(pasteUrl))
    await outcome
    expect(person.reasons).toEqual([
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
    ])
    expect(typesOf(events)).toEqual([...wrong.map(() => 'paste_refused'), 'exchanging'])
    expect(events[1]?.message).toBe(
      'These six digits are the code of a login e-mail, not the authorization response. ' +
        'This is the code of the login e-mail. Type it into the browser, allow access, and paste the answer that is shown then.',
    )
    expect(exchanges(emulator)).toMatchObject([{ status: 200 }])
  })

  it('asks again after a hundred wrong ones', async () => {
    const { pasteUrl, outcome } = await startAttempt({ client, promptForCode: person.promptForCode })
    for (let count = 0; count < 100; count++) await person.paste('two words')
    await person.paste(await emulator.approve(pasteUrl))
    await outcome
    expect(person.requests).toHaveLength(101)
  })

  it('wants the state, too, where the client requires it', async () => {
    const strict = new OAuthClient({ endpoints: emulator.endpoints, requireState: true })
    const { pasteUrl, outcome } = await startAttempt({ client: strict, promptForCode: person.promptForCode })
    const answer = await emulator.approve(pasteUrl)
    await person.paste(answer.split('#', 1).join(''))
    await person.paste(answer)
    await outcome
    expect(person.reasons).toEqual([null, 'missing_state'])
  })

  it('ends at once when it says that access was denied', async () => {
    for (const way of ['pasteUrl', 'loopbackUrl'] as const) {
      person = new Person()
      const attempt = await startAttempt({ client, promptForCode: person.promptForCode })
      await person.paste(await emulator.deny(attempt[way]))
      await expect(attempt.outcome).rejects.toMatchObject({ code: 'authorization_denied' })
      expect(await isFree(attempt.port)).toBe(true)
    }
  })

  it('works without a listener', async () => {
    const opened: string[] = []
    const { pasteUrl, loopbackUrl, outcome } = await startAttempt({
      client,
      port: false,
      promptForCode: person.promptForCode,
      openBrowser: async (url) => void opened.push(url),
    })
    await person.paste(await emulator.approve(pasteUrl))
    await outcome
    expect([loopbackUrl, opened]).toEqual(['', [pasteUrl]])
  })

  it('ends with what the prompt rejects with', async () => {
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

describe('login(), when a code alone is pasted that the server does not know', () => {
  it('asks again, and loopback may still win', async () => {
    const { loopbackUrl, pasteUrl, outcome, events } = await startAttempt({
      client,
      promptForCode: person.promptForCode,
    })
    const half = (await emulator.approve(pasteUrl)).slice(0, 12)
    await person.paste(half)
    await until(() => person.requests.length === 2)
    expect(person.requests[1]?.previousError).toMatchObject({
      code: 'invalid_authorization_response',
      reason: 'unknown_code',
      message: 'The server does not know this code',
      status: 400,
      hint: 'Copy the whole answer from the browser, in the form code#state, and paste it again.',
    })
    const answer = await emulator.approve(loopbackUrl)
    await visit(answer)
    await outcome
    expect(exchanges(emulator)).toEqual([
      { code: half, status: 400 },
      { code: codeOf(answer), status: 200 },
    ])
    expect(typesOf(events)).toEqual(['exchanging', 'paste_refused', 'exchanging'])
    expect(person.requests[1]?.signal.aborted).toBe(true)
  })

  it('knows the server’s word for it however short the code', async () => {
    const { pasteUrl, outcome } = await startAttempt({ client, promptForCode: person.promptForCode })
    await person.paste('n')
    await person.paste(await emulator.approve(pasteUrl))
    await outcome
    expect(person.reasons).toEqual([null, 'unknown_code'])
  })

  it('takes the whole one then', async () => {
    const { pasteUrl, outcome } = await startAttempt({ client, promptForCode: person.promptForCode })
    const answer = await emulator.approve(pasteUrl)
    await person.paste(answer.slice(0, 12))
    await person.paste(answer)
    await outcome
    expect(person.reasons).toEqual([null, 'unknown_code'])
  })

  it('does not send it a second time', async () => {
    const { pasteUrl, outcome } = await startAttempt({ client, promptForCode: person.promptForCode })
    for (let count = 0; count < 3; count++) await person.paste('half-a-code')
    await person.paste(await emulator.approve(pasteUrl))
    await outcome
    expect(person.reasons).toEqual([null, 'unknown_code', 'unknown_code', 'unknown_code'])
    expect(exchanges(emulator)).toMatchObject([{ code: 'half-a-code', status: 400 }, { status: 200 }])
  })

  it('does not ask again when loopback was answered meanwhile', async () => {
    const response = createGate()
    const { loopbackUrl, port, outcome } = await startAttempt({
      client: clientBehind(response),
      promptForCode: person.promptForCode,
    })
    await person.paste('half-a-code')
    await until(() => exchanges(emulator).length === 1)
    await visit(await emulator.approve(loopbackUrl))
    // The port is freed before the login gets the callback.
    while (!(await isFree(port)));
    response.open()
    await outcome
    expect(person.requests).toHaveLength(1)
    expect(exchanges(emulator).map(({ status }) => status)).toEqual([400, 200])
  })

  it('does not ask again when the time is over meanwhile', async () => {
    stopTimers()
    const response = createGate()
    const { outcome } = await startAttempt({
      client: clientBehind(response),
      promptForCode: person.promptForCode,
      timeoutMs: 1500,
    })
    await person.paste('half-a-code')
    await until(() => exchanges(emulator).length === 1)
    vi.advanceTimersByTime(1500)
    response.open()
    await expect(outcome).rejects.toMatchObject({ code: 'callback_timeout', retryable: true })
    await vi.advanceTimersByTimeAsync(1)
    expect(person.requests).toHaveLength(1)
  })

  it('ends with every other refusal of the server', async () => {
    emulator.faults.next('token', { type: 'server_error' })
    const { outcome, port } = await startAttempt({ client, promptForCode: person.promptForCode })
    await person.paste('some-code')
    await expect(outcome).rejects.toMatchObject({ code: 'http_error' })
    expect(await isFree(port)).toBe(true)
  })

  it('ends when a code with its state is unknown: no other will come', async () => {
    const { pasteUrl, outcome } = await startAttempt({ client, promptForCode: person.promptForCode })
    await person.paste(`unknown#${new URL(pasteUrl).searchParams.get('state')}`)
    await expect(outcome).rejects.toMatchObject({ code: 'oauth_error', error: 'invalid_grant' })
    expect(person.requests).toHaveLength(1)
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
    const { loopbackUrl, port, outcome } = await startAttempt({ client, promptForCode: person.promptForCode })
    await visit(await emulator.approve(loopbackUrl))
    await expect(outcome).rejects.toMatchObject(ON_HOLD)
    expect(exchanges(emulator)).toEqual([])
    expect(await isFree(port)).toBe(true)
  })

  it('ends at once when the redirect URL that says so is pasted', async () => {
    for (const way of ['pasteUrl', 'loopbackUrl'] as const) {
      person = new Person()
      const attempt = await startAttempt({ client, promptForCode: person.promptForCode })
      await person.paste(await emulator.approve(attempt[way]))
      await expect(attempt.outcome).rejects.toMatchObject(ON_HOLD)
      expect(person.requests).toHaveLength(1)
    }
  })

  it('ends at once when the code is refused for that reason, also for a bare code', async () => {
    for (const isAlone of [false, true]) {
      person = new Person()
      emulator.setAccountOnHold(false)
      const { pasteUrl, outcome } = await startAttempt({ client, promptForCode: person.promptForCode })
      const [code = '', state = ''] = (await emulator.approve(pasteUrl)).split('#')
      emulator.setAccountOnHold(true)
      await person.paste(isAlone ? code : `${code}#${state}`)
      await expect(outcome).rejects.toMatchObject({ ...ON_HOLD, status: 400 })
      expect(person.requests).toHaveLength(1)
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
      person = new Person()
      emulator.faults.next('token', { type })
      const { pasteUrl, port, outcome } = await startAttempt({
        client,
        promptForCode: person.promptForCode,
        ...asked,
      })
      const [code = '', state = ''] = (await emulator.approve(pasteUrl)).split('#')
      await person.paste(isAlone ? code : `${code}#${state}`)
      await expect(outcome).rejects.toMatchObject({ code: 'organization_mismatch', reason })
      expect(person.requests).toHaveLength(1)
      expect(emulator.requests.at(-1)).toMatchObject({ path: '/v1/oauth/token/revoke', status: 200 })
      expect(await isFree(port)).toBe(true)
    }
  })

  it('also ends with a browser on this machine', async () => {
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
        promptForCode: async (request) => person.promptForCode(request),
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
        [...signals, ...person.requests.map(({ signal }) => signal)].map(({ aborted }) => aborted),
      ).toEqual([true, true])
      expect(getEventListeners(end.signal, 'abort')).toHaveLength(0)
    })
  }

  it('does nothing at all when its signal has aborted before', async () => {
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

  it('while it begins to listen, has freed the port', async () => {
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

  it('while the URLs are told, opens no browser and asks for no code', async () => {
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
      promptForCode: person.promptForCode,
    })
    await person.paste(await emulator.approve(pasteUrl))
    await until(() => exchanges(emulator).length === 1)
    end.abort(new Error('No more'))
    await expect(outcome).rejects.toMatchObject({ code: 'aborted', cause: { message: 'No more' } })
    expect(getEventListeners(end.signal, 'abort')).toHaveLength(0)
  })

  it('has its time for the answer alone, not for the exchange after it', async () => {
    stopTimers()
    const response = createGate()
    const { pasteUrl, outcome } = await startAttempt({
      client: clientBehind(response),
      timeoutMs: 1500,
      promptForCode: person.promptForCode,
    })
    await person.paste(await emulator.approve(pasteUrl))
    await until(() => exchanges(emulator).length === 1)
    vi.advanceTimersByTime(1500)
    response.open()
    await expect(outcome).resolves.toMatchObject({ clientId: client.config.clientId })
  })

  it('by its time, in spite of a prompt that answers at once for ever', async () => {
    stopTimers()
    for (const text of ['', 'always-the-same']) {
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
  const PAGE_OPENED = { type: 'browser_opened', message: 'The login page was opened in the browser.' }

  it('reports that it was opened', async () => {
    const { events } = await startAttempt({ client, openBrowser: async () => undefined })
    await until(() => events.length === 1)
    expect(events).toEqual([PAGE_OPENED])
  })

  it('goes on where it can not be opened, when somebody heard the URL, and tells no text of the application', async () => {
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
          message: "The browser was not opened: the application's `openBrowser` failed.",
        },
      ])
      await visit(await emulator.approve(loopbackUrl))
      await outcome
    }
  })

  it('tells why there is none', async () => {
    const reason = new AnthropicAuthError('browser_launch_failed', 'There is no display')
    const { events } = await startAttempt({ client, openBrowser: async () => Promise.reject(reason) })
    await until(() => events.length === 1)
    expect(events[0]?.message).toBe('The browser was not opened. There is no display.')
  })

  it('has the reason in words where this machine has none', async () => {
    vi.stubEnv('BROWSER', 'none')
    onTestFinished(() => void vi.unstubAllEnvs())
    const { events } = await startAttempt({ client, openBrowser: true })
    await until(() => events.length === 1)
    expect(events[0]?.message).toBe(
      'The browser was not opened. BROWSER is set to none, which asks for no browser.',
    )
    await expect(login({ mode: 'console', client, timeoutMs: 20_000 })).rejects.toMatchObject({
      code: 'browser_launch_failed',
    })
  })

  it('ends at once when nobody but the browser could learn the URL', async () => {
    const ports: number[] = []
    const openBrowser = async (url: string): Promise<void> => {
      ports.push(redirectPort(url))
      throw new Error(`Can't open ${url}`)
    }
    const outcome = login({ mode: 'console', client, openBrowser, timeoutMs: 20_000 })
    await expect(outcome).rejects.toMatchObject({
      code: 'browser_launch_failed',
      message: "The browser was not opened: the application's `openBrowser` failed",
    })
    expect(await isFree(ports[0] ?? 0)).toBe(true)
  })

  it('does not wait for it: hanging or late, it is no matter to the answer', async () => {
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
  it('takes the next when one is busy, and says nothing', async () => {
    const [busy, free] = [await holdPort(), await unusedPort()]
    const { port, events } = await startAttempt({ client, port: [busy, free] })
    expect([port, events]).toEqual([free, []])
  })

  it('has the paste alone when all are', async () => {
    const [one, other] = [await holdPort(), await holdPort()]
    const { loopbackUrl, pasteUrl, events, outcome } = await startAttempt({
      client,
      port: [one, other],
      promptForCode: person.promptForCode,
    })
    expect(loopbackUrl).toBe('')
    expect(events).toEqual([
      {
        type: 'port_unavailable',
        message: `None of the ports ${one}, ${other} can be used. Paste the code instead.`,
      },
    ])
    await person.paste(await emulator.approve(pasteUrl))
    await outcome
  })

  it('ends at once when all are, and nobody can be asked', async () => {
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
  it('does not mind what onProgress throws', async () => {
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
        promptForCode: new Pasting('two words', 'half-a-code', (url) => emulator.approve(url)).promptForCode,
        openBrowser: async () => undefined,
      })
      expect(pasteUrl).not.toBe('')
      await outcome
    }
  })

  it('ends with what onAuthorizationUrl throws, or rejects with', async () => {
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
    ['no way to get the answer', { port: false }, 'With port: false, promptForCode is the only way'],
    ['no way to learn the URL', { openBrowser: false }, 'With openBrowser: false, give onAuthorizationUrl'],
    ['a port that is none', { port: 65_536 }, 'A port is an integer from 0 to 65535'],
    ['a port in a list that is none', { port: [0, 1.5] }, 'A port is an integer from 0 to 65535'],
    ['no port in a list', { port: [], promptForCode: prompt }, 'a list of integers'],
    ['no time', { timeoutMs: 0 }, 'timeoutMs must be a finite number'],
    ['endless time', { timeoutMs: Infinity }, 'timeoutMs must be a finite number'],
    ['a signal that is none', { signal: {} as never }, 'signal must be an AbortSignal'],
    ['a mode that is none', { mode: 'min' as never }, 'mode'],
  ]

  it.each(misuses)('refuses %s', async (_what, options, message) => {
    const port = await unusedPort()
    const outcome = login({ mode: 'console', client, port, openBrowser: async () => undefined, ...options })
    await expect(outcome).rejects.toThrow(TypeError)
    await expect(outcome).rejects.toThrow(message)
    expect(await isFree(port)).toBe(true)
  })

  it('has undefined for the default', async () => {
    const events: LoginProgress[] = []
    const outcome = login({
      mode: 'console',
      client,
      scopes: undefined,
      loginHint: undefined,
      organizationId: undefined,
      workspaceId: undefined,
      port: undefined,
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

/** A prompt whose answers are known beforehand. */
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
