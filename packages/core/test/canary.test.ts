import { inspect } from 'node:util'
import { generateState } from '@anthropic-auth/pkce'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { OAuthFlow } from '../src/authorization/oauth-flow.ts'
import { AnthropicAuthError } from '../src/error/error.ts'
import { OAuthClient } from '../src/oauth-client.ts'
import type { IdentityTokenGrant } from '../src/token/identity-token-grant.ts'
import { TokenSet } from '../src/token/token-set.ts'
import { startRawServer } from './raw-server.ts'
import {
  bytes,
  gzipBomb,
  html,
  json,
  redirect,
  type Reply,
  reset,
  resetInBody,
  silence,
  truncated,
} from './reply.ts'

// A secret is exposed when any eight consecutive characters of it appear.
const RUN = 8

let written = ''
const restorers: (() => void)[] = []

beforeEach(() => {
  written = ''
  for (const stream of [process.stdout, process.stderr]) {
    const spy = vi.spyOn(stream, 'write').mockImplementation((text) => {
      written += String(text)
      return true
    })
    restorers.push(() => spy.mockRestore())
  }
  for (const method of ['log', 'warn', 'error', 'debug', 'info'] as const) {
    const spy = vi.spyOn(console, method).mockImplementation((...values: readonly unknown[]) => {
      written += inspect(values, { depth: 20 })
    })
    restorers.push(() => spy.mockRestore())
  }
})

afterEach(() => {
  for (const restore of restorers.splice(0)) restore()
})

/** Everything of a value that a program may print, log or send. */
function everythingOf(value: unknown): string {
  const parts = [written, inspect(value, { depth: 20, showHidden: true }), String(value)]
  for (let error = value; error instanceof Error; error = error.cause) {
    parts.push(
      error.message,
      error.stack ?? '',
      JSON.stringify(error),
      inspect(error, { depth: 20, showHidden: true }),
    )
  }
  return parts.join('\n')
}

function assertHidden(value: unknown, secrets: readonly string[]): void {
  const text = everythingOf(value)
  for (const secret of secrets) {
    for (let first = 0; first + RUN <= secret.length; first++) {
      const run = secret.slice(first, first + RUN)
      // The message leaves the run out: a failing test must not show the secret that it guards.
      expect(text.includes(run), `characters ${first} to ${first + RUN} of a secret show`).toBe(false)
    }
  }
}

interface Secrets {
  readonly code: string
  readonly accessToken: string
  readonly refreshToken: string
  readonly identityToken: string
  readonly flow: OAuthFlow
}

const all = ({ code, accessToken, refreshToken, identityToken, flow }: Secrets): readonly string[] => [
  code,
  accessToken,
  refreshToken,
  identityToken,
  flow.state,
  flow.verifier,
]

/** The ways in which a malicious or careless server may send back the values of a request. */
type Echo = (sent: string) => Reply

const hidden = (text: string): string => [...text].join('\u200b')
/** Returns the longest word of a body, which is a secret. */
const longestWord = (sent: string): string =>
  sent.split(/[^\w-]+/).reduce((one, other) => (other.length > one.length ? other : one))
const linkTo = (sent: string): string => `https://evil.example/${longestWord(sent)}`

const ECHOES: Readonly<Record<string, Echo>> = {
  'in error_description': (sent) =>
    json({ error: 'invalid_grant', error_description: `No: ${sent}` }, { status: 400 }),
  'in error': (sent) => json({ error: sent }, { status: 401 }),
  'in an error of the API': (sent) =>
    json({ type: 'error', error: { type: sent, message: sent }, request_id: sent }, { status: 500 }),
  'in a rate limit': (sent) =>
    json(
      { error: { type: 'rate_limit_error', message: sent } },
      { status: 429, headers: { 'retry-after': '99' } },
    ),
  'with zero-width characters between': (sent) =>
    json({ error: 'x', error_description: hidden(sent) }, { status: 400 }),
  'by half': (sent) => json({ error: 'x', error_description: sent.slice(sent.length / 2) }, { status: 400 }),
  'in error_uri': (sent) =>
    json({ error: 'x', error_uri: `https://evil.example/?${encodeURIComponent(sent)}` }, { status: 400 }),
  'in error_uri, one piece of it': (sent) => json({ error: 'x', error_uri: linkTo(sent) }, { status: 400 }),
  'in the error_uri of an account on hold': (sent) =>
    json({ error_description: 'account_on_hold', error_uri: linkTo(sent) }, { status: 403 }),
  'behind a long text': (sent) =>
    json({ error: 'x', error_description: 'y'.repeat(450) + sent }, { status: 400 }),
  'in its headers': (sent) => {
    const value = sent.replaceAll(/[^\x21-\x7e]/g, '').slice(0, 4000)
    return json({}, { status: 400, headers: { 'request-id': value, 'retry-after': value, 'x-echo': value } })
  },
  'in a page': (sent) => html(`<p>${sent}</p>`, 502),
  'in a page with 200': (sent) => html(`<p>${sent}</p>`),
  'as text': (sent) => bytes(sent),
  'in a redirect': (sent) => redirect(307, `https://evil.example/?${encodeURIComponent(sent)}`),
  'in a field of the wrong type': (sent) => json({ access_token: [sent], raw_key: { sent }, account: sent }),
  'in a token that is none': (sent) => json({ access_token: `${sent} \n`, raw_key: `${sent} \n` }),
  'cut off': () => truncated,
  never: () => silence,
  'by a reset': () => reset,
  'by a reset in the body': () => resetInBody,
  'in a gzip bomb': () => gzipBomb(4),
}

const grantWith = (identityToken: IdentityTokenGrant['identityToken']): IdentityTokenGrant => ({
  federationRuleId: 'fdrl_ci',
  organizationId: 'an-organization',
  identityToken,
})

const CALLS: Readonly<Record<string, (client: OAuthClient, secrets: Secrets) => Promise<unknown>>> = {
  exchangeCode: (client, { code, flow }) => client.exchangeCode(`${code}#${flow.state}`, flow),
  refreshToken: (client, { refreshToken }) => client.refreshToken(refreshToken),
  'refreshToken of a set': (client, { accessToken, refreshToken }) =>
    client.refreshToken(TokenSet.fromJSON({ accessToken, refreshToken })),
  exchangeIdentityToken: (client, { identityToken }) =>
    client.exchangeIdentityToken(grantWith(identityToken)),
  createApiKey: (client, { accessToken }) => client.createApiKey(accessToken),
  getProfile: (client, { accessToken }) => client.getProfile(accessToken),
  revokeToken: (client, { refreshToken }) => client.revokeToken(refreshToken),
}

async function start(reply: Reply): Promise<{ readonly client: OAuthClient; readonly secrets: Secrets }> {
  const { endpoints } = await startRawServer(reply)
  const client = new OAuthClient({ endpoints, timeoutMs: 150 })
  const secrets = {
    code: generateState(),
    accessToken: `sk-ant-oat01-${generateState()}`,
    refreshToken: `refresh-${generateState()}`,
    identityToken: [generateState(), generateState(), generateState()].join('.'),
    flow: client.startFlow('console'),
  }
  return { client, secrets }
}

const REVOKED = { cause: undefined, errorDescription: undefined }

describe('no secret shows', () => {
  for (const [how, echo] of Object.entries(ECHOES)) {
    it(`when a server sends back what was sent, ${how}`, async () => {
      for (const [name, call] of Object.entries(CALLS)) {
        const echoing: Reply = (response, request) => {
          echo(`${request.body} ${request.headers.authorization ?? ''}`)(response, request)
        }
        const { client, secrets } = await start(echoing)
        const outcome = await call(client, secrets).catch((error: unknown) => error)
        assertHidden(outcome, all(secrets))
        // A revocation needs no body, so some of these responses count as a success.
        const { cause, errorDescription } = outcome instanceof AnthropicAuthError ? outcome : REVOKED
        expect([cause, (errorDescription ?? '').length <= 500], name).toEqual([undefined, true])
        expect(outcome instanceof AnthropicAuthError || name === 'revokeToken', name).toBe(true)
      }
    })
  }

  it('when a call is aborted', async () => {
    for (const call of Object.values(CALLS)) {
      const { client, secrets } = await start(silence)
      assertHidden(await call(client, secrets).catch((error: unknown) => error), all(secrets))
    }
    const { client, secrets } = await start(silence)
    const signal = AbortSignal.abort(new Error('No more'))
    const outcome: unknown = await client
      .refreshToken(secrets.refreshToken, { signal })
      .catch((error: unknown) => error)
    expect(outcome).toMatchObject({ code: 'aborted', cause: { message: 'No more' } })
    assertHidden(outcome, all(secrets))
  })

  it('when a response is refused, whatever was pasted', async () => {
    const { client, secrets } = await start(silence)
    const { code, flow, accessToken } = secrets
    const pastes = [
      `${code}#${client.startFlow('max').state}`,
      `${code} ${flow.state}`,
      `${code}#${flow.state}#${code}`,
      `${code}#${flow.state}\n${code}#${flow.state}`,
      `?code=${code}`,
      `?code=${code}&code=${code}&state=${flow.state}`,
      `{"code": "${code}"}`,
      `https://user:${code}@evil.example/?code=${code}`,
      `file:///${code}`,
      `“${code}”#${flow.state}`,
      accessToken,
      flow.authorizationUrl,
      code.repeat(400),
    ]
    for (const paste of pastes) {
      const outcome: unknown = await client.exchangeCode(paste, flow).catch((error: unknown) => error)
      expect(outcome).toBeInstanceOf(AnthropicAuthError)
      assertHidden(outcome, all(secrets))
    }
  })

  it('when a denial or an error quotes the state and the verifier', async () => {
    const { client, secrets } = await start(silence)
    const { flow } = secrets
    for (const error of ['access_denied', 'server_error', flow.state]) {
      const query = new URLSearchParams({
        error,
        error_description: `No: ${flow.state}`,
        error_uri: `https://evil.example/${flow.state}`,
        state: flow.state,
      })
      const outcome: unknown = await client.exchangeCode(query, flow).catch((reason: unknown) => reason)
      expect(outcome).toBeInstanceOf(AnthropicAuthError)
      assertHidden(outcome, all(secrets))
    }
  })

  it('when the id of the granted organization quotes the request', async () => {
    const { client, secrets } = await start((response, request) => {
      json({ access_token: secrets.accessToken, organization: { uuid: request.body } })(response, request)
    })
    const flow = { ...secrets.flow, organizationId: 'asked-for' }
    const outcome: unknown = await client
      .exchangeCode(`${secrets.code}#${flow.state}`, flow)
      .catch((error: unknown) => error)
    expect(outcome).toMatchObject({ code: 'organization_mismatch' })
    assertHidden(outcome, all(secrets))
  })

  it('when a flow or stored tokens are damaged', async () => {
    const { client, secrets } = await start(silence)
    const { flow, code, accessToken, refreshToken } = secrets
    for (const key of ['verifier', 'state', 'authorizationUrl', 'clientId']) {
      const damaged = { ...flow, [key]: [flow[key as 'state']] }
      assertHidden(
        await client.exchangeCode(`${code}#${flow.state}`, damaged as never).catch((error: unknown) => error),
        all(secrets),
      )
    }
    for (const stored of [
      { accessToken: `${accessToken}\n`, refreshToken },
      { accessToken, refreshToken: [refreshToken] },
    ]) {
      assertHidden(await client.refreshToken(stored as never).catch((error: unknown) => error), all(secrets))
    }
    assertHidden(
      await client.refreshToken(`${refreshToken}\n`).catch((error: unknown) => error),
      all(secrets),
    )
  })

  it('when an identity token is not sent, or its source fails', async () => {
    const { client, secrets } = await start(silence)
    const { identityToken } = secrets
    const sources = [
      `${identityToken} ${identityToken}`,
      `{"value": "${identityToken}"}`,
      identityToken.repeat(200),
      (): string => [identityToken] as never,
      (): string => {
        throw new AnthropicAuthError('network_error', 'No connection')
      },
    ]
    for (const source of sources) {
      const outcome: unknown = await client
        .exchangeIdentityToken(grantWith(source))
        .catch((error: unknown) => error)
      expect(outcome).toBeInstanceOf(AnthropicAuthError)
      assertHidden(outcome, all(secrets))
    }
  })

  it('when a successful result is printed', async () => {
    const { client, secrets } = await start((response, request) => {
      const { code, refresh_token: token = code } = JSON.parse(request.body) as Record<string, string>
      json({ access_token: `sk-ant-oat01-${token}`, refresh_token: `sk-ant-ort01-${token}` })(
        response,
        request,
      )
    })
    const tokens = await client.exchangeCode(`${secrets.code}#${secrets.flow.state}`, secrets.flow)
    assertHidden(tokens, all(secrets))
    assertHidden({ nested: [tokens], client }, all(secrets))
    assertHidden(await client.refreshToken(tokens), all(secrets))
    expect(tokens.accessToken).toBe(`sk-ant-oat01-${secrets.code}`)
  })
})
