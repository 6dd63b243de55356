import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { authorizationUrl, exchangeBody, postJson, startLogin } from '../../test/raw-login.ts'
import { type Emulator, startEmulator } from '../index.ts'

const ANT_CLIENT_ID = '41077d10-94b8-4194-be48-d251e9eb21b4'

let emulator: Emulator

beforeAll(async () => {
  emulator = await startEmulator({
    clients: [
      { id: 'exact', redirectUris: ['https://app.example/callback'] },
      {
        id: 'native',
        redirectUris: [
          'http://127.0.0.1:*/cb',
          'com.example.app:/callback',
          'vscode://publisher.extension/callback',
        ],
      },
    ],
  })
})

afterAll(async () => emulator.close())

const ask = async (
  changes: Readonly<Record<string, string>>,
  without: readonly string[] = [],
): Promise<Response> => {
  const { parameters } = startLogin(emulator, changes)
  const kept = Object.fromEntries(Object.entries(parameters).filter(([name]) => !without.includes(name)))
  return fetch(authorizationUrl(emulator, kept), { redirect: 'manual' })
}

describe('the authorization endpoint', () => {
  it.each([
    ['client_id', {}, 'The parameter client_id is missing.'],
    ['redirect_uri', {}, 'The parameter redirect_uri is missing.'],
    ['response_type', {}, 'The parameter response_type is missing.'],
    ['code_challenge', {}, 'PKCE is required'],
    ['code_challenge_method', {}, 'it must be S256'],
    ['state', {}, 'The parameter state is missing.'],
    ['scope', {}, 'The parameter scope is missing.'],
  ])('refuses a request without %s, with a page and no redirect', async (name, changes, reason) => {
    const response = await ask(changes, [name])
    expect(response.status).toBe(400)
    expect(response.headers.get('location')).toBeNull()
    expect(response.headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(await response.text()).toContain(reason)
  })

  it.each([
    ['an unknown client', { client_id: 'unknown' }],
    ['a redirect URI that is not registered', { redirect_uri: 'https://evil.example/' }],
    ['a redirect URI of another path', { redirect_uri: 'http://localhost:8080/other' }],
    ['a redirect URI of another host', { redirect_uri: 'http://127.0.0.1:8080/callback' }],
    ['a redirect URI with a port that is none', { redirect_uri: 'http://localhost:99999/callback' }],
    ['a redirect URI with userinfo', { redirect_uri: 'http://localhost:1@evil.example/callback' }],
    ['the method plain', { code_challenge_method: 'plain' }],
    ['a challenge that is no SHA-256', { code_challenge: 'short' }],
    ['another response type', { response_type: 'token' }],
    ['a short state', { state: 'short' }],
    ['an unknown scope', { scope: 'user:profile admin' }],
    [
      'a prefix of a registered redirect URI',
      { client_id: 'exact', redirect_uri: 'https://app.example/call' },
    ],
    [
      'a registered redirect URI with a query more',
      { client_id: 'exact', redirect_uri: 'https://app.example/callback?x=1' },
    ],
  ])('refuses %s', async (_name, changes) => {
    const response = await ask(changes)
    expect(response.status).toBe(400)
    expect(response.headers.get('location')).toBeNull()
  })

  it('refuses a repeated parameter, and a verifier as the state', async () => {
    const { parameters, verifier } = startLogin(emulator)
    const twice = await fetch(`${authorizationUrl(emulator, parameters)}&state=${parameters['state']}`)
    expect(twice.status).toBe(400)
    const leaked = await fetch(authorizationUrl(emulator, { ...parameters, state: verifier }))
    expect(leaked.status).toBe(400)
    expect(await leaked.text()).toContain('The state equals the code verifier')
  })

  it.each([
    ['any port of localhost', { redirect_uri: 'http://localhost:8080/callback' }],
    ['an exact redirect URI', { client_id: 'exact', redirect_uri: 'https://app.example/callback' }],
    ['a wildcard port of another client', { client_id: 'native', redirect_uri: 'http://127.0.0.1:5/cb' }],
    [
      'the scheme of an editor',
      { client_id: 'native', redirect_uri: 'vscode://publisher.extension/callback' },
    ],
    ['a private-use scheme', { client_id: 'native', redirect_uri: 'com.example.app:/callback' }],
  ])('asks for consent with %s', async (_name, changes) => {
    const response = await ask(changes)
    expect(response.status).toBe(200)
    expect(await response.text()).toContain('Allow this application')
  })

  it("knows ant's client, which has its own code page", async () => {
    const { codePage } = emulator.endpoints
    const antCodePage = `${codePage}?app=anthropic-cli`
    const ant = { client_id: ANT_CLIENT_ID, redirect_uri: antCodePage }
    expect((await ask(ant, ['code'])).status).toBe(200)
    expect((await ask({ ...ant, scope: 'user:developer' })).status).toBe(200)
    expect((await ask({ ...ant, redirect_uri: 'http://localhost:8080/callback' })).status).toBe(200)
    for (const refused of [
      { ...ant, redirect_uri: codePage },
      { ...ant, redirect_uri: `${antCodePage}&more=1` },
      { ...ant, redirect_uri: `${codePage}?app=anthropic%2Dcli` },
      { redirect_uri: antCodePage },
    ]) {
      const response = await ask(refused)
      expect(response.status).toBe(400)
      expect(await response.text()).toContain('<p id="reason">redirect_uri not supported by client</p>')
    }
  })

  it("says that ant's code page shows a code", async () => {
    const redirectUri = `${emulator.endpoints.codePage}?app=anthropic-cli`
    const page = await ask({ client_id: ANT_CLIENT_ID, redirect_uri: redirectUri })
    expect(await page.text()).toContain('a page that shows a code for you to copy')
  })

  it('escapes what it shows', async () => {
    const response = await ask({ login_hint: '<script>alert(1)</script>"\'&' })
    const page = await response.text()
    expect(page).not.toContain('<script>alert')
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;')
    const refusal = await ask({ client_id: '"><img src=x>' })
    expect(await refusal.text()).not.toContain('<img')
  })

  it('accepts a decision once, and only by POST with the id of its consent page', async () => {
    const { parameters } = startLogin(emulator)
    const url = authorizationUrl(emulator, parameters)
    const page = await (await fetch(url)).text()
    const consent = /name="consent" value="([\w-]+)"/.exec(page)?.[1] ?? ''
    const decide = async (body: Record<string, string>): Promise<Response> =>
      fetch(url, { method: 'POST', body: new URLSearchParams(body), redirect: 'manual' })
    expect((await fetch(`${url}&decision=allow&consent=${consent}`, { redirect: 'manual' })).status).toBe(200)
    expect((await decide({ decision: 'allow', consent: 'made-up' })).status).toBe(400)
    expect((await decide({ decision: 'allow', consent })).headers.get('location')).toContain('code=')
    expect((await decide({ decision: 'allow', consent })).status).toBe(400)
  })

  it('accepts no decision on a consent page that is older than ten minutes', async () => {
    let now = 1_800_000_000_000
    await using aged = await startEmulator({ now: () => now })
    const url = authorizationUrl(aged, startLogin(aged).parameters)
    const decideAfter = async (ms: number): Promise<number> => {
      const consent = /name="consent" value="([\w-]+)"/.exec(await (await fetch(url)).text())?.[1] ?? ''
      now += ms
      const body = new URLSearchParams({ decision: 'allow', consent })
      return (await fetch(url, { method: 'POST', body, redirect: 'manual' })).status
    }
    expect(await decideAfter(599_999)).toBe(303)
    expect(await decideAfter(600_000)).toBe(400)
  })

  it('denies with a redirect that says so', async () => {
    const { parameters } = startLogin(emulator, { redirect_uri: 'http://localhost:8080/callback' })
    const redirect = new URL(await emulator.deny(authorizationUrl(emulator, parameters)))
    expect(redirect.origin + redirect.pathname).toBe('http://localhost:8080/callback')
    expect(redirect.searchParams.get('error')).toBe('access_denied')
    expect(redirect.searchParams.get('error_description')).not.toBe('')
    expect(redirect.searchParams.get('state')).toBe(parameters['state'])
    expect(redirect.searchParams.has('code')).toBe(false)
  })

  it('sends pages with a strict policy that loads nothing from outside', async () => {
    const { headers } = await ask({})
    expect(headers.get('content-security-policy')).toMatch(/^default-src 'none'; style-src 'sha256-[^']+'/)
    expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('referrer-policy')).toBe('no-referrer')
  })

  it('responds only to loopback names', async () => {
    const status = await new Promise((resolve, reject) => {
      httpRequest(`${emulator.url}/v1/models`, { headers: { host: 'evil.example' } }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
        .on('error', reject)
        .end()
    })
    expect(status).toBe(421)
  })
})

describe('the code page', () => {
  it.each([
    ['no code', 'state=b'],
    ['no state', 'code=a'],
    ['two codes', 'code=a&code=b&state=c'],
    ['two states', 'code=a&state=b&state=b'],
    ['a line break', 'code=a%0Ab&state=c'],
  ])('refuses %s', async (_name, query) => {
    expect((await fetch(`${emulator.endpoints.codePage}?${query}`)).status).toBe(400)
  })
})

describe("the code page of ant's client", () => {
  it('shows code#state', async () => {
    const page = await fetch(`${emulator.endpoints.codePage}?app=anthropic-cli&code=a&state=b`)
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('>a#b</output>')])
  })
})

describe('approve()', () => {
  it('returns the code#state of the code page, or any other redirect URL', async () => {
    const page = startLogin(emulator)
    const pasted = await emulator.approve(authorizationUrl(emulator, page.parameters))
    expect(pasted).toMatch(/^[\w-]{43}#/)
    expect(pasted.split('#')[1]).toBe(page.parameters['state'])
    const loopback = startLogin(emulator, { redirect_uri: 'http://localhost:9/callback' })
    const url = new URL(await emulator.approve(authorizationUrl(emulator, loopback.parameters)))
    expect(url.href).toMatch(/^http:\/\/localhost:9\/callback\?code=[\w-]{43}&state=/)
  })

  it("returns the code#state of ant's code page, and its client can log in with it", async () => {
    const ant = { client_id: ANT_CLIENT_ID, redirect_uri: `${emulator.endpoints.codePage}?app=anthropic-cli` }
    const login = startLogin(emulator, ant)
    const pasted = await emulator.approve(authorizationUrl(emulator, login.parameters))
    expect(pasted).toMatch(/^[\w-]{43}#[\w-]{43}$/)
    const body = { ...exchangeBody(login, pasted), client_id: ANT_CLIENT_ID }
    expect((await postJson(emulator.endpoints.token, body)).status).toBe(200)
  })

  it('rejects with the reason of the page, and a foreign URL with a TypeError', async () => {
    const { parameters } = startLogin(emulator, { code_challenge_method: 'plain' })
    await expect(emulator.approve(authorizationUrl(emulator, parameters))).rejects.toThrow('must be S256')
    await expect(emulator.approve('https://claude.ai/oauth/authorize')).rejects.toThrow(TypeError)
    await expect(emulator.deny('not a URL')).rejects.toThrow(TypeError)
  })
})
