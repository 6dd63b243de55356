import { createServer } from 'node:http'
import { describe, expect, it } from 'vitest'
import { CALLS, clientAt, exchange, failureOf } from '../test/client-call.ts'
import { startRawServer } from '../test/raw-server.ts'
import { bytes, html, json, type Reply, reset, resetInBody } from '../test/reply.ts'
import { OAuthClient } from './oauth-client.ts'
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
  it('sends JSON, the secrets in the body alone', async () => {
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

  it('sends a form where that is asked for', async () => {
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

  it('takes a bare code on the code page only, and sends its own state', async () => {
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
  ])('sends a code once, whatever comes: %s', async (_name, reply, code) => {
    const server = await startRawServer([reply, TOKENS])
    expect((await failureOf(exchange(clientAt(server)))).code).toBe(code)
    expect(server.requests).toHaveLength(1)
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
})

describe('refreshToken()', () => {
  it('sends the refresh token, the client id and the beta header, and asks for no scope', async () => {
    const server = await startRawServer(TOKENS)
    await clientAt(server).refreshToken('the-refresh-token')
    const [request] = server.requests
    expect(request?.body).toBe(
      '{"grant_type":"refresh_token","refresh_token":"the-refresh-token","client_id":"9d1c250a-e61b-44d9-88ed-5944d1962f5e"}',
    )
    expect(request?.headers['anthropic-beta']).toBe('oauth-2025-04-20')
    expect(request?.headers).not.toHaveProperty('authorization')
  })

  it('keeps the old refresh token, and what else is known, where the answer has none', async () => {
    const client = clientAt(await startRawServer(json({ access_token: 'new-access-token' })))
    const known = {
      accessToken: 'old-access-token',
      refreshToken: 'old-refresh-token',
      expiresAt: 1,
      scopes: ['user:profile'],
      clientId: null,
      account: { id: 'a', email: null },
      organization: null,
      workspace: null,
    }
    for (const tokens of [known, TokenSet.fromJSON(known)]) {
      expect((await client.refreshToken(tokens)).toJSON()).toEqual({
        ...known,
        accessToken: 'new-access-token',
        expiresAt: null,
        clientId: '9d1c250a-e61b-44d9-88ed-5944d1962f5e',
      })
    }
    const alone = await client.refreshToken('old-refresh-token')
    expect([alone.refreshToken, alone.scopes, alone.account]).toEqual(['old-refresh-token', null, null])
  })

  it.each([[400], [401]])('says with %i and invalid_grant that the login has ended', async (status) => {
    const server = await startRawServer(json(DEAD, { status }))
    expect(await failureOf(clientAt(server).refreshToken('rt'))).toMatchObject({
      code: 'reauthentication_required',
      status,
      error: 'invalid_grant',
      errorDescription: 'Refresh token not found or invalid',
      retryable: false,
    })
    expect(server.requests).toHaveLength(1)
  })

  it.each([
    ['403 with invalid_grant', json(DEAD, { status: 403 }), 'oauth_error'],
    ['200 with invalid_grant', json(DEAD), 'oauth_error'],
    ['400 with another error', json({ error: 'invalid_request' }, { status: 400 }), 'oauth_error'],
    ['an error of the API', anthropicError('invalid_grant', 400), 'http_error'],
    ['404', html('', 404), 'http_error'],
    ['HTML', html('<h1>Blocked</h1>', 403), 'http_error'],
    ['500 with invalid_grant', json(DEAD, { status: 500 }), 'http_error'],
    ['no content', bytes('', { status: 204 }), 'http_error'],
  ])('says with %s that it failed, and no more', async (_name, reply, code) => {
    const server = await startRawServer(reply)
    expect((await failureOf(clientAt(server).refreshToken('rt'))).code).toBe(code)
    expect(server.requests).toHaveLength(1)
  })

  it.each([
    ['429', html('', 429)],
    ['503', html('', 503)],
  ])('is sent again after %s, and succeeds', async (_name, reply) => {
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

  it('is not sent again when bytes may have left', async () => {
    for (const reply of [reset, resetInBody]) {
      const server = await startRawServer([reply, TOKENS])
      const error = await failureOf(clientAt(server).refreshToken('rt'))
      expect(error).toMatchObject({ code: 'network_error', reason: 'connection_lost', retryable: true })
      expect(server.requests).toHaveLength(1)
    }
  })

  it('is sent again after a connection that was refused', async () => {
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

  it('needs a refresh token, of this client', async () => {
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

describe('createApiKey()', () => {
  it('asks with the token, and gives the key', async () => {
    const server = await startRawServer(json({ raw_key: 'sk-ant-api03-key' }))
    await expect(clientAt(server).createApiKey('the-access-token')).resolves.toBe('sk-ant-api03-key')
    const [request] = server.requests
    expect([request?.method, request?.path, request?.body]).toEqual(['POST', '/api-key', '{}'])
    expect(request?.headers).toMatchObject({
      authorization: 'Bearer the-access-token',
      'content-type': 'application/json',
    })
  })

  it.each([
    [{}],
    [{ raw_key: null }],
    [{ raw_key: '' }],
    [{ raw_key: 7 }],
    [{ raw_key: 'a b' }],
    [{ raw_key: 'x'.repeat(8193) }],
  ])('refuses the answer %j', async (body) => {
    const client = clientAt(await startRawServer(json(body)))
    expect(await failureOf(client.createApiKey('at'))).toMatchObject({
      code: 'invalid_token_response',
      reason: 'raw_key',
    })
  })

  it('asks once, whatever comes', async () => {
    for (const reply of [reset, html('', 429), html('', 503)]) {
      const server = await startRawServer([reply, json({ raw_key: 'key' })])
      await failureOf(clientAt(server).createApiKey('at'))
      expect(server.requests).toHaveLength(1)
    }
  })

  it('fails before anything is sent when the scopes are known and lack org:create_api_key', async () => {
    const server = await startRawServer(json({ raw_key: 'sk-ant-api03-key' }))
    const client = clientAt(server)
    const withScopes = (scopes: readonly string[] | null): TokenSet =>
      TokenSet.fromJSON({ accessToken: 'at', scopes })
    const error = await failureOf(client.createApiKey(withScopes(['user:profile'])))
    expect(error).toMatchObject({ code: 'missing_scope', reason: 'org:create_api_key' })
    expect(await failureOf(client.getProfile(withScopes([])))).toMatchObject({
      code: 'missing_scope',
      reason: 'user:profile',
    })
    expect(server.requests).toHaveLength(0)
    await expect(client.createApiKey(withScopes(null))).resolves.toBe('sk-ant-api03-key')
    await expect(client.createApiKey(withScopes(['org:create_api_key']))).resolves.toBe('sk-ant-api03-key')
  })

  it('tells what the API said', async () => {
    const client = clientAt(await startRawServer(anthropicError('permission_error', 403)))
    expect(await failureOf(client.createApiKey('at'))).toMatchObject({
      code: 'http_error',
      reason: 'forbidden',
      status: 403,
      error: 'permission_error',
      errorDescription: 'The message',
      requestId: 'req_011',
    })
  })
})

describe('getProfile()', () => {
  it('asks with the token, and tells who is logged in', async () => {
    const server = await startRawServer(
      json({
        account: { uuid: 'a', email: 'person@example.com', full_name: 'A Person', display_name: 'A' },
        organization: { uuid: 'o', name: 'An Organization', organization_type: 'claude_team' },
      }),
    )
    expect(await clientAt(server).getProfile('the-access-token')).toEqual({
      account: { id: 'a', email: 'person@example.com', name: 'A Person' },
      organization: { id: 'o', name: 'An Organization', type: 'claude_team' },
    })
    expect(server.requests[0]?.headers['authorization']).toBe('Bearer the-access-token')
  })

  it('takes what the answer leaves out for null, but for the account', async () => {
    const client = clientAt(await startRawServer(json({ account: { uuid: 'a' } })))
    expect(await client.getProfile('at')).toEqual({
      account: { id: 'a', email: null, name: null },
      organization: null,
    })
    const other = clientAt(await startRawServer(json({ account: [] })))
    expect(await failureOf(other.getProfile('at'))).toMatchObject({
      code: 'invalid_token_response',
      reason: 'account',
    })
  })
})

describe('revokeToken()', () => {
  const tokens = TokenSet.fromJSON({ accessToken: 'the-access-token', refreshToken: 'the-refresh-token' })

  it.each([
    [tokens, { token: 'the-refresh-token', token_type_hint: 'refresh_token' }],
    [
      TokenSet.fromJSON({ accessToken: 'the-access-token' }),
      { token: 'the-access-token', token_type_hint: 'access_token' },
    ],
    ['a-token', { token: 'a-token' }],
  ])('revokes of a set the refresh token, else the access token', async (given, sent) => {
    const server = await startRawServer(bytes('', { status: 204 }))
    await clientAt(server, { clientId: 'c' }).revokeToken(given)
    expect(JSON.parse(server.requests[0]?.body ?? '')).toEqual({ ...sent, client_id: 'c' })
    expect(server.requests[0]?.path).toBe('/revoke')
    expect(server.requests[0]?.headers).not.toHaveProperty('authorization')
  })

  it('takes any success, whatever its body', async () => {
    const client = clientAt(
      await startRawServer([bytes('{}'), bytes('OK'), html('<p>Revoked</p>'), html('', 404)]),
    )
    for (let count = 0; count < 3; count++) await expect(client.revokeToken('t')).resolves.toBeUndefined()
    expect(await failureOf(client.revokeToken('t'))).toMatchObject({ code: 'http_error', status: 404 })
  })
})

describe('a client of another token endpoint', () => {
  it('sends its tokens nowhere else', async () => {
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
    'refuses the token %j as the programmer’s mistake',
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

  it('names damaged tokens as those of the store', async () => {
    const error = await failureOf(new OAuthClient().refreshToken({} as never))
    expect(error).toMatchObject({ code: 'store_failed', reason: 'invalid_tokens' })
  })
})
