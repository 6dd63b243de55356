import { describe, expect, it } from 'vitest'
import { clientAt, failureOf } from '../../test/client-call.ts'
import { startRawServer } from '../../test/raw-server.ts'
import { bytes, html, json, reset, resetInBody } from '../../test/reply.ts'
import { TokenSet } from '../token/token-set.ts'

const KEY = json({ raw_key: 'sk-ant-api03-key' })

describe('createApiKey()', () => {
  it('sends the token, and returns the key', async () => {
    const server = await startRawServer(KEY)
    await expect(clientAt(server).createApiKey('the-access-token')).resolves.toBe('sk-ant-api03-key')
    const [request] = server.requests
    expect([request?.method, request?.path, request?.body]).toEqual(['POST', '/api-key', '{}'])
    expect(request?.headers).toMatchObject({
      authorization: 'Bearer the-access-token',
      'content-type': 'application/json',
    })
  })

  it('accepts a key of 8,192 characters', async () => {
    const client = clientAt(await startRawServer(json({ raw_key: 'x'.repeat(8192) })))
    expect(await client.createApiKey('at')).toHaveLength(8192)
  })

  it.each([
    [{}],
    [{ raw_key: null }],
    [{ raw_key: '' }],
    [{ raw_key: 7 }],
    [{ raw_key: ['key'] }],
    [{ raw_key: 'a b' }],
    [{ raw_key: 'é' }],
    [{ raw_key: 'x'.repeat(8193) }],
  ])('refuses the response %j', async (body) => {
    const client = clientAt(await startRawServer(json(body)))
    expect(await failureOf(client.createApiKey('at'))).toMatchObject({
      code: 'invalid_token_response',
      reason: 'raw_key',
      message: 'The response of the API key endpoint has no valid raw_key',
    })
  })

  it.each([
    ['a reset', reset, 'network_error', false],
    ['a reset in the body', resetInBody, 'network_error', false],
    ['429', html('', 429), 'rate_limited', true],
    ['503', html('', 503), 'http_error', true],
    ['500', html('', 500), 'http_error', false],
    ['no content', bytes('', { status: 204 }), 'http_error', false],
    ['a page', html('<h1>Sign in</h1>'), 'invalid_token_response', false],
  ])('sends the request once, whatever happens: %s', async (_name, reply, code, retryable) => {
    const server = await startRawServer([reply, KEY])
    expect(await failureOf(clientAt(server).createApiKey('at'))).toMatchObject({ code, retryable })
    expect(server.requests).toHaveLength(1)
  })

  it('fails before anything is sent when the scopes are known and lack org:create_api_key', async () => {
    const server = await startRawServer(KEY)
    const client = clientAt(server)
    const withScopes = (scopes: readonly string[] | null): TokenSet =>
      TokenSet.fromJSON({ accessToken: 'at', scopes })
    const error = await failureOf(client.createApiKey(withScopes(['user:profile'])))
    expect(error).toMatchObject({ code: 'missing_scope', reason: 'org:create_api_key' })
    expect(server.requests).toHaveLength(0)
    await expect(client.createApiKey(withScopes(null))).resolves.toBe('sk-ant-api03-key')
    await expect(client.createApiKey(withScopes(['org:create_api_key']))).resolves.toBe('sk-ant-api03-key')
  })

  it('reports the message of the API', async () => {
    const body = {
      type: 'error',
      error: { type: 'permission_error', message: 'The message' },
      request_id: 'req_011',
    }
    const client = clientAt(await startRawServer(json(body, { status: 403 })))
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
