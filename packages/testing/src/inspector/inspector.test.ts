import { request } from 'node:http'
import { OAuthClient } from '@anthropic-auth/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { getProfile, logIn, refresh } from '../../test/raw-login.ts'
import { startEmulator, type Emulator } from '../index.ts'

let emulator: Emulator
let host: string

beforeEach(async () => {
  emulator = await startEmulator()
  ;({ host } = new URL(emulator.url))
})
afterEach(async () => emulator.close())

interface Reply {
  readonly status: number
  readonly text: string
}

/** Sends what a browser sends with a button of the page, unless headers say something else. */
function press(
  fields: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
): Promise<Reply> {
  return send(
    'POST',
    '/inspector/actions',
    { origin: `http://${host}`, ...headers },
    new URLSearchParams(fields).toString(),
  )
}

/** Doesn't use `fetch`, which sets Host and Sec-Fetch-Site itself. */
function send(
  method: string,
  path: string,
  headers: Readonly<Record<string, string>>,
  body = '',
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const sent = request(emulator.url + path, { method, headers, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (part: string) => (text += part))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    sent.on('error', reject).end(body)
  })
}

const page = async (): Promise<string> => (await fetch(emulator.inspectorUrl)).text()

describe('the inspector', () => {
  it('stands at the root, and its own requests are not recorded', async () => {
    expect(emulator.inspectorUrl).toBe(`${emulator.url}/`)
    const response = await fetch(emulator.inspectorUrl)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+'; connect-src 'self'; img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'$/,
    )
    await press({ action: 'hold' })
    expect(emulator.requests).toEqual([])
  })

  it('shows each request of a login with its step, and escapes what was sent', async () => {
    await logIn(emulator)
    await fetch(`${emulator.url}/v1/<script>?a=<b>`)
    const text = await page()
    for (const step of [
      'Authorization request',
      'The user&#39;s decision',
      'Code exchange',
      'Unknown address',
    ]) {
      expect(text).toContain(step)
    }
    expect(text).not.toContain('<b>')
  })

  it('says why a code exchange was refused, and which value was expected', async () => {
    const client = new OAuthClient({ endpoints: emulator.endpoints })
    const flow = client.startFlow('console')
    const response = await emulator.approve(flow.authorizationUrl)
    const { verifier } = client.startFlow('console')
    await expect(client.exchangeCode(response, { ...flow, verifier })).rejects.toMatchObject({
      code: 'oauth_error',
    })
    const text = await page()
    expect(text).toContain('Refused: Invalid &#39;code_verifier&#39; in request.')
    expect(text).toContain('The verifier belongs to a different challenge.')
    expect(text).toContain(new URL(flow.authorizationUrl).searchParams.get('code_challenge'))
  })

  it('names the registered redirect URIs when another one is refused', async () => {
    const client = new OAuthClient({
      endpoints: emulator.endpoints,
      redirectUri: 'http://127.0.0.1:80/callback',
    })
    await fetch(client.startFlow('console').authorizationUrl)
    const text = await page()
    expect(text).toContain('redirect_uri not supported by client')
    expect(text).toContain('http://localhost:*/callback')
  })
})

describe('the buttons of the inspector', () => {
  it('expire, end and revoke one login', async () => {
    const [first, second] = [await logIn(emulator), await logIn(emulator)]
    expect((await press({ action: 'expire', login: '1' })).status).toBe(303)
    expect((await getProfile(emulator, first.accessToken)).status).toBe(401)
    expect((await getProfile(emulator, second.accessToken)).status).toBe(200)
    await press({ action: 'end', login: '1' })
    expect((await refresh(emulator, first.refreshToken)).body['error_description']).toBe(
      'Refresh token expired',
    )
    await press({ action: 'revoke', login: '2' })
    expect((await getProfile(emulator, second.accessToken)).status).toBe(401)
  })

  it('put the account on hold, and lift the hold', async () => {
    const { accessToken } = await logIn(emulator)
    await press({ action: 'hold' })
    expect((await getProfile(emulator, accessToken)).status).toBe(403)
    expect(await page()).toContain('Lift the hold')
    await press({ action: 'lift-hold' })
    expect((await getProfile(emulator, accessToken)).status).toBe(200)
  })

  it('add faults and clear them', async () => {
    const { accessToken } = await logIn(emulator)
    const fault = '{"type":"rate_limit"}'
    await press({ action: 'fault-always', endpoint: 'profile', fault })
    await press({ action: 'fault-next', endpoint: 'profile', fault, custom: '{"type":"html","status":502}' })
    const statuses = [await status(accessToken), await status(accessToken), await status(accessToken)]
    expect(statuses).toEqual([502, 429, 429])
    await press({ action: 'clear-fault', id: '1' })
    expect(await status(accessToken)).toBe(200)
    await press({ action: 'fault-always', endpoint: 'profile', fault })
    await press({ action: 'clear-faults' })
    expect(await status(accessToken)).toBe(200)
  })

  const status = async (accessToken: string): Promise<number> =>
    (await fetch(emulator.endpoints.profile, { headers: { authorization: `Bearer ${accessToken}` } })).status

  it.each([
    [{ action: 'no-such-action' }, 'There is no such action.'],
    [{ action: 'toString' }, 'There is no such action.'],
    [{ action: 'fault-next', endpoint: 'token', fault: '{' }, 'The fault is not valid JSON.'],
    [
      { action: 'fault-next', endpoint: 'nowhere', fault: '{}' },
      'The endpoint of a fault must be one of token',
    ],
    [{ action: 'fault-next', endpoint: 'token', fault: 'null' }, 'The type of a fault must be one of delay'],
    [
      { action: 'fault-next', endpoint: 'token', fault: '{"type":"delay"}' },
      'missing or malformed member ms',
    ],
  ])('refuse %j', async (fields, message) => {
    const reply = await press(fields)
    expect(reply.status).toBe(400)
    expect(reply.text).toContain(message)
  })

  it('clear the list of requests', async () => {
    await logIn(emulator)
    await press({ action: 'clear-requests' })
    expect(emulator.requests).toEqual([])
  })
})

describe('requests of other pages to the inspector', () => {
  it.each<[string, () => Readonly<Record<string, string>>]>([
    ['from another site', () => ({ origin: 'https://evil.example' })],
    ['from another port of this machine', () => ({ origin: 'http://127.0.0.1:1' })],
    ['from a sandboxed frame', () => ({ origin: 'null' })],
    ['by https', () => ({ origin: `https://${host}` })],
    ['with another loopback name', () => ({ origin: `http://localhost:${host.split(':')[1]}` })],
    ['that say to be cross-site', () => ({ 'sec-fetch-site': 'cross-site' })],
    ['that say to be same-site', () => ({ 'sec-fetch-site': 'same-site' })],
  ])('change nothing %s', async (_, headers) => {
    expect((await press({ action: 'hold' }, headers())).status).toBe(403)
    expect(await page()).toContain('Put on hold')
  })

  it('change nothing without an Origin', async () => {
    expect((await send('POST', '/inspector/actions', {}, 'action=hold')).status).toBe(403)
    expect(await page()).toContain('Put on hold')
  })

  it('are refused when another name resolves to this machine', async () => {
    const rebound = {
      host: `evil.example:${host.split(':')[1]}`,
      origin: `http://evil.example:${host.split(':')[1]}`,
    }
    expect((await press({ action: 'hold' }, rebound)).status).toBe(421)
    expect((await send('GET', '/', { host: rebound.host })).status).toBe(421)
    expect((await send('GET', '/inspector/events', { host: rebound.host })).status).toBe(421)
    expect(await page()).toContain('Put on hold')
  })

  it('are refused with a Host of another port', async () => {
    const other = { host: '127.0.0.1:1', origin: 'http://127.0.0.1:1' }
    expect((await press({ action: 'hold' }, other)).status).toBe(403)
    expect((await send('GET', '/inspector/events', { host: other.host })).status).toBe(403)
  })

  it("can't read the stream of events", async () => {
    const headers = { 'sec-fetch-site': 'cross-site' }
    expect((await send('GET', '/inspector/events', headers)).status).toBe(403)
  })

  it('do nothing by GET', async () => {
    expect((await send('GET', '/inspector/actions?action=hold', { origin: `http://${host}` })).status).toBe(
      404,
    )
  })
})
