import { inspect } from 'node:util'
import type { Emulator } from '@anthropic-auth/testing'
import type { OAuthClient, TokenSet } from '@anthropic-auth/core'
import type { LoginOptions, LoginProgress } from '@anthropic-auth/login'
import { beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { visit } from '../../callback-server/test/visit.ts'
import { until } from '../../core/test/until.ts'
import { type Attempt, holdPort, User, startAttempt, startServer } from './login-attempt.ts'

// A secret is exposed when any eight consecutive characters of it appear.
const RUN = 8
const UNKNOWN = 'Zr7xKq2Lw9Tb4Vn8Hs3M'

let emulator: Emulator
let client: OAuthClient
let user: User
let events: LoginProgress[]
/** The URLs of all logins. Their states and challenges are secrets, too. */
let urls: string[]
/** The codes that were pasted or sent. */
let codes: string[]

beforeEach(async () => {
  ;({ emulator, client } = await startServer())
  ;[user, events, urls, codes] = [new User(), [], [], [UNKNOWN]]
})

async function attempt(options: Partial<LoginOptions> = {}): Promise<Attempt> {
  const started = await startAttempt({
    client,
    promptForCode: user.promptForCode,
    onProgress: (event) => events.push(event),
    ...options,
  })
  urls.push(started.loopbackUrl, started.pasteUrl)
  return started
}

/** Everything of a login that a program may print, log or send. */
function everythingOf(outcome: unknown): string {
  const values = [outcome, events, user.requests.map(({ previousError }) => previousError)].flat()
  const parts = values.map((value) => `${String(value)}\n${inspect(value, { depth: 20, showHidden: true })}`)
  for (let error: unknown = outcome; error instanceof Error; error = error.cause) {
    parts.push(error.message, error.stack ?? '', JSON.stringify(error))
  }
  return [...parts, JSON.stringify(values.filter((value) => value !== outcome))].join('\n')
}

function secretsOf(outcome: unknown): readonly string[] {
  const parameters = urls
    .filter((url) => url !== '')
    .flatMap((url) => ['state', 'code_challenge'].map((name) => new URL(url).searchParams.get(name) ?? ''))
  const sent = emulator.requests
    .filter(({ body }) => body.startsWith('{'))
    .map(({ body }) => JSON.parse(body) as { code?: string; code_verifier?: string })
    .flatMap(({ code = '', code_verifier: verifier = '' }) => [code, verifier])
  const { accessToken = '', refreshToken = '' } = (outcome ?? {}) as Partial<TokenSet>
  return [...parameters, ...codes, ...sent, accessToken, refreshToken ?? ''].map((secret) =>
    secret.replace(/^sk-ant-[a-z0-9]+-/, ''),
  )
}

function assertHidden(outcome: unknown): void {
  const text = everythingOf(outcome)
  const secrets = secretsOf(outcome)
  for (const secret of secrets) {
    for (let first = 0; first + RUN <= secret.length; first++) {
      const run = secret.slice(first, first + RUN)
      // The message leaves the run out: a failing test must not show the secret that it guards.
      expect(text.includes(run), `characters ${first} to ${first + RUN} of a secret show`).toBe(false)
    }
  }
}

const failureOf = async (outcome: Promise<TokenSet>): Promise<unknown> =>
  outcome.then(
    () => expect.unreachable(),
    (error: unknown) => error,
  )

describe('no secret of a login shows', () => {
  it('when the browser brings the code, after callbacks for other logins', async () => {
    const { loopbackUrl, outcome } = await attempt({ openBrowser: async () => undefined })
    const response = await emulator.approve(loopbackUrl)
    codes.push(new URL(response).searchParams.get('code') ?? '')
    await visit(response.replace(/state=.*/, `state=${UNKNOWN}`))
    await visit(response)
    assertHidden(await outcome)
    expect(events.map(({ type }) => type)).toEqual(['browser_opened', 'callback_refused', 'exchanging'])
  })

  it('when the code is pasted, after wrong pastes', async () => {
    const { loopbackUrl, pasteUrl, outcome } = await attempt()
    const response = await emulator.approve(pasteUrl)
    const [code = '', state = ''] = response.split('#')
    codes.push(code)
    for (const text of [
      pasteUrl,
      loopbackUrl,
      state,
      `${code} ${state}`,
      `${code}#${UNKNOWN}`,
      `?code=${code}`,
      `{"code": "${code}"}`,
      `https://user:${code}@evil.example/?code=${code}`,
      `sk-ant-api03-${UNKNOWN}`,
      UNKNOWN,
      response,
    ]) {
      await user.paste(text)
    }
    assertHidden(await outcome)
    expect(user.requests).toHaveLength(11)
  })

  it('when access is denied', async () => {
    for (const way of ['loopbackUrl', 'pasteUrl'] as const) {
      user = new User()
      const started = await attempt()
      const denial = await emulator.deny(started[way])
      if (way === 'loopbackUrl') await visit(denial)
      else await user.paste(denial)
      assertHidden(await failureOf(started.outcome))
    }
    expect(urls).toHaveLength(4)
  })

  it('when the server refuses the code, or quotes it', async () => {
    const { pasteUrl, outcome } = await attempt()
    const state = new URL(pasteUrl).searchParams.get('state') ?? ''
    const quoted = UNKNOWN.toLowerCase()
    codes.push(quoted)
    await user.paste(`${UNKNOWN}#${state}`)
    await until(() => user.requests.length === 2)
    emulator.faults.next('token', {
      type: 'body',
      status: 400,
      body: JSON.stringify({ error: 'invalid_grant', error_description: `No: ${quoted}#${state}` }),
    })
    for (const text of [UNKNOWN, `${quoted}#${state}`, await emulator.approve(pasteUrl)]) {
      await user.paste(text)
    }
    assertHidden(await outcome)
    expect(user.reasons).toEqual([null, 'unknown_code', 'refused_code', 'unknown_code'])
    for (const fault of [
      { type: 'server_error' },
      { type: 'reset_after' },
      { type: 'html', status: 200 },
    ] as const) {
      emulator.faults.next('token', fault)
      user = new User()
      const started = await attempt()
      await user.paste(await emulator.approve(started.pasteUrl))
      assertHidden(await failureOf(started.outcome))
    }
    expect(urls).toHaveLength(8)
  })

  it('when the browser fails with an error that contains the link', async () => {
    const openBrowser = async (url: string): Promise<void> => {
      throw Object.assign(new Error(`No ${url}`, { cause: new Error(url) }), { url, path: url })
    }
    const { pasteUrl, outcome } = await attempt({ openBrowser })
    await user.paste(await emulator.approve(pasteUrl))
    assertHidden(await outcome)
    expect(events[0]?.type).toBe('browser_not_opened')

    const alone = startAttempt({
      client,
      onAuthorizationUrl: undefined,
      openBrowser: async (url) => {
        urls.push(url)
        return openBrowser(url)
      },
    })
    assertHidden(await failureOf(alone.then(async ({ outcome: one }) => one)))
    expect(urls).toHaveLength(3)
  })

  it('when it times out, is aborted, or no port is free', async () => {
    const end = new AbortController()
    const aborted = await attempt({ signal: end.signal })
    end.abort()
    assertHidden(await failureOf(aborted.outcome))
    const port = await holdPort()
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const late = await attempt({ timeoutMs: 200_000, port })
    vi.advanceTimersByTime(200_000)
    assertHidden(await failureOf(late.outcome))
    expect(events.map(({ type }) => type)).toEqual(['port_unavailable'])
  })
})
