import { describe, expect, it } from 'vitest'
import { clientAt, exchange, failureOf } from '../../test/client-call.ts'
import { startRawServer } from '../../test/raw-server.ts'
import { bytes, html, json, redirect, type Reply } from '../../test/reply.ts'
import { OAuthClient } from '../oauth-client.ts'
import { TokenSet } from './token-set.ts'

const TOKENS = json({ access_token: 'new-access-token', refresh_token: 'new-refresh-token' })
const HINT = "set tokenEncoding: 'form'"

/** A server that reads only forms, and refuses JSON with an error of its own kind. */
function formOnly(refusal: Reply): Reply {
  return (response, request) => {
    const isForm = request.headers['content-type'] === 'application/x-www-form-urlencoded'
    if (isForm) TOKENS(response, request)
    else refusal(response, request)
  }
}

const oauth = (error: string, description?: string, status = 400): Reply =>
  json({ error, error_description: description }, { status })

describe('a token request as JSON', () => {
  it.each<readonly [string, Reply]>([
    ['415 without a body', bytes('', { status: 415 })],
    ['415 with a page', html('<h1>Unsupported Media Type</h1>', 415)],
    ['415 with an error', oauth('invalid_request', 'Content-Type must be a form', 415)],
    [
      "415 in a framework's own words",
      json({ status: 415, error: 'Unsupported Media Type' }, { status: 415 }),
    ],
    ['invalid_request', oauth('invalid_request')],
    ['invalid_request, with the content type', oauth('invalid_request', 'only form bodies are supported')],
    ['invalid_request, with the parameter', oauth('invalid_request', 'Missing parameter: grant_type')],
    ['unsupported_grant_type', oauth('unsupported_grant_type', 'grant_type parameter is missing')],
    ['401 invalid_client', oauth('invalid_client', 'No client authentication', 401)],
    ['400 invalid_client', oauth('invalid_client')],
    ['unauthorized_client', oauth('unauthorized_client')],
    ['an error of its own', oauth('invalid_form_data')],
    ['an error with 200', oauth('invalid_form_data', undefined, 200)],
    ['an error with 403', oauth('access_denied', undefined, 403)],
    ['400 without a body', bytes('', { status: 400 })],
    ['400 with a text', bytes('Bad Request', { status: 400, headers: { 'content-type': 'text/plain' } })],
    ['400 with a page', html('<h1>Bad Request</h1>', 400)],
    ['400 with JSON without an error', json({ message: 'missing client id' }, { status: 400 })],
    ['401 without a body', bytes('', { status: 401 })],
    ['422 with JSON', json({ detail: [{ loc: ['body', 'grant_type'] }] }, { status: 422 })],
    ['500 with a page', html('<pre>TypeError: Cannot read properties of undefined</pre>', 500)],
  ])('gets a hint that works when a form-only server refuses it with %s', async (_how, refusal) => {
    const server = await startRawServer(formOnly(refusal))
    const client = clientAt(server)
    for (const call of [exchange(client), client.refreshToken('a-refresh-token')]) {
      const { hint } = await failureOf(call)
      expect(hint).toContain(HINT)
      expect(hint).toMatch(/^[A-Z].*\.$/)
    }
    expect(await exchange(clientAt(server, { tokenEncoding: 'form' }))).toBeInstanceOf(TokenSet)
  })

  it.each<readonly [string, Reply]>([
    ['a code that is not valid', oauth('invalid_grant', 'No such code')],
    ['a scope that is not valid', oauth('invalid_scope')],
    ['a server that has a problem', oauth('server_error')],
    [
      "Anthropic's own error",
      json({ error: { type: 'invalid_request_error', message: 'No' } }, { status: 400 }),
    ],
    ['404', bytes('', { status: 404 })],
    ["a firewall's page", html('<h1>Blocked</h1>', 403)],
    ['a page that is not there', html('<h1>Not Found</h1>', 404)],
    ['502', html('<h1>Bad Gateway</h1>', 502)],
    ['503', bytes('', { status: 503, headers: { 'retry-after': '3600' } })],
    ['429', bytes('', { status: 429, headers: { 'retry-after': '3600' } })],
    ['a redirect', redirect(302, '/login')],
    ['a proxy', bytes('', { status: 407 })],
  ])('gets no hint about the encoding when it was refused for another reason: %s', async (_how, refusal) => {
    const server = await startRawServer(refusal)
    expect((await failureOf(exchange(clientAt(server)))).hint).not.toContain(HINT)
  })

  it('gets no hint about the encoding from Anthropic, whose servers read JSON', async () => {
    for (const token of [
      'https://platform.claude.com/v1/oauth/token',
      'https://api.anthropic.com/v1/oauth/token',
    ]) {
      const fetch = async (): Promise<Response> => Response.json({ error: 'invalid_client' }, { status: 401 })
      const client = new OAuthClient({ fetch, endpoints: { token } })
      expect((await failureOf(exchange(client))).hint).toBe(
        'The server does not know this client id. Check the options clientId and endpoints.',
      )
    }
  })
})

describe('a token request as a form', () => {
  it('gets no hint about the encoding', async () => {
    for (const refusal of [oauth('invalid_request'), bytes('', { status: 415 }), html('', 400)]) {
      const client = clientAt(await startRawServer(refusal), { tokenEncoding: 'form' })
      expect((await failureOf(exchange(client))).hint).not.toContain(HINT)
    }
  })
})

describe('a request to the API', () => {
  it('gets no hint about the encoding', async () => {
    const client = clientAt(await startRawServer(bytes('', { status: 415 })))
    expect((await failureOf(client.createApiKey('a-token'))).hint).not.toContain(HINT)
  })
})
