import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { authorizationUrl, getProfile, logIn, postJson, startLogin } from '../../test/raw-login.ts'
import { startEmulator, type Emulator, type Fault } from '../index.ts'

let emulator: Emulator

beforeEach(async () => {
  emulator = await startEmulator()
})
afterEach(async () => emulator.close())

/** The response part of the last request, as text: one line for each element. */
async function lastResponse(): Promise<readonly string[]> {
  const page = await (await fetch(emulator.inspectorUrl)).text()
  const row = page.split(`<li id="request-${emulator.requests.length}"`)[1]?.split('</li>')[0] ?? ''
  const part = /<h4>Response: [^]*?(?=<h4>Request headers)/.exec(row)?.[0] ?? ''
  return part
    .replaceAll(/<[^>]*>/g, '\n')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
}

async function profileWith(fault: Fault): Promise<readonly string[]> {
  emulator.faults.next('profile', fault)
  const { accessToken } = await logIn(emulator)
  const headers = { authorization: `Bearer ${accessToken}` }
  await fetch(emulator.endpoints.profile, { headers, redirect: 'manual' }).then(
    async (response) => response.text().catch(() => ''),
    () => '',
  )
  return lastResponse()
}

const REQUEST_ID = expect.stringMatching(/^req_/) as string

describe('the response', () => {
  it('has its status, its own headers, and its decoded body', async () => {
    const { accessToken, refreshToken } = await logIn(emulator)
    const lines = await lastResponse()
    expect(lines.slice(0, 9)).toEqual([
      'Response: 200 OK',
      'request-id',
      REQUEST_ID,
      'content-type',
      'application/json',
      'Response body',
      'token_type',
      'Bearer',
      'access_token',
    ])
    expect(lines).toContain(accessToken)
    expect(lines).toContain(refreshToken)
  })

  it('has the error that was sent', async () => {
    await getProfile(emulator, 'unknown')
    const lines = await lastResponse()
    expect(lines).toContain('Response: 401 Unauthorized')
    expect(lines).toContain('www-authenticate')
    expect(lines).toContain('"message": "Invalid bearer token"')
  })

  it('has the location of a redirect, and its parameters', async () => {
    const login = startLogin(emulator, { redirect_uri: 'http://localhost:1/callback' })
    const redirect = await emulator.approve(authorizationUrl(emulator, login.parameters))
    const lines = await lastResponse()
    expect(lines).toContain('Response: 303 See Other')
    expect(lines.slice(lines.indexOf('location'))).toEqual([
      'location',
      redirect,
      'Parameters of the location',
      'code',
      new URL(redirect).searchParams.get('code'),
      'state',
      login.parameters['state'],
    ])
  })

  it('has the beginning of an event stream', async () => {
    const { accessToken } = await logIn(emulator)
    await fetch(`${emulator.apiUrl}/v1/messages`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${accessToken}`,
        'anthropic-version': '2023-06-01',
        'anthropic-beta': 'oauth-2025-04-20',
        'content-type': 'application/json',
      },
      body: JSON.stringify({
        model: 'claude',
        max_tokens: 1,
        messages: [{ role: 'user', content: 'Hi' }],
        stream: true,
      }),
    }).then((response) => response.text())
    const lines = await lastResponse()
    expect(lines).toContain('text/event-stream; charset=utf-8')
    expect(lines).toContain('event: message_start')
    expect(lines).toContain('event: message_stop')
  })

  it.each<[Fault, readonly unknown[]]>([
    [{ type: 'rate_limit', retryAfter: 7 }, ['Response: 429 Too Many Requests', 'retry-after', '7']],
    [{ type: 'html', status: 502 }, ['Response: 502 Bad Gateway', 'text/html; charset=utf-8', '502']],
    [{ type: 'body', body: '{"a":', status: 200 }, ['Response body', '{"a":']],
    [{ type: 'body', body: '<b>bold</b>' }, ['Response body', '&lt;b&gt;bold&lt;/b&gt;']],
    [{ type: 'redirect', location: 'https://example.com/' }, ['location', 'https://example.com/']],
    [{ type: 'drip', intervalMs: 1 }, ['Response: 200 OK', '"email": "person@example.com",']],
    [{ type: 'oversize', bytes: 1_000_000 }, ['(the beginning of 1000000 characters)']],
    [{ type: 'gzip_bomb', bytes: 1_000_000 }, [expect.stringMatching(/^\d+ bytes, compressed: gzip$/)]],
  ])('has the response of the fault %j', async (fault, expected) => {
    expect(await profileWith(fault)).toEqual(expect.arrayContaining([...expected]))
  })

  it.each<Fault>([{ type: 'reset_before' }, { type: 'reset_after' }])(
    'is missing after the fault %j',
    async (fault) => {
      expect(await profileWith(fault)).toEqual([])
    },
  )

  it("equals the client's response, byte by byte", async () => {
    const { body } = await postJson(emulator.endpoints.token, {
      grant_type: 'password',
      client_id: 'unknown',
    })
    const lines = await lastResponse()
    expect(lines.slice(-4)).toEqual(['error', body['error'], 'error_description', body['error_description']])
  })
})
