import { describe, expect, it } from 'vitest'
import { sendBytes, statusLineFor, visit } from '../test/visit.ts'
import { QUERY, CODE, OTHER_STATE, startWaiting, STATE } from '../test/waiting-server.ts'
import type { CallbackServer } from './callback-server.ts'

const EXPECTED = { code: CODE, state: STATE }

/** Checks that the real response still counts. */
async function expectStillWaiting(server: CallbackServer): Promise<void> {
  expect((await visit(`${server.redirectUri}${QUERY}`)).status).toBe(200)
  await expect(server.waitForCallback()).resolves.toEqual(EXPECTED)
}

describe('the callback server', () => {
  it.each([
    'localhost',
    'LocalHost:1',
    'localhost:54545',
    '127.0.0.1',
    '127.0.0.1:65535',
    '[::1]',
    '[::1]:8080',
  ])('accepts the host %s, with any port', async (host) => {
    const server = await startWaiting()
    expect((await visit(`${server.redirectUri}${QUERY}`, { headers: { host } })).status).toBe(200)
  })

  it.each([
    'evil.example',
    'localhost.evil.example',
    'evil.localhost',
    'notlocalhost',
    'localhost.',
    'evil.example:80',
    'localhost:',
    'localhost:x',
    'localhost@evil.example',
    '127.0.0.2',
    '127.1',
    '0.0.0.0',
    '[::]',
    '::1',
    '[::ffff:127.0.0.1]',
    '192.168.0.1',
    ' ',
  ])('refuses the host %j', async (host) => {
    const server = await startWaiting()
    expect((await visit(`${server.redirectUri}${QUERY}`, { headers: { host } })).status).toBe(421)
    await expectStillWaiting(server)
  })

  it.each([
    ['without a host in HTTP/1.0', 'HTTP/1.0'],
    ['without a host in HTTP/1.1', 'HTTP/1.1'],
    ['with two hosts', 'HTTP/1.1\r\nHost: localhost\r\nHost: evil.example'],
    ['with two hosts, the right one last', 'HTTP/1.1\r\nHost: evil.example\r\nhost: localhost'],
    ['with the same host twice', 'HTTP/1.1\r\nHost: localhost\r\nHost: localhost'],
  ])('refuses %s', async (_what, rest) => {
    const server = await startWaiting()
    const head = `GET /callback${QUERY} ${rest}`
    expect(await statusLineFor(server.port, head)).toBe('HTTP/1.1 421 Misdirected Request')
    await expectStillWaiting(server)
  })

  it.each([
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: '' },
    { origin: 'http://localhost:1' },
    { 'sec-fetch-mode': 'cors' },
    { 'sec-fetch-mode': 'no-cors' },
    { 'sec-fetch-mode': 'same-origin' },
    { 'sec-fetch-mode': 'websocket' },
    { 'sec-fetch-mode': 'navigate, cors' },
    { 'sec-fetch-mode': '' },
    ...['iframe', 'frame', 'fencedframe', 'object', 'embed', 'empty', 'image', 'script', ''].map(
      (destination) => ({
        'sec-fetch-mode': 'navigate',
        'sec-fetch-dest': destination,
      }),
    ),
    { 'sec-fetch-dest': 'iframe' },
    { 'sec-fetch-dest': 'document, iframe' },
    { 'sec-purpose': 'prefetch' },
    { 'sec-purpose': 'prefetch;prerender' },
    { purpose: 'prefetch' },
    { 'x-purpose': 'preview' },
    { 'x-moz': 'prefetch' },
  ])('refuses %j, without touching the flow', async (headers) => {
    const server = await startWaiting()
    expect((await visit(`${server.redirectUri}${QUERY}`, { headers })).status).toBe(403)
    await expectStillWaiting(server)
  })

  it('accepts a navigation, even if it names the server itself as its origin', async () => {
    const server = await startWaiting()
    const origin = `http://localhost:${server.port}`
    const headers = { origin, 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }
    expect((await visit(`${server.redirectUri}${QUERY}`, { headers })).status).toBe(200)
  })

  it.each(['HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'PROPFIND'])(
    'refuses %s, and says that it accepts GET',
    async (method) => {
      const server = await startWaiting()
      const response = await visit(`${server.redirectUri}${QUERY}`, { method })
      expect(response.status).toBe(405)
      expect(response.headers.allow).toBe('GET')
      await expectStillWaiting(server)
    },
  )

  it.each([
    `/${QUERY}`,
    `/callback/${QUERY}`,
    `/Callback${QUERY}`,
    `/callbac%6B${QUERY}`,
    `/callback;x${QUERY}`,
    `/callback%3F${QUERY.slice(1)}`,
    `/callback#${QUERY}`,
    `/a/../callback${QUERY}`,
    `/./callback${QUERY}`,
    `//callback${QUERY}`,
    `//evil.example/callback${QUERY}`,
    `http://evil.example/callback${QUERY}`,
    `http://localhost/callback${QUERY}`,
    '/favicon.ico',
    '/callback-other',
    '*',
  ])('has nothing at %s', async (target) => {
    const server = await startWaiting()
    const head = `GET ${target} HTTP/1.1\r\nHost: localhost`
    expect(await statusLineFor(server.port, head)).toBe('HTTP/1.1 404 Not Found')
    await expectStillWaiting(server)
  })

  it('has nothing at the default path when another path was set', async () => {
    const server = await startWaiting({ path: '/oauth/callback' })
    expect((await visit(`http://localhost:${server.port}/callback${QUERY}`)).status).toBe(404)
    await expectStillWaiting(server)
  })

  it.each([
    ['nothing', ''],
    ['an empty query', '?'],
    ['a code alone', `?code=${CODE}`],
    ['a state alone', `?state=${STATE}`],
    ['an empty state', `?code=${CODE}&state=`],
    ['another state', `?code=${CODE}&state=${OTHER_STATE}`],
    ['half of the state', `?code=${CODE}&state=${STATE.slice(0, 20)}`],
    ['an empty code', `?code=&state=${STATE}`],
    ['a code twice', `?code=${CODE}&code=${CODE}&state=${STATE}`],
    ['a state twice', `?code=${CODE}&state=${STATE}&state=${STATE}`],
    ['a state twice, one of them wrong', `?code=${CODE}&state=${OTHER_STATE}&state=${STATE}`],
    ['a code with a space', `?code=a+b&state=${STATE}`],
    ['a code with bytes that are no text', `?code=%FF%FE&state=${STATE}`],
    ['a code with a line break', `?code=a%0D%0Ab&state=${STATE}`],
    ['a code that is too long', `?code=${'a'.repeat(9000)}&state=${STATE}`],
    ['an error alone', '?error=access_denied'],
    ['an error with another state', `?error=access_denied&state=${OTHER_STATE}`],
    ['an error with an empty state', '?error=access_denied&state='],
    [
      'an account on hold with another state',
      `?error=access_denied&error_description=account_on_hold&state=${OTHER_STATE}`,
    ],
    ['an error twice', `?error=access_denied&error=server_error&state=${STATE}`],
    ['an empty error', `?error=&state=${STATE}`],
    ['an error of no text', `?error=%00&state=${STATE}`],
    ['an error that is not ASCII', `?error=%C3%A9&state=${STATE}`],
    ['an error with a quote', `?error=%22&state=${STATE}`],
    ['the login link itself', `${QUERY}&response_type=code&code_challenge=x`],
  ])('refuses %s, and goes on waiting', async (_what, query) => {
    const server = await startWaiting()
    expect((await visit(`${server.redirectUri}${query}`)).status).toBe(400)
    await expectStillWaiting(server)
  })

  it('shows the same bytes for every failure', async () => {
    const server = await startWaiting()
    const { redirectUri, port } = server
    const responses = await Promise.all([
      visit(`${redirectUri}?code=x&state=${OTHER_STATE}`),
      visit(`${redirectUri}?code=&state=${STATE}`),
      visit(`${redirectUri}${QUERY}`, { headers: { host: 'evil.example' } }),
      visit(`${redirectUri}${QUERY}`, { headers: { origin: 'https://evil.example' } }),
      visit(redirectUri, { method: 'POST' }),
      visit(`http://localhost:${port}/<marker>`),
    ])
    const denied = await visit(`${redirectUri}?error=access_denied&state=${STATE}`)
    await expect(server.waitForCallback()).rejects.toMatchObject({ code: 'authorization_denied' })
    expect(responses.map(({ status }) => status)).toEqual([400, 400, 421, 403, 405, 404])
    expect(denied.status).toBe(200)
    expect(new Set([...responses, denied].map(({ body }) => body)).size).toBe(1)
    expect(denied.body).toContain('<h1>Login not completed</h1>')
  })

  it('responds to HEAD without a body', async () => {
    const { port } = await startWaiting()
    const received = await sendBytes(port, 'HEAD /callback HTTP/1.1\r\nHost: localhost\r\n\r\n')
    expect(received.endsWith('\r\n\r\n')).toBe(true)
    expect(received).not.toContain('<')
  })

  it.each(['100-continue', 'the-unexpected'])(
    'treats a request that expects %s like any other',
    async (expect_) => {
      const server = await startWaiting()
      const head = `GET /callback${QUERY} HTTP/1.1\r\nHost: localhost\r\nExpect: ${expect_}`
      expect(await statusLineFor(server.port, head)).toBe('HTTP/1.1 200 OK')
      await expect(server.waitForCallback()).resolves.toEqual(EXPECTED)
    },
  )

  it('accepts a request with the cookies of other programs on localhost', async () => {
    const server = await startWaiting()
    const headers = { cookie: `other=${'x'.repeat(30_000)}` }
    expect((await visit(`${server.redirectUri}${QUERY}`, { headers })).status).toBe(200)
  })
})
