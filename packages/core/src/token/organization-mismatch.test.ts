import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { clientAt, failureOf } from '../../test/client-call.ts'
import { type RawServer, startRawServer } from '../../test/raw-server.ts'
import { bytes, html, json, redirect, type Reply, reset, silence } from '../../test/reply.ts'
import { until } from '../../test/until.ts'
import type { StartFlowOptions } from '../authorization/authorization-request.ts'
import type { AnthropicAuthError } from '../error/error.ts'
import type { RequestOptions } from '../http/request-options.ts'
import { OAuthClient } from '../oauth-client.ts'
import type { TokenSet } from './token-set.ts'
import { startTestEmulator } from '../../../testing/test/test-emulator.ts'

const ORGANIZATION = '8e1f4a6d-2b93-4c57-b0d8-71c5e3a9f624'
const OTHER_ORGANIZATION = '3c7d0b52-6f0e-4d8a-9a41-5f2f1f7a9c10'
const REVOKED = bytes('', { status: 204 })

function granted(members: object): Reply {
  return json({ access_token: 'the-access-token', refresh_token: 'the-refresh-token', ...members })
}

/** Exchanges a code in a flow that asks for `asked`. */
async function exchange(
  server: RawServer,
  asked: StartFlowOptions,
  options?: RequestOptions,
): Promise<TokenSet> {
  const client = clientAt(server)
  const flow = client.startFlow('console', asked)
  return client.exchangeCode(`a-code-of-this-login#${flow.state}`, flow, options)
}

async function refusal(
  server: RawServer,
  asked: StartFlowOptions,
  options?: RequestOptions,
): Promise<AnthropicAuthError> {
  return failureOf(exchange(server, asked, options))
}

describe('exchangeCode() of a flow for one organization', () => {
  it('refuses and revokes the tokens of another organization', async () => {
    const server = await startRawServer([granted({ organization: { uuid: OTHER_ORGANIZATION } }), REVOKED])
    expect(await refusal(server, { organizationId: ORGANIZATION })).toMatchObject({
      code: 'organization_mismatch',
      reason: 'organization',
      retryable: false,
      message:
        'The login is for organization 3c7d0b52-6f0e-4d8a-9a41-5f2f1f7a9c10, but organization 8e1f4a6d-2b93-4c57-b0d8-71c5e3a9f624 was requested. The new tokens were revoked.',
      hint: 'Log in again, and choose the requested organization and workspace on the consent page.',
    })
    expect(server.requests.map(({ path }) => path)).toEqual(['/token', '/revoke'])
    expect(server.requests[1]?.body).toBe(
      '{"token":"the-refresh-token","token_type_hint":"refresh_token","client_id":"9d1c250a-e61b-44d9-88ed-5944d1962f5e"}',
    )
  })

  it('refuses the tokens of another workspace of the right organization', async () => {
    const body = { organization: { uuid: ORGANIZATION }, workspace: { id: 'wrkspc_2' } }
    const server = await startRawServer([granted(body), REVOKED])
    const error = await refusal(server, { organizationId: ORGANIZATION, workspaceId: 'wrkspc_1' })
    expect(error).toMatchObject({
      code: 'organization_mismatch',
      reason: 'workspace',
      message:
        'The login is for workspace wrkspc_2, but workspace wrkspc_1 was requested. The new tokens were revoked.',
    })
  })

  it("revokes the access token if there is no refresh token, as the flow's own client", async () => {
    const server = await startRawServer([
      json({ access_token: 'the-access-token', organization: { uuid: OTHER_ORGANIZATION } }),
      REVOKED,
    ])
    const flow = clientAt(server, { clientId: 'first' }).startFlow('max', { organizationId: ORGANIZATION })
    const exchanging = clientAt(server, { clientId: 'second' }).exchangeCode(`a-code#${flow.state}`, flow)
    expect(await failureOf(exchanging)).toMatchObject({ code: 'organization_mismatch' })
    expect(server.requests[1]?.body).toBe(
      '{"token":"the-access-token","token_type_hint":"access_token","client_id":"first"}',
    )
  })

  it.each([
    ['names no organization', {}],
    ['names the requested one', { organization: { uuid: ORGANIZATION }, workspace: { id: 'wrkspc_1' } }],
    ['names the requested one in capitals', { organization: { uuid: ORGANIZATION.toUpperCase() } }],
    ['has names without ids', { organization: { name: 'Another' }, workspace: { name: 'Another' } }],
    ['has a malformed organization', { organization: OTHER_ORGANIZATION, workspace: ['wrkspc_2'] }],
    ['has null as its organization', { organization: null, workspace: null }],
  ])('accepts a response that %s', async (_what, members) => {
    const server = await startRawServer(granted(members))
    const asked = { organizationId: ORGANIZATION, workspaceId: 'wrkspc_1' }
    expect((await exchange(server, asked)).accessToken).toBe('the-access-token')
    expect(server.requests).toHaveLength(1)
  })

  it('accepts any organization if the flow requests none', async () => {
    const body = { organization: { uuid: OTHER_ORGANIZATION }, workspace: { id: 'wrkspc_2' } }
    const server = await startRawServer(granted(body))
    expect((await exchange(server, {})).organization?.id).toBe(OTHER_ORGANIZATION)
    expect(server.requests).toHaveLength(1)
  })

  it('accepts any id for the workspace `default`', async () => {
    const server = await startRawServer(granted({ workspace: { id: 'wrkspc_2' } }))
    await expect(exchange(server, { workspaceId: 'default' })).resolves.toMatchObject({
      workspace: { id: 'wrkspc_2' },
    })
  })

  it('compares ids that are not UUIDs case-sensitively', async () => {
    const server = await startRawServer([granted({ workspace: { id: 'wrkspc_01AbC' } }), REVOKED])
    expect(await refusal(server, { workspaceId: 'wrkspc_01aBc' })).toMatchObject({ reason: 'workspace' })
  })

  it('finds the mismatch when the flow was stored in a session', async () => {
    const server = await startRawServer([granted({ organization: { uuid: OTHER_ORGANIZATION } }), REVOKED])
    const client = clientAt(server)
    const session = JSON.stringify(client.startFlow('console', { organizationId: ORGANIZATION }))
    const flow = JSON.parse(session) as ReturnType<typeof client.startFlow>
    expect(await failureOf(client.exchangeCode(`a-code#${flow.state}`, flow))).toMatchObject({
      code: 'organization_mismatch',
    })
  })

  it.each([
    ['an error', json({ error: 'invalid_client' }, { status: 401 })],
    ['a page', html('<h1>Blocked</h1>', 403)],
    ['a redirect', redirect(307, 'https://evil.example/')],
    ['a reset', reset],
    ['a rate limit', json({}, { status: 429, headers: { 'retry-after': '1' } })],
  ])(
    'says that the tokens could not be revoked, after one request that ends with %s',
    async (_what, reply) => {
      const server = await startRawServer([granted({ organization: { uuid: 'other' } }), reply])
      expect(await refusal(server, { organizationId: 'asked-for' })).toMatchObject({
        code: 'organization_mismatch',
        message:
          'The login is for organization other, but organization asked-for was requested. The new tokens could not be revoked, and were discarded.',
      })
      expect(server.requests).toHaveLength(2)
    },
  )

  it('sends the tokens nowhere when it knows no revocation endpoint of the same server', async () => {
    const server = await startRawServer(granted({ organization: { uuid: 'other' } }))
    const client = new OAuthClient({ endpoints: { token: server.endpoints.token } })
    const flow = client.startFlow('console', { organizationId: 'asked-for' })
    const error = await failureOf(client.exchangeCode(`a-code#${flow.state}`, flow))
    expect(error.message).toMatch(/could not be revoked, and were discarded\.$/)
    expect(server.requests).toHaveLength(1)
  })

  it('has one deadline for both requests', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    onTestFinished(() => void vi.useRealTimers())
    const paths: string[] = []
    // Uses a fetch without sockets, since fake timers have no effect on those.
    const client = new OAuthClient({
      timeoutMs: 10_000,
      fetch: async (url) => {
        paths.push(new URL(url).pathname)
        if (paths.length > 1) return new Promise(() => undefined)
        vi.setSystemTime(Date.now() + 7000)
        return Response.json({ access_token: 'at', organization: { uuid: 'other' } })
      },
    })
    const flow = client.startFlow('console', { organizationId: 'asked-for' })
    let isOver = false
    const refused = failureOf(client.exchangeCode(`a-code#${flow.state}`, flow)).finally(
      () => (isOver = true),
    )
    await until(() => paths.length === 2)
    await vi.advanceTimersByTimeAsync(2999)
    expect(isOver).toBe(false)
    // If the revocation had its own deadline, this would take 7 seconds longer.
    await vi.advanceTimersByTimeAsync(1001)
    expect((await refused).message).toContain('could not be revoked')
    expect(paths).toEqual(['/v1/oauth/token', '/v1/oauth/token/revoke'])
    expect(vi.getTimerCount()).toBe(0)
  })

  it('reports the mismatch, and that nothing was revoked, when the caller aborts meanwhile', async () => {
    const server = await startRawServer([granted({ organization: { uuid: 'other' } }), silence])
    const controller = new AbortController()
    const refused = refusal(server, { organizationId: 'asked-for' }, { signal: controller.signal })
    await until(() => server.requests.length === 2)
    controller.abort()
    expect(await refused).toMatchObject({
      code: 'organization_mismatch',
      message: expect.stringContaining('could not be revoked') as string,
    })
  })

  it('shows ids without control characters and without secrets', async () => {
    const server = await startRawServer([
      (response, request) => {
        const { code_verifier: verifier } = JSON.parse(request.body) as { code_verifier: string }
        granted({ organization: { uuid: `\u001b[2J\u202e${verifier} the-refresh-token` } })(response, request)
      },
      REVOKED,
    ])
    const error = await refusal(server, { organizationId: 'asked-for\n\u001b' })
    expect(error.message).toBe(
      'The login is for organization [2J[redacted] [redacted], but organization asked-for was requested. The new tokens were revoked.',
    )
  })
})

describe('a login to an organization that was not requested', () => {
  it('leaves no working token and no API key', async () => {
    const emulator = await startTestEmulator()
    const seen: unknown[] = []
    const client = new OAuthClient({
      endpoints: emulator.endpoints,
      fetch: async (url, init) => {
        const response = await fetch(url, init)
        if (url === emulator.endpoints.token) seen.push(await response.clone().json())
        return response
      },
    })
    emulator.faults.next('token', { type: 'other_organization' })
    const flow = client.startFlow('console', { organizationId: ORGANIZATION })
    const response = await emulator.approve(flow.authorizationUrl)
    const keyInTheWrongPlace = client
      .exchangeCode(response, flow)
      .then(async (tokens) => client.createApiKey(tokens))
    expect(await failureOf(keyInTheWrongPlace)).toMatchObject({ code: 'organization_mismatch' })
    const { access_token: accessToken } = seen[0] as { access_token: string }
    expect(await failureOf(client.getProfile(accessToken))).toMatchObject({ status: 401 })
    const paths = emulator.requests.map(({ path }) => path.split('?', 1)[0])
    expect(paths.filter((path) => path !== '/oauth/authorize')).toEqual([
      '/v1/oauth/token',
      '/v1/oauth/token/revoke',
      '/api/oauth/profile',
    ])
  })
})
