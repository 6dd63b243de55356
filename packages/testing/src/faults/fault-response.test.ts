import { request as httpRequest } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type JsonResponse, responseOf, getProfile, logIn, refresh } from '../../test/raw-login.ts'
import { type Emulator, type Fault, type FaultEndpoint, startEmulator } from '../index.ts'

let emulator: Emulator
let refreshToken: string
let accessToken: string

beforeEach(async () => {
  emulator = await startEmulator()
  ;({ refreshToken, accessToken } = await logIn(emulator))
})

afterEach(async () => emulator.close())

/** Whether the refresh token was used up. Only a fault that processes the request does that. */
const wasProcessed = async (): Promise<boolean> => {
  emulator.faults.clear()
  return (await refresh(emulator, refreshToken)).status === 400
}

const meet = async (fault: Fault): Promise<JsonResponse> => {
  emulator.faults.next('token', fault)
  return refresh(emulator, refreshToken)
}

const meetRaw = async (fault: Fault): Promise<Response> => {
  emulator.faults.next('token', fault)
  const body = JSON.stringify({ grant_type: 'refresh_token', refresh_token: refreshToken, client_id: CLIENT })
  const headers = { 'content-type': 'application/json' }
  return fetch(emulator.endpoints.token, { method: 'POST', body, headers, redirect: 'manual' })
}
const CLIENT = '9d1c250a-e61b-44d9-88ed-5944d1962f5e'

describe('a fault', () => {
  it('applies to one request with next(), to all with always(), and to none after clear()', async () => {
    const { faults } = emulator
    faults.always('profile', { type: 'server_error' })
    faults.next('profile', { type: 'rate_limit' })
    faults.next('profile', { type: 'html', status: 403 })
    const statuses: number[] = []
    for (let count = 0; count < 4; count++) {
      statuses.push((await fetch(emulator.endpoints.profile)).status)
    }
    expect(statuses).toEqual([429, 403, 500, 500])
    faults.clear()
    expect((await getProfile(emulator, accessToken)).status).toBe(200)
  })

  it('applies only to its endpoint', async () => {
    const paths: Readonly<Record<FaultEndpoint, string>> = {
      token: '/v1/oauth/token',
      apiKey: '/api/oauth/claude_cli/create_api_key',
      profile: '/api/oauth/profile',
      revoke: '/v1/oauth/token/revoke',
      messages: '/v1/messages',
    }
    for (const [endpoint, path] of Object.entries(paths) as [FaultEndpoint, string][]) {
      emulator.faults.next(endpoint, { type: 'server_error', status: 599 })
      expect((await fetch(emulator.apiUrl + path)).status, endpoint).toBe(599)
    }
  })

  it('delays a response', async () => {
    const startedAt = performance.now()
    expect((await meet({ type: 'delay', ms: 60 })).status).toBe(200)
    expect(performance.now() - startedAt).toBeGreaterThan(55)
    expect(await wasProcessed()).toBe(true)
  })

  it('sends a response byte by byte', async () => {
    emulator.faults.next('token', { type: 'drip', intervalMs: 1 })
    const chunks = await new Promise<number>((resolve, reject) => {
      const outgoing = httpRequest(emulator.endpoints.token, { method: 'POST' }, (response) => {
        let count = 0
        response.on('data', () => count++).on('end', () => resolve(count))
      })
      outgoing.on('error', reject).end('{}')
    })
    expect(chunks).toBeGreaterThan(20)
  })

  it('resets the connection before the request is processed', async () => {
    await expect(meet({ type: 'reset_before' })).rejects.toThrow('fetch failed')
    expect(await wasProcessed()).toBe(false)
  })

  it('resets the connection after the request was processed', async () => {
    await expect(meet({ type: 'reset_after' })).rejects.toThrow('fetch failed')
    expect(await wasProcessed()).toBe(true)
  })

  it('never responds, although the request was processed', async () => {
    emulator.faults.next('token', { type: 'no_answer' })
    const signal = AbortSignal.timeout(150)
    const body = JSON.stringify({
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      client_id: CLIENT,
    })
    const headers = { 'content-type': 'application/json' }
    const pending = fetch(emulator.endpoints.token, { method: 'POST', body, headers, signal })
    await expect(pending).rejects.toMatchObject({ name: 'TimeoutError' })
    expect(await wasProcessed()).toBe(true)
  })

  it.each([301, 302, 303, 307, 308] as const)('redirects with %i', async (status) => {
    const response = await meetRaw({ type: 'redirect', status, location: 'https://evil.example/token' })
    expect([response.status, response.headers.get('location')]).toEqual([
      status,
      'https://evil.example/token',
    ])
    expect(await wasProcessed()).toBe(false)
  })

  it.each([
    [undefined, null],
    [7, '7'],
    ['Wed, 21 Oct 2026 07:28:00 GMT', 'Wed, 21 Oct 2026 07:28:00 GMT'],
  ])('limits the rate, with Retry-After %j', async (retryAfter, header) => {
    const { status, headers, body } = await meet({ type: 'rate_limit', retryAfter })
    expect([status, headers.get('retry-after')]).toEqual([429, header])
    expect(body).toMatchObject({ type: 'error', error: { type: 'rate_limit_error' } })
    expect(await wasProcessed()).toBe(false)
  })

  it('responds with a server error', async () => {
    const { status, headers, body } = await meet({ type: 'server_error', status: 503, retryAfter: 3 })
    expect([status, headers.get('retry-after')]).toEqual([503, '3'])
    expect(body).toMatchObject({ type: 'error' })
  })

  it.each([403, 502])('responds with a page and %i', async (status) => {
    const response = await meetRaw({ type: 'html', status })
    expect([response.status, response.headers.get('content-type')]).toEqual([
      status,
      'text/html; charset=utf-8',
    ])
    expect(await response.text()).toMatch(/^<!doctype html>/)
    expect(await wasProcessed()).toBe(false)
  })

  it('responds with the given number of bytes', async () => {
    const response = await meetRaw({ type: 'oversize', bytes: 2_000_000 })
    expect(await response.text()).toHaveLength(2_000_000)
  })

  it('responds with a gzip bomb', async () => {
    const response = await meetRaw({ type: 'gzip_bomb', bytes: 5_000_000 })
    expect(response.headers.get('content-encoding')).toBe('gzip')
    expect(await response.text()).toHaveLength(5_000_000)
  })

  it('responds with the given body', async () => {
    const response = await meetRaw({ type: 'body', status: 201, contentType: 'text/plain', body: '{"access' })
    expect([response.status, await response.text()]).toEqual([201, '{"access'])
    expect(response.headers.get('content-type')).toBe('text/plain')
  })

  it('changes and removes members of the response', async () => {
    const { body } = await meet({
      type: 'changed_answer',
      merge: { expires_in: '1h', token_type: 7 },
      omit: ['scope'],
    })
    expect([body['expires_in'], body['token_type'], 'scope' in body]).toEqual(['1h', 7, false])
    expect(body['access_token']).toMatch(/^sk-ant-oat01-/)
  })

  it('silently drops a scope', async () => {
    const { body } = await meet({ type: 'dropped_scope', scopes: ['org:create_api_key'] })
    expect(body['scope']).toBe('user:profile user:inference')
    const headers = { authorization: `Bearer ${String(body['access_token'])}` }
    const refused = await fetch(emulator.endpoints.apiKey, {
      method: 'POST',
      body: '{}',
      headers: { ...headers, 'content-type': 'application/json' },
    })
    expect([refused.status, (await responseOf(refused)).body['error']]).toMatchObject([
      403,
      { type: 'permission_error' },
    ])
  })

  it('keeps the refresh token', async () => {
    const { body } = await meet({ type: 'no_rotation' })
    expect('refresh_token' in body).toBe(false)
    expect(await wasProcessed()).toBe(false)
  })

  it('logs in to another organization', async () => {
    const { body } = await meet({ type: 'other_organization' })
    expect(body['organization']).toEqual({
      uuid: 'f3a9c1d7-5e20-4b68-9d34-0c7e81b2a6f5',
      name: 'Other Organization',
    })
    const profile = await getProfile(emulator, String(body['access_token']))
    expect(profile.body['organization']).toMatchObject({ uuid: 'f3a9c1d7-5e20-4b68-9d34-0c7e81b2a6f5' })
  })

  it('logs in to the organization and the workspace that it names', async () => {
    const organization = await meet({ type: 'other_organization', id: 'b', name: 'B' })
    expect(organization.body['organization']).toEqual({ uuid: 'b', name: 'B' })
    refreshToken = String(organization.body['refresh_token'])
    const workspace = await meet({ type: 'other_workspace', id: 'w', name: 'W' })
    expect(workspace.body['workspace']).toEqual({ id: 'w', name: 'W' })
    expect(workspace.body['organization']).toEqual({ uuid: 'b', name: 'B' })
  })

  it('refuses the token of a subscription in the words of the API, whatever the request is', async () => {
    const ask = async (fault: Fault): Promise<Response> => {
      emulator.faults.next('messages', fault)
      const headers = { authorization: `Bearer ${accessToken}` }
      return fetch(`${emulator.apiUrl}/v1/messages`, { method: 'POST', headers })
    }
    const response = await ask({ type: 'subscription_refused' })
    expect(response.status).toBe(400)
    expect(await response.json()).toEqual({
      type: 'error',
      error: {
        type: 'invalid_request_error',
        message:
          'This credential is only authorized for use with Claude Code and cannot be used for other API requests.',
      },
      request_id: response.headers.get('request-id'),
    })
    const paid = await ask({ type: 'subscription_refused', wording: 'extra_usage' })
    expect([paid.status, await paid.text()]).toEqual([
      400,
      expect.stringContaining('Third-party apps now draw from your extra usage, not your plan limits.'),
    ])
  })

  it.each([
    ['token', { type: 'explode' }],
    ['tokens', { type: 'delay', ms: 1 }],
    ['token', { type: 'delay' }],
    ['token', { type: 'delay', ms: '1' }],
    ['token', { type: 'other_organization', id: 1 }],
    ['token', { type: 'other_workspace', name: null }],
    ['messages', { type: 'subscription_refused', wording: 'other' }],
    ['token', { type: 'redirect', location: 'a\r\nb' }],
    ['token', null],
  ])('is refused when it is set, not when it applies: %s %j', (endpoint, fault) => {
    expect(() => emulator.faults.next(endpoint as FaultEndpoint, fault as Fault)).toThrow(TypeError)
    expect(() => emulator.faults.always(endpoint as FaultEndpoint, fault as Fault)).toThrow(TypeError)
  })

  it('refuses to create a key until the organization is verified, as the API does', async () => {
    const ask = async (fault: Fault): Promise<JsonResponse> => {
      emulator.faults.next('apiKey', fault)
      const headers = { authorization: `Bearer ${accessToken}` }
      return responseOf(await fetch(emulator.endpoints.apiKey, { method: 'POST', headers }))
    }
    const message = 'Your organization must be verified before it can create API keys.'
    expect(await ask({ type: 'verification_required' })).toMatchObject({
      status: 403,
      body: {
        type: 'error',
        error: {
          type: 'permission_error',
          message,
          details: {
            error_code: 'verification_required',
            wording: message,
            admin_required: false,
            remediation_url: 'https://platform.claude.com/settings/verification',
          },
        },
      },
    })
    const fault = {
      type: 'verification_required',
      adminRequired: true,
      remediationUrl: 'https://help.example/',
    } as const
    expect((await ask(fault)).body['error']).toMatchObject({
      details: { admin_required: true, remediation_url: 'https://help.example/' },
    })
  })
})
