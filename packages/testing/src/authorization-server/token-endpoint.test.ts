import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  responseOf,
  authorizationUrl,
  CLIENT_ID,
  exchangeBody,
  getProfile,
  type Login,
  logIn,
  postJson,
  refresh,
  startLogin,
} from '../../test/raw-login.ts'
import { type Emulator, startEmulator } from '../index.ts'

let emulator: Emulator
let now = 1_800_000_000_000

beforeEach(async () => {
  emulator = await startEmulator({ now: () => now, clients: [{ id: 'other', redirectUris: [] }] })
})

afterEach(async () => emulator.close())

const startApproved = async (
  changes: Record<string, string> = {},
): Promise<{ login: Login; code: string }> => {
  const login = startLogin(emulator, changes)
  return { login, code: await emulator.approve(authorizationUrl(emulator, login.parameters)) }
}

describe('the token endpoint, for a code', () => {
  it('returns tokens of the real shape', async () => {
    const { login, code } = await startApproved()
    const { status, headers, body } = await postJson(emulator.endpoints.token, exchangeBody(login, code))
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('request-id')).toMatch(/^req_/)
    expect(body).toEqual({
      token_type: 'Bearer',
      access_token: expect.stringMatching(/^sk-ant-oat01-[\w-]{43}$/) as string,
      refresh_token: expect.stringMatching(/^sk-ant-ort01-[\w-]{43}$/) as string,
      expires_in: 28_800,
      scope: 'org:create_api_key user:profile user:inference',
      organization: { uuid: expect.any(String) as string, name: 'Example Organization' },
      account: { uuid: expect.any(String) as string, email_address: 'person@example.com' },
      workspace: { id: 'default', name: 'Default' },
    })
  })

  it('accepts a form as well as JSON', async () => {
    const { login, code } = await startApproved()
    const body = new URLSearchParams(exchangeBody(login, code))
    expect((await fetch(emulator.endpoints.token, { method: 'POST', body })).status).toBe(200)
  })

  it.each([
    ['code_verifier', 'x'.repeat(43), "Invalid 'code_verifier' in request."],
    ['redirect_uri', 'http://localhost:1/callback', "Invalid 'redirect_uri' in request."],
    ['state', 'x'.repeat(43), "Invalid 'state' in request."],
    ['client_id', 'other', 'Authorization code was issued to another client.'],
    ['code', 'made-up', 'Authorization code not found or invalid.'],
  ])('refuses another %s', async (name, value, description) => {
    const { login, code } = await startApproved()
    const request = { ...exchangeBody(login, code), [name]: value }
    const { status, body } = await postJson(emulator.endpoints.token, request)
    expect(status).toBe(400)
    expect(body).toEqual({ error: 'invalid_grant', error_description: description })
  })

  it.each([['code'], ['state'], ['client_id'], ['redirect_uri'], ['code_verifier'], ['grant_type']])(
    'refuses a request without %s',
    async (name) => {
      const { login, code } = await startApproved()
      const { [name]: _left, ...request } = exchangeBody(login, code)
      const { status, body } = await postJson(emulator.endpoints.token, request)
      expect([status, body['error']]).toEqual([400, 'invalid_request'])
    },
  )

  it('accepts a code once: a second use revokes the tokens of the first', async () => {
    const { login, code } = await startApproved()
    const first = await postJson(emulator.endpoints.token, exchangeBody(login, code))
    const accessToken = String(first.body['access_token'])
    expect((await getProfile(emulator, accessToken)).status).toBe(200)
    const second = await postJson(emulator.endpoints.token, exchangeBody(login, code))
    expect([second.status, second.body['error']]).toEqual([400, 'invalid_grant'])
    expect((await getProfile(emulator, accessToken)).status).toBe(401)
    expect((await refresh(emulator, String(first.body['refresh_token']))).status).toBe(400)
  })

  it('uses a code up even if the verifier is wrong', async () => {
    const { login, code } = await startApproved()
    await postJson(emulator.endpoints.token, { ...exchangeBody(login, code), code_verifier: 'x'.repeat(43) })
    expect((await postJson(emulator.endpoints.token, exchangeBody(login, code))).status).toBe(400)
  })

  it('refuses a code after ten minutes', async () => {
    const { login, code } = await startApproved()
    now += 600_000
    const { body } = await postJson(emulator.endpoints.token, exchangeBody(login, code))
    expect(body['error_description']).toBe('Authorization code expired.')
  })

  it.each([
    ['no JSON', '{"grant_type":', 'application/json', 400, 'invalid_request'],
    ['a list', '[]', 'application/json', 400, 'invalid_request'],
    [
      'an unknown client',
      '{"grant_type":"refresh_token","client_id":"unknown"}',
      'application/json',
      401,
      'invalid_client',
    ],
    [
      'another grant',
      `{"grant_type":"password","client_id":"${CLIENT_ID}"}`,
      'application/json',
      400,
      'unsupported_grant_type',
    ],
  ])('refuses %s', async (_name, body, type, status, error) => {
    const response = await postJson(emulator.endpoints.token, body, { 'content-type': type })
    expect([response.status, response.body['error']]).toEqual([status, error])
  })

  it('refuses another method, another path and a body over 64 KiB', async () => {
    const get = await fetch(emulator.endpoints.token)
    expect([get.status, get.headers.get('allow')]).toEqual([405, 'POST'])
    expect((await fetch(`${emulator.url}/v1/oauth/tokens`)).status).toBe(404)
    expect((await postJson(emulator.endpoints.token, `"${'x'.repeat(65_536)}"`)).status).toBe(413)
  })
})

describe('the token endpoint, for a refresh token', () => {
  it('rotates, keeps the scopes, and leaves the old access token valid', async () => {
    const { accessToken, refreshToken } = await logIn(emulator)
    const { status, body } = await refresh(emulator, refreshToken)
    expect(status).toBe(200)
    expect(body['refresh_token']).not.toBe(refreshToken)
    expect(body['scope']).toBe('org:create_api_key user:profile user:inference')
    expect((await getProfile(emulator, accessToken)).status).toBe(200)
    expect((await refresh(emulator, String(body['refresh_token']))).status).toBe(200)
  })

  it('accepts a refresh token once: a second use ends the whole family', async () => {
    const { refreshToken } = await logIn(emulator)
    const { body } = await refresh(emulator, refreshToken)
    const again = await refresh(emulator, refreshToken)
    expect(again.status).toBe(400)
    expect(again.body).toEqual({
      error: 'invalid_grant',
      error_description: 'Refresh token not found or invalid',
    })
    expect((await getProfile(emulator, String(body['access_token']))).status).toBe(401)
    expect((await refresh(emulator, String(body['refresh_token']))).status).toBe(400)
  })

  it('narrows the scope on request, and refuses to widen it', async () => {
    const { refreshToken } = await logIn(emulator, { scope: 'user:profile user:inference' })
    const wider = await refresh(emulator, refreshToken, { scope: 'user:profile org:create_api_key' })
    expect([wider.status, wider.body['error']]).toEqual([400, 'invalid_scope'])
    const narrower = await refresh(emulator, refreshToken, { scope: 'user:profile' })
    expect([narrower.status, narrower.body['scope']]).toEqual([200, 'user:profile'])
  })

  it('refuses a refresh token of another client, and one that was never issued', async () => {
    const { refreshToken } = await logIn(emulator)
    expect((await refresh(emulator, refreshToken, { client_id: 'other' })).status).toBe(400)
    expect((await refresh(emulator, 'sk-ant-ort01-made-up')).status).toBe(400)
  })
})

describe('the revocation endpoint', () => {
  it('revokes only an access token, a refresh token with its whole login, and treats any other token as revoked', async () => {
    const { revoke } = emulator.endpoints
    const { accessToken, refreshToken } = await logIn(emulator)
    const request = async (token: string): Promise<number> =>
      (await fetch(revoke, { method: 'POST', body: new URLSearchParams({ token, client_id: CLIENT_ID }) }))
        .status
    expect(await request(accessToken)).toBe(200)
    expect((await getProfile(emulator, accessToken)).status).toBe(401)
    const { body } = await refresh(emulator, refreshToken)
    expect(await request(String(body['refresh_token']))).toBe(200)
    expect((await getProfile(emulator, String(body['access_token']))).status).toBe(401)
    expect(await request('never given')).toBe(200)
  })
})

describe('the revocation endpoint, for another client', () => {
  it('refuses, and revokes nothing', async () => {
    const { accessToken, refreshToken } = await logIn(emulator)
    for (const token of [accessToken, refreshToken]) {
      const response = await postJson(emulator.endpoints.revoke, { token, client_id: 'other' })
      expect([response.status, response.body['error']]).toEqual([400, 'invalid_grant'])
    }
    expect((await getProfile(emulator, accessToken)).status).toBe(200)
    expect((await refresh(emulator, refreshToken)).status).toBe(200)
  })
})

describe('the API', () => {
  const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` })

  it('creates keys for tokens with the scope, and refuses others with the error bodies of the API', async () => {
    const { apiKey } = emulator.endpoints
    const { accessToken } = await logIn(emulator)
    const created = await postJson(apiKey, {}, bearer(accessToken))
    expect([created.status, created.body]).toEqual([
      200,
      { raw_key: expect.stringMatching(/^sk-ant-api03-/) as string },
    ])
    const { accessToken: narrow } = await logIn(emulator, { scope: 'user:profile' })
    const forbidden = await postJson(apiKey, {}, bearer(narrow))
    expect(forbidden.status).toBe(403)
    expect(forbidden.body).toMatchObject({ type: 'error', error: { type: 'permission_error' } })
    expect(forbidden.body['request_id']).toBe(forbidden.headers.get('request-id'))
    const unauthorized = await postJson(apiKey, {}, bearer('made-up'))
    expect(unauthorized.body).toMatchObject({ type: 'error', error: { type: 'authentication_error' } })
    expect(unauthorized.status).toBe(401)
  })

  it('requires the scope of each endpoint', async () => {
    const profileOnly = await logIn(emulator, { scope: 'user:profile' })
    const inferenceOnly = await logIn(emulator, { scope: 'user:inference' })
    const models = async ({ accessToken }: { readonly accessToken: string }): Promise<number> => {
      const version = { 'anthropic-version': '2023-06-01', 'anthropic-beta': 'oauth-2025-04-20' }
      const headers = { ...bearer(accessToken), ...version }
      return (await fetch(`${emulator.apiUrl}/v1/models`, { headers })).status
    }
    expect((await getProfile(emulator, profileOnly.accessToken)).status).toBe(200)
    expect((await getProfile(emulator, inferenceOnly.accessToken)).status).toBe(403)
    expect(await models(inferenceOnly)).toBe(200)
    expect(await models(profileOnly)).toBe(403)
  })

  it('expires access tokens by its clock', async () => {
    const { accessToken } = await logIn(emulator)
    now += 28_799_000
    expect((await getProfile(emulator, accessToken)).status).toBe(200)
    now += 1000
    expect((await getProfile(emulator, accessToken)).status).toBe(401)
  })

  it('serves messages and models only for a key, or a token with the beta header', async () => {
    const { accessToken } = await logIn(emulator)
    const key = String((await postJson(emulator.endpoints.apiKey, {}, bearer(accessToken))).body['raw_key'])
    const version = { 'anthropic-version': '2023-06-01' }
    const beta = { 'anthropic-beta': 'other-beta, oauth-2025-04-20' }
    const status = async (headers: Record<string, string>): Promise<number> =>
      (await fetch(`${emulator.apiUrl}/v1/models`, { headers })).status
    expect(await status({ ...version, 'x-api-key': key })).toBe(200)
    expect(await status({ ...version, ...bearer(key) })).toBe(200)
    expect(await status({ ...version, ...bearer(accessToken), ...beta })).toBe(200)
    expect(await status({ ...version, ...bearer(accessToken) })).toBe(401)
    expect(await status({ ...version, 'x-api-key': 'made-up' })).toBe(401)
    expect(await status(version)).toBe(401)
    expect(await status({ 'x-api-key': key })).toBe(400)
    const messages = `${emulator.apiUrl}/v1/messages`
    const message = {
      model: 'claude-sonnet-5-5',
      max_tokens: 8,
      messages: [{ role: 'user', content: 'Hello' }],
    }
    const response = await postJson(messages, message, { ...version, 'x-api-key': key })
    expect([response.status, response.body['role']]).toEqual([200, 'assistant'])
    const invalid = await postJson(messages, { model: 'claude-sonnet-5-5' }, { ...version, 'x-api-key': key })
    expect([invalid.status, invalid.body['error']]).toMatchObject([400, { type: 'invalid_request_error' }])
  })

  it('reports a wrong API key as such, even if it is sent as a Bearer token', async () => {
    const version = { 'anthropic-version': '2023-06-01' }
    for (const headers of [{ 'x-api-key': 'sk-ant-api03-made-up' }, bearer('sk-ant-api03-made-up')]) {
      const response = await fetch(`${emulator.apiUrl}/v1/models`, { headers: { ...version, ...headers } })
      expect(await responseOf(response)).toMatchObject({
        status: 401,
        body: { error: { type: 'authentication_error', message: 'invalid x-api-key' } },
      })
    }
  })

  it('gives each response its own request id', async () => {
    const ids = await Promise.all(
      Array.from({ length: 3 }, async () =>
        (await responseOf(await fetch(emulator.endpoints.profile))).headers.get('request-id'),
      ),
    )
    expect(new Set(ids).size).toBe(3)
  })
})
