import { describe, expect, it } from 'vitest'
import { clientAt, failureOf } from '../../test/client-call.ts'
import { startRawServer } from '../../test/raw-server.ts'
import { bytes, html, json, reset } from '../../test/reply.ts'
import { TokenSet } from './token-set.ts'

describe('revokeToken()', () => {
  it.each([
    [
      TokenSet.fromJSON({ accessToken: 'the-access-token', refreshToken: 'the-refresh-token' }),
      '{"token":"the-refresh-token","token_type_hint":"refresh_token","client_id":"c"}',
    ],
    [
      TokenSet.fromJSON({ accessToken: 'the-access-token' }),
      '{"token":"the-access-token","token_type_hint":"access_token","client_id":"c"}',
    ],
    ['a-token', '{"token":"a-token","client_id":"c"}'],
  ])('revokes the refresh token of a set, or else its access token (%#)', async (given, body) => {
    const server = await startRawServer(bytes('', { status: 204 }))
    await clientAt(server, { clientId: 'c' }).revokeToken(given)
    const [request] = server.requests
    expect([request?.method, request?.path, request?.body]).toEqual(['POST', '/revoke', body])
    for (const name of ['authorization', 'anthropic-beta', 'cookie']) {
      expect(request?.headers, name).not.toHaveProperty(name)
    }
  })

  it('sends a form if the client is configured for it', async () => {
    const server = await startRawServer(bytes(''))
    await clientAt(server, { clientId: 'c', tokenEncoding: 'form' }).revokeToken('a/token+')
    expect(server.requests[0]?.body).toBe('token=a%2Ftoken%2B&client_id=c')
  })

  it('accepts any success, whatever its body', async () => {
    const client = clientAt(await startRawServer([bytes('{}'), bytes('OK'), html('<p>Revoked</p>')]))
    for (let count = 0; count < 3; count++) await expect(client.revokeToken('t')).resolves.toBeUndefined()
  })

  it.each([
    ['404', html('', 404), 'http_error', false],
    ['500', html('', 500), 'http_error', true],
    ['429', html('', 429), 'rate_limited', true],
    ['a reset', reset, 'network_error', true],
    ['an OAuth error', json({ error: 'unsupported_token_type' }, { status: 400 }), 'oauth_error', false],
  ])(
    'sends the request once, and says whether the call may be repeated: %s',
    async (_name, reply, code, retryable) => {
      const server = await startRawServer([reply, bytes('')])
      const error = await failureOf(clientAt(server).revokeToken('t'))
      expect(error).toMatchObject({ code, retryable })
      expect(error.message).toContain('The revocation endpoint')
      expect(server.requests).toHaveLength(1)
    },
  )

  it('sends no token of another client', async () => {
    const server = await startRawServer(bytes(''))
    const foreign = TokenSet.fromJSON({ accessToken: 'at', refreshToken: 'rt', clientId: 'another' })
    expect(await failureOf(clientAt(server).revokeToken(foreign))).toMatchObject({
      code: 'invalid_config',
      reason: 'clientId',
    })
    expect(server.requests).toHaveLength(0)
  })
})
