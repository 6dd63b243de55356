import { describe, expect, it, vi } from 'vitest'
import { clientAt, failureOf } from '../../test/client-call.ts'
import { startRawServer } from '../../test/raw-server.ts'
import { html, json, reset } from '../../test/reply.ts'
import { TokenSet } from '../token/token-set.ts'

const ACCOUNT = { uuid: 'a', email: 'person@example.com', full_name: 'A Person', display_name: 'A' }
const PROFILE = {
  account: ACCOUNT,
  organization: { uuid: 'o', name: 'An Organization', organization_type: 'claude_team' },
}

describe('getProfile()', () => {
  it('sends the token, and returns the account and the organization', async () => {
    const server = await startRawServer(json(PROFILE))
    expect(await clientAt(server).getProfile('the-access-token')).toEqual({
      account: { id: 'a', email: 'person@example.com', name: 'A Person' },
      organization: { id: 'o', name: 'An Organization', type: 'claude_team' },
    })
    const [request] = server.requests
    expect([request?.method, request?.path, request?.body]).toEqual(['GET', '/profile', ''])
    expect(request?.headers.authorization).toBe('Bearer the-access-token')
  })

  it('sends the access token of a set', async () => {
    const server = await startRawServer(json(PROFILE))
    const tokens = TokenSet.fromJSON({ accessToken: 'the-access-token', refreshToken: 'the-refresh-token' })
    await clientAt(server).getProfile(tokens)
    expect(server.requests[0]?.headers.authorization).toBe('Bearer the-access-token')
  })

  it('is frozen throughout', async () => {
    const profile = await clientAt(await startRawServer(json(PROFILE))).getProfile('at')
    for (const part of [profile, profile.account, profile.organization]) {
      expect(Object.isFrozen(part)).toBe(true)
    }
  })

  it.each([
    [{ account: { uuid: 'a' } }],
    [{ account: { uuid: 'a', email: 7, full_name: [], display_name: {} }, organization: 'text' }],
    [{ account: { uuid: 'a', email: '', full_name: '' }, organization: { name: 'of no id' } }],
    [{ account: { uuid: 'a' }, organization: null }],
  ])('reads missing and malformed members as null: %j', async (body) => {
    const client = clientAt(await startRawServer(json(body)))
    expect(await client.getProfile('at')).toEqual({
      account: { id: 'a', email: null, name: null },
      organization: null,
    })
  })

  it('uses the display name when there is no full name', async () => {
    const client = clientAt(await startRawServer(json({ account: { uuid: 'a', display_name: 'A' } })))
    expect((await client.getProfile('at')).account.name).toBe('A')
  })

  it.each([[{}], [{ account: null }], [{ account: [] }], [{ account: {} }], [{ account: { uuid: 7 } }]])(
    'refuses the response %j',
    async (body) => {
      const client = clientAt(await startRawServer(json(body)))
      expect(await failureOf(client.getProfile('at'))).toMatchObject({
        code: 'invalid_token_response',
        reason: 'account',
        message: 'The response of the profile endpoint has no valid account',
      })
    },
  )

  it.each([
    ['429', html('', 429)],
    ['503', html('', 503)],
  ])('sends the request again after %s', async (_name, reply) => {
    const server = await startRawServer([reply, reply, json(PROFILE)])
    expect((await clientAt(server).getProfile('at')).account.id).toBe('a')
    expect(server.requests).toHaveLength(3)
  })

  it('sends the request again after a refused connection, twice at most', async () => {
    const server = await startRawServer(json(PROFILE))
    await server.close()
    const attempt = vi.fn<typeof fetch>((input, init) => fetch(input, init))
    expect(await failureOf(clientAt(server, { fetch: attempt }).getProfile('at'))).toMatchObject({
      code: 'network_error',
      reason: 'connect',
    })
    expect(attempt).toHaveBeenCalledTimes(3)
  })

  it.each([
    ['a reset', reset, 'network_error', true],
    ['500', html('', 500), 'http_error', true],
    ['401', html('', 401), 'http_error', false],
  ])(
    'sends the request once, and says whether the call may be repeated: %s',
    async (_name, reply, code, retryable) => {
      const server = await startRawServer([reply, json(PROFILE)])
      expect(await failureOf(clientAt(server).getProfile('at'))).toMatchObject({ code, retryable })
      expect(server.requests).toHaveLength(1)
    },
  )

  it('fails before anything is sent when the scopes are known and lack user:profile', async () => {
    const server = await startRawServer(json(PROFILE))
    const tokens = TokenSet.fromJSON({ accessToken: 'at', scopes: [] })
    expect(await failureOf(clientAt(server).getProfile(tokens))).toMatchObject({
      code: 'missing_scope',
      reason: 'user:profile',
    })
    expect(server.requests).toHaveLength(0)
  })
})
