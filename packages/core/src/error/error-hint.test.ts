import { describe, expect, it } from 'vitest'
import { clientAt, exchange, failureOf } from '../../test/client-call.ts'
import { startRawServer } from '../../test/raw-server.ts'
import { html, json, redirect, type Reply } from '../../test/reply.ts'
import { type InvalidResponseReason, invalidResponse } from '../authorization/authorization-response-error.ts'
import { networkError } from '../http/network-error.ts'
import { OAuthClient } from '../oauth-client.ts'
import { createTokenProvider } from '../provider/token-provider.ts'
import { TokenSet } from '../token/token-set.ts'
import { AnthropicAuthError } from './error.ts'

const COPY_AGAIN =
  'Copy the complete code (code#state) or the whole redirect URL from the browser, and try again.'
const PROXY_PASSWORD =
  'Set the user name and password of the proxy, for example with HTTPS_PROXY=http://user:password@host:port.'

// A record, so that the compiler reports a new reason that is missing here.
const INVALID_RESPONSES: Readonly<Record<InvalidResponseReason, string>> = {
  empty: COPY_AGAIN,
  too_long: COPY_AGAIN,
  characters: 'Copy only the code (code#state), without any words around it, and try again.',
  two_answers: 'Use only one response, the newest.',
  repeated_parameter: 'Use the URL that the browser shows after access was allowed, unchanged.',
  missing_code: `The code is missing. ${COPY_AGAIN}`,
  missing_state: `The state is missing. ${COPY_AGAIN}`,
  authorization_url:
    'Open this link in a browser, allow access, and use the code that the browser then shows.',
  api_key: `Revoke this key or token if others may have seen it. ${COPY_AGAIN}`,
  json: 'Use only the code, in the form code#state.',
  scheme: 'Use the code (code#state), or a URL that begins like the redirectUri of this login.',
  userinfo: 'Use the URL that the browser shows after access was allowed, which has no user name.',
  email_code: 'Type this code into the browser, allow access, and use the code that the browser then shows.',
}

describe('the hint of an error', () => {
  it.each([
    [
      'invalid_grant',
      'The code was used before, has expired, or belongs to another login. Start a new login.',
    ],
    ['invalid_client', 'The server does not know this client id. Check the options clientId and endpoints.'],
    ['unauthorized_client', 'The server does not allow this client to do this. Check the option clientId.'],
    ['invalid_scope', 'Request only scopes that this client id and account are allowed.'],
    ['server_error', 'The server has a problem. Try again later.'],
    ['temporarily_unavailable', 'The server has a problem. Try again later.'],
    [
      'invalid_request',
      'Read errorDescription, check the options clientId, redirectUri, scopes and endpoints, then start a new login.',
    ],
    [
      'constructor',
      'Read errorDescription, check the options clientId, redirectUri, scopes and endpoints, then start a new login.',
    ],
  ])('of an oauth_error explains %s', (reason, hint) => {
    expect(new AnthropicAuthError('oauth_error', 'It failed.', { reason }).hint).toBe(hint)
  })

  it('is the hint of the code when the reason has none', () => {
    const error = new AnthropicAuthError('http_error', 'It failed.', { reason: 'server_error' })
    expect(error.hint).toBe('Check the URL in the endpoints option and any proxy in between, then try again.')
  })

  it.each(Object.entries(INVALID_RESPONSES))('of an invalid response explains %s', (reason, hint) => {
    expect(invalidResponse(reason as InvalidResponseReason)).toMatchObject({ reason, hint })
  })

  it.each([
    [
      'redirect',
      redirect(302, '/elsewhere'),
      'If you trust the new address, set it in the endpoints option.',
    ],
    [
      'html',
      html('<p>Down</p>', 502),
      'The response is a web page, not JSON. Check the URL in the endpoints option, and any proxy or firewall in between.',
    ],
    [
      'unauthorized',
      json({}, { status: 401 }),
      'The access token was refused. Refresh the tokens, or log in again.',
    ],
    [
      'forbidden',
      json({}, { status: 403 }),
      'Use an account and a token that are allowed to do this. errorDescription may say more.',
    ],
    [
      'not_found',
      json({}, { status: 404 }),
      'The server has nothing at this URL. Check it in the endpoints option.',
    ],
    [
      'unsupported_media_type',
      json({}, { status: 415 }),
      'Check the URL in the endpoints option: it does not accept this kind of request.',
    ],
    ['server_error', json({}, { status: 500 }), 'The server has a problem. Try again later.'],
    [
      'no_content',
      html('', 204),
      'Check the URL in the endpoints option and any proxy in between, then try again.',
    ],
  ] satisfies [string, Reply, string][])('of an http_error explains %s', async (reason, reply, hint) => {
    const client = clientAt(await startRawServer(reply))
    const error = await failureOf(client.createApiKey('an-access-token'))
    expect(error).toMatchObject({ code: 'http_error', reason, hint })
  })

  it('of an http_error explains proxy_authentication', async () => {
    const client = new OAuthClient({ fetch: async () => new Response('', { status: 407 }) })
    expect(await failureOf(client.createApiKey('an-access-token'))).toMatchObject({
      code: 'http_error',
      reason: 'proxy_authentication',
      hint: PROXY_PASSWORD,
    })
  })

  it('of an http_error explains client_unauthorized', async () => {
    const server = await startRawServer(json({ error: { type: 'other' } }, { status: 401 }))
    expect(await failureOf(exchange(clientAt(server)))).toMatchObject({
      reason: 'client_unauthorized',
      hint: 'The server refused this client. Check the options clientId and endpoints.',
    })
  })

  it('of a rate limit without an end explains that', async () => {
    const server = await startRawServer(json({}, { status: 429 }))
    expect(await failureOf(exchange(clientAt(server)))).toMatchObject({
      code: 'rate_limited',
      reason: 'no_retry_after',
      hint: 'Wait a minute, then try again. If it never works, the server may be blocking this client or its userAgent.',
    })
  })

  it.each([
    ['dns', { code: 'ENOTFOUND' }, 'Check the spelling of the host, and the network connection.'],
    [
      'tls',
      { code: 'CERT_HAS_EXPIRED' },
      "The server's certificate was not accepted. Behind a proxy that inspects TLS, run Node with --use-system-ca, or with NODE_EXTRA_CA_CERTS set to the proxy's certificate.",
    ],
    [
      'proxy',
      { code: 'ERR_PROXY_TUNNEL', message: 'HTTP/1.1 502' },
      'Check that the proxy works and allows connections to this host.',
    ],
    ['proxy_authentication', { code: 'ERR_PROXY_TUNNEL', message: 'HTTP/1.1 407' }, PROXY_PASSWORD],
    ['connect', { code: 'ECONNREFUSED' }, 'Check the network connection, then try again.'],
  ])('of a network_error explains %s', (reason, signs, hint) => {
    const request = { name: 'token endpoint', url: 'https://a.example', secrets: [], repeatable: false }
    expect(networkError(signs, request, false)).toMatchObject({ reason, hint })
  })

  it('of invalid tokens names the form to pass', () => {
    expect(() => TokenSet.fromJSON({ accessToken: '' })).toThrow(
      expect.objectContaining({
        reason: 'invalid_tokens',
        hint: 'Pass tokens in the form that TokenSet.toJSON() returns, or log in again.',
      }),
    )
  })

  it('of a provider without tokens says how to give it some', async () => {
    const store = { load: () => null, save: () => undefined }
    const provider = createTokenProvider(new OAuthClient(), { store })
    expect(await failureOf(provider())).toMatchObject({
      reason: 'no_tokens',
      hint: 'Log in, then pass the tokens to setTokens() or save them to the store.',
    })
  })
})
