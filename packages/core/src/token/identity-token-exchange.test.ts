import { describe, expect, it } from 'vitest'
import { clientAt, failureOf } from '../../test/client-call.ts'
import { type RawServer, startRawServer } from '../../test/raw-server.ts'
import { html, json, type Reply, silence } from '../../test/reply.ts'
import { until } from '../../test/until.ts'
import { AnthropicAuthError } from '../error/error.ts'
import { OAuthClient } from '../oauth-client.ts'
import type { IdentityTokenGrant } from './identity-token-grant.ts'

const ORGANIZATION = '8e1f4a6d-2b93-4c57-b0d8-71c5e3a9f624'
const GRANT: IdentityTokenGrant = {
  federationRuleId: 'fdrl_ci',
  organizationId: ORGANIZATION,
  identityToken: 'an.identity.token',
}
const issued = json({
  token_type: 'Bearer',
  access_token: 'sk-ant-oat01-machine',
  expires_in: 3600,
  scope: 'workspace:developer',
})

function bodiesOf({ requests }: RawServer): readonly unknown[] {
  return requests.map(({ body }): unknown => JSON.parse(body))
}

async function refusalBy(
  reply: Reply,
  change: Partial<IdentityTokenGrant> = {},
): Promise<AnthropicAuthError> {
  const client = clientAt(await startRawServer(reply))
  return failureOf(client.exchangeIdentityToken({ ...GRANT, ...change }))
}

describe('exchangeIdentityToken()', () => {
  it('sends the grant with its beta headers', async () => {
    const server = await startRawServer(issued)
    await clientAt(server).exchangeIdentityToken(GRANT)
    expect(bodiesOf(server)).toEqual([
      {
        grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
        assertion: 'an.identity.token',
        federation_rule_id: 'fdrl_ci',
        organization_id: ORGANIZATION,
      },
    ])
    expect(server.requests[0]?.headers).toMatchObject({
      'anthropic-beta': 'oauth-2025-04-20,oidc-federation-2026-04-01',
      'content-type': 'application/json',
    })
    expect(server.requests[0]?.headers).not.toHaveProperty('authorization')
  })

  it('sends the given service account and workspace', async () => {
    const server = await startRawServer(issued)
    const client = clientAt(server, { tokenEncoding: 'form' })
    await client.exchangeIdentityToken({ ...GRANT, serviceAccountId: 'svac_ci', workspaceId: 'default' })
    expect(server.requests[0]?.body).toBe(
      'grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=an.identity.token' +
        `&federation_rule_id=fdrl_ci&organization_id=${ORGANIZATION}&service_account_id=svac_ci&workspace_id=default`,
    )
  })

  it('returns tokens without a refresh token or a client', async () => {
    const before = Math.floor(Date.now() / 1000)
    const tokens = await clientAt(await startRawServer(issued)).exchangeIdentityToken(GRANT)
    expect(tokens.toJSON()).toEqual({
      accessToken: 'sk-ant-oat01-machine',
      refreshToken: null,
      expiresAt: expect.any(Number),
      refreshTokenExpiresAt: null,
      scopes: ['workspace:developer'],
      clientId: null,
      account: null,
      organization: { id: ORGANIZATION, name: null },
      workspace: null,
    })
    expect(tokens.expiresAt).toBeGreaterThanOrEqual(before + 3600)
  })

  it('keeps no refresh token, also when the server sends one', async () => {
    const reply = json({ access_token: 'an-access-token', refresh_token: 'unasked', expires_in: 60 })
    const tokens = await clientAt(await startRawServer(reply)).exchangeIdentityToken(GRANT)
    expect(tokens.refreshToken).toBeNull()
  })

  it("sends to the API's host with the default endpoints, as the official SDKs do", async () => {
    const server = await startRawServer(issued)
    const urls: string[] = []
    const fetch = async (url: string, init: RequestInit): Promise<Response> => {
      urls.push(url)
      return globalThis.fetch(server.url, init)
    }
    await new OAuthClient({ fetch }).exchangeIdentityToken(GRANT)
    expect(urls).toEqual(['https://api.anthropic.com/v1/oauth/token'])
  })

  it('calls the source each time, and trims the token', async () => {
    const server = await startRawServer(issued)
    let count = 0
    const identityToken = async (): Promise<string> => `  token-${(count += 1)}\n`
    const client = clientAt(server)
    await client.exchangeIdentityToken({ ...GRANT, identityToken })
    await client.exchangeIdentityToken({ ...GRANT, identityToken })
    expect(bodiesOf(server)).toMatchObject([{ assertion: 'token-1' }, { assertion: 'token-2' }])
  })

  it('sends again after a 503, since an exchange uses nothing up', async () => {
    const server = await startRawServer([json({}, { status: 503 }), issued])
    const tokens = await clientAt(server).exchangeIdentityToken(GRANT)
    expect(tokens.accessToken).toBe('sk-ant-oat01-machine')
    expect(server.requests).toHaveLength(2)
  })

  it('refuses a response that does not say when the token expires', async () => {
    const error = await refusalBy(json({ access_token: 'an-access-token' }))
    expect(error).toMatchObject({ code: 'invalid_token_response', reason: 'expires_in' })
  })
})

describe('the identity token', () => {
  it('may have 16 KiB', async () => {
    const server = await startRawServer(issued)
    await clientAt(server).exchangeIdentityToken({ ...GRANT, identityToken: 'a'.repeat(16_384) })
    expect(server.requests).toHaveLength(1)
  })

  it.each([
    [
      'is larger',
      'a'.repeat(16_385),
      "The identity token has 17 KiB, more than the server's limit of 16 KiB",
    ],
    ['is empty', '', 'The identity token is empty'],
    ['is blank', ' \n', 'The identity token is empty'],
    ['has a space inside', 'an identity', 'The identity token contains a character that no JWT has'],
    ['has a line break inside', 'an\nidentity', 'The identity token contains a character that no JWT has'],
    [
      'has a letter of another script',
      'аn.identity',
      'The identity token contains a character that no JWT has',
    ],
    ['is not a string', 7, 'The identity token is not a string'],
  ])('is not sent when it %s', async (_, token, message) => {
    const server = await startRawServer(issued)
    const identityToken = (): string => token as string
    const error = await failureOf(clientAt(server).exchangeIdentityToken({ ...GRANT, identityToken }))
    expect(error).toMatchObject({ code: 'invalid_config', reason: 'identityToken', message })
    expect(server.requests).toHaveLength(0)
  })

  it('has a source whose errors become the cause, or pass through if they are an AnthropicAuthError', async () => {
    const client = clientAt(await startRawServer(issued))
    const cause = new Error('The metadata server is not there')
    const failing = (): never => {
      throw cause
    }
    expect(await failureOf(client.exchangeIdentityToken({ ...GRANT, identityToken: failing }))).toMatchObject(
      {
        code: 'invalid_config',
        reason: 'identityToken',
        message: 'The source of the identity token failed',
        retryable: true,
        cause,
      },
    )
    const known = new AnthropicAuthError('network_error', 'No connection')
    const identityToken = async (): Promise<string> => {
      throw known
    }
    await expect(client.exchangeIdentityToken({ ...GRANT, identityToken })).rejects.toBe(known)
  })

  it('has a source that the deadline covers and the signal ends', async () => {
    const client = clientAt(await startRawServer(issued))
    const signals: AbortSignal[] = []
    const identityToken = async ({ signal }: { signal?: AbortSignal } = {}): Promise<string> => {
      if (signal !== undefined) signals.push(signal)
      return new Promise(() => undefined)
    }
    const grant = { ...GRANT, identityToken }
    expect(await failureOf(client.exchangeIdentityToken(grant, { timeoutMs: 50 }))).toMatchObject({
      code: 'timeout',
      retryable: true,
    })
    const controller = new AbortController()
    const call = failureOf(client.exchangeIdentityToken(grant, { signal: controller.signal }))
    await until(() => signals.length === 2)
    controller.abort(new Error('No more'))
    expect(await call).toMatchObject({ code: 'aborted', cause: { message: 'No more' } })
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true])
  })

  it('is waited for within the same deadline as the response', async () => {
    const client = clientAt(await startRawServer(silence))
    const identityToken = async (): Promise<string> => {
      await new Promise((resolve) => setTimeout(resolve, 30))
      return 'an.identity.token'
    }
    const call = client.exchangeIdentityToken({ ...GRANT, identityToken }, { timeoutMs: 100 })
    expect(await failureOf(call)).toMatchObject({
      code: 'timeout',
      message: 'No complete response arrived within 100 ms',
    })
  })

  it('uses up part of the time in which a refused exchange may be repeated', async () => {
    const client = clientAt(await startRawServer(json({}, { status: 429, headers: { 'retry-after': '4' } })))
    const identityToken = async (): Promise<string> => {
      await new Promise((resolve) => setTimeout(resolve, 1500))
      return 'an.identity.token'
    }
    const call = client.exchangeIdentityToken({ ...GRANT, identityToken }, { timeoutMs: 5000 })
    expect(await failureOf(call)).toMatchObject({ code: 'rate_limited', retryAfterSeconds: 4 })
  })
})

describe('an identity token that is refused', () => {
  const RULE_HINT =
    'Check that the federation rule matches the issuer, the audience and the subject of your identity token.'
  const WORKSPACE_HINT =
    'If the rule covers several workspaces, name one: workspaceId, or ANTHROPIC_WORKSPACE_ID.'
  const CONSOLE_HINT = 'The Workload identity page of the Claude Console lists each attempt with its reason.'

  it.each([
    [
      'in an OAuth error',
      json({ error: 'invalid_grant', error_description: 'No match.' }, { status: 401 }),
      'oauth_error',
    ],
    [
      'with 400',
      json({ error: 'invalid_grant', error_description: 'No match.' }, { status: 400 }),
      'oauth_error',
    ],
    [
      "in Anthropic's error",
      json({ error: { type: 'invalid_grant', message: 'No match.' } }, { status: 401 }),
      'http_error',
    ],
  ])('%s, says where to look', async (_, reply, code) => {
    const error = await refusalBy(reply)
    expect(error).toMatchObject({
      code,
      reason: 'identity_token_refused',
      error: 'invalid_grant',
      errorDescription: 'No match.',
      retryable: false,
      hint: `${RULE_HINT} ${WORKSPACE_HINT} ${CONSOLE_HINT}`,
    })
    expect(error.message).toBe(
      `The token endpoint refused the identity token: invalid_grant: No match (HTTP ${error.status})`,
    )
  })

  it('by a 401 without a body', async () => {
    const error = await refusalBy(json({}, { status: 401 }))
    expect(error).toMatchObject({ code: 'http_error', status: 401, reason: 'identity_token_refused' })
    expect(error.message).toBe('The token endpoint refused the identity token (HTTP 401)')
  })

  it("doesn't mention workspaces when one was named", async () => {
    const { hint } = await refusalBy(json({}, { status: 401 }), { workspaceId: 'wrkspc_1' })
    expect(hint).toBe(`${RULE_HINT} ${CONSOLE_HINT}`)
  })

  it.each([
    ['a page', html('<h1>Unauthorized</h1>', 401), { code: 'http_error', reason: 'html' }],
    [
      'an account on hold',
      json({ error: 'invalid_grant', error_description: 'account_on_hold' }, { status: 401 }),
      { code: 'account_on_hold' },
    ],
    ['a rate limit', json({ error: 'invalid_grant' }, { status: 429 }), { code: 'rate_limited' }],
    [
      'a server error',
      json({ error: 'invalid_grant' }, { status: 500 }),
      { code: 'http_error', reason: 'server_error' },
    ],
    [
      'another error',
      json({ error: 'invalid_request' }, { status: 400 }),
      { code: 'oauth_error', reason: 'invalid_request' },
    ],
  ])('is distinguished from %s', async (_, reply, expected) => {
    const error = await refusalBy(reply)
    expect(error).toMatchObject(expected)
    expect(error.hint).not.toContain('federation rule')
  })
})

describe('a grant of the wrong type', () => {
  it.each<readonly [string, unknown, string]>([
    ['null', null, 'grant must be an object'],
    ['no rule', { ...GRANT, federationRuleId: undefined }, 'federationRuleId must be a non-empty string'],
    ['an empty organization', { ...GRANT, organizationId: '' }, 'organizationId must be a non-empty string'],
    ['an empty workspace', { ...GRANT, workspaceId: '' }, 'workspaceId must be a non-empty string'],
    [
      'a service account that is null',
      { ...GRANT, serviceAccountId: null },
      'serviceAccountId must be a non-empty string',
    ],
    [
      'no identity token',
      { ...GRANT, identityToken: undefined },
      'identityToken must be a string or a function',
    ],
  ])('is a TypeError: %s', async (_, grant, message) => {
    const server = await startRawServer(issued)
    const call = clientAt(server).exchangeIdentityToken(grant as IdentityTokenGrant)
    await expect(call).rejects.toThrow(new TypeError(message))
    expect(server.requests).toHaveLength(0)
  })
})
