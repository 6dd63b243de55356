import fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { clientAt, exchange, failureOf } from '../../test/client-call.ts'
import { startRawServer } from '../../test/raw-server.ts'
import { bytes, json } from '../../test/reply.ts'
import { isAnthropicAuthError } from '../error/error.ts'
import { parseJsonObject } from '../syntax/json-object.ts'
import { readTokenResponse, type TokenGrant } from './token-response.ts'
import { TokenSet } from './token-set.ts'

const SENT_AT = 1_800_000_000_999

const read = (body: object, grant: Partial<TokenGrant> = {}): TokenSet =>
  readTokenResponse(body as Readonly<Record<string, unknown>>, {
    sentAt: SENT_AT,
    clientId: 'a-client',
    known: {},
    ...grant,
  })

/** The values that a refresh keeps from the previous tokens. */
const KNOWN = {
  refreshToken: 'old-refresh-token',
  refreshTokenExpiresAt: 1_802_592_000,
  scopes: ['user:profile', 'user:inference'],
  account: { id: 'a', email: 'person@example.com' },
  organization: { id: 'o', name: 'An Organization' },
  workspace: { id: 'w', name: null },
}

describe('readTokenResponse()', () => {
  beforeEach(() => vi.useFakeTimers({ now: SENT_AT, toFake: ['Date'] }))
  afterEach(() => vi.useRealTimers())

  it('reads every field', () => {
    const tokens = read({
      access_token: 'at',
      refresh_token: 'rt',
      expires_in: 28_800,
      refresh_token_expires_in: 2_592_000,
      token_type: 'Bearer',
      scope: 'user:profile user:inference',
      organization: { uuid: 'o', name: 'An Organization' },
      account: { uuid: 'a', email_address: 'person@example.com' },
      workspace: { id: 'w', name: 'A Workspace' },
    })
    expect(tokens.toJSON()).toEqual({
      accessToken: 'at',
      refreshToken: 'rt',
      expiresAt: 1_800_028_800,
      refreshTokenExpiresAt: 1_802_592_000,
      scopes: ['user:profile', 'user:inference'],
      clientId: 'a-client',
      account: { id: 'a', email: 'person@example.com' },
      organization: { id: 'o', name: 'An Organization' },
      workspace: { id: 'w', name: 'A Workspace' },
    })
  })

  it('adds nothing that an exchange leaves out, except the requested scopes', () => {
    const tokens = read({ access_token: 'at' }, { known: { scopes: ['user:profile'] } })
    expect(tokens.toJSON()).toEqual({
      accessToken: 'at',
      refreshToken: null,
      expiresAt: null,
      refreshTokenExpiresAt: null,
      scopes: ['user:profile'],
      clientId: 'a-client',
      account: null,
      organization: null,
      workspace: null,
    })
  })

  it('carries over what a refresh leaves out, except the expiry', () => {
    const tokens = read({ access_token: 'at' }, { known: KNOWN })
    expect(tokens.toJSON()).toEqual({
      ...KNOWN,
      accessToken: 'at',
      expiresAt: 1_800_003_600,
      clientId: 'a-client',
    })
  })

  it('accepts a narrower scope, and shows it', () => {
    const tokens = read({ access_token: 'at', scope: 'user:profile' }, { known: KNOWN })
    expect(tokens.scopes).toEqual(['user:profile'])
    expect(read({ access_token: 'at', scope: '' }, { known: KNOWN }).scopes).toEqual([])
  })

  it.each([
    [28_800, 1_800_028_800],
    ['28800', 1_800_028_800],
    ['0028800', 1_800_028_800],
    [28_800.5, 1_800_028_800],
    [28_799.999, 1_800_028_799],
    [0, 1_800_000_000],
    [-0, 1_800_000_000],
    [0.9, 1_800_000_000],
    ['0', 1_800_000_000],
    [315_360_000, 2_115_360_000],
    [315_360_001, 2_115_360_000],
    [1e30, 2_115_360_000],
    [Number.POSITIVE_INFINITY, 2_115_360_000],
    ['9'.repeat(400), 2_115_360_000],
  ])('reads the lifetime %j, of an access token and of a login', (lifetime, instant) => {
    const body = { access_token: 'at', expires_in: lifetime, refresh_token_expires_in: lifetime }
    expect(read(body).expiresAt).toBe(instant)
    for (const known of [{}, KNOWN]) {
      const tokens = read({ ...body, refresh_token: 'rt' }, { known })
      expect([tokens.expiresAt, tokens.refreshTokenExpiresAt]).toEqual([instant, instant])
    }
  })

  it('reads 1e400, which JSON makes Infinity', () => {
    const body = parseJsonObject('{"access_token": "at", "expires_in": 1e400}') ?? {}
    expect(read(body).expiresAt).toBe(2_115_360_000)
  })

  it.each([
    [undefined],
    [null],
    [-1],
    [-0.5],
    [-5],
    [Number.NEGATIVE_INFINITY],
    [Number.NaN],
    ['28800.0'],
    ['1.5'],
    ['3600abc'],
    ['1e3'],
    ['0x10'],
    ['+3600'],
    ['-1'],
    [''],
    [' 3600'],
    ['3600\n'],
    ['٣٦٠٠'],
    ['never'],
    ['2026-12-01T00:00:00Z'],
    [[]],
    [[3600]],
    [{}],
    [{ seconds: 3600 }],
    [true],
    [false],
  ])('accepts tokens with the lifetime %j', (lifetime) => {
    const body = { access_token: 'at', refresh_token: 'rt', expires_in: lifetime }
    for (const known of [{}, KNOWN]) {
      const tokens = read({ ...body, refresh_token_expires_in: lifetime }, { known })
      expect(tokens.toJSON()).toMatchObject({
        accessToken: 'at',
        refreshToken: 'rt',
        // An hour after the request was sent: without an expiry, they would not be refreshed in time.
        expiresAt: 1_800_003_600,
        refreshTokenExpiresAt: known === KNOWN ? 1_802_592_000 : null,
      })
    }
    const { refresh_token: _, ...alone } = body
    expect(read(alone).toJSON()).toMatchObject({ refreshToken: null, expiresAt: null })
    expect(read(alone, { known: KNOWN }).toJSON()).toMatchObject({
      refreshToken: 'old-refresh-token',
      expiresAt: 1_800_003_600,
    })
  })

  it('ignores the end of a login without a refresh token', () => {
    const tokens = read({ access_token: 'at', refresh_token_expires_in: 2_592_000 })
    expect(tokens.refreshTokenExpiresAt).toBeNull()
  })

  it.each([[''], [' '], [7], [true], [['rt']], [{}], ['has space'], ['x\r\ny'], ['é'], ['x'.repeat(8193)]])(
    'ignores the refresh token %j: a refresh keeps the old one',
    (refreshToken) => {
      const body = { access_token: 'at', refresh_token: refreshToken, expires_in: 60 }
      expect(read(body).toJSON()).toMatchObject({ accessToken: 'at', refreshToken: null })
      expect(read(body, { known: KNOWN }).toJSON()).toMatchObject({
        accessToken: 'at',
        refreshToken: 'old-refresh-token',
      })
    },
  )

  it.each([
    ['access_token', undefined],
    ['access_token', null],
    ['access_token', ''],
    ['access_token', 7],
    ['access_token', ['at']],
    ['access_token', 'has space'],
    ['access_token', 'line\n'],
    ['access_token', 'é'],
    ['access_token', 'x'.repeat(8193)],
    ['token_type', 'mac'],
    ['token_type', 7],
    ['token_type', 'Bearer mac'],
  ])('refuses %s: %j, in an exchange and in a refresh', (name, value) => {
    for (const known of [{}, KNOWN]) {
      expect(() => read({ access_token: 'at', [name]: value }, { known })).toThrow(
        expect.objectContaining({ code: 'invalid_token_response', reason: name }),
      )
    }
  })

  it.each([['Bearer'], ['bearer'], ['BEARER'], [null], [undefined], [''], [' ']])(
    'reads token_type %j as Bearer',
    (type) => {
      expect(read({ access_token: 'at', token_type: type }).accessToken).toBe('at')
    },
  )

  it('accepts a token of 8,192 characters', () => {
    expect(read({ access_token: 'x'.repeat(8192) }).accessToken).toHaveLength(8192)
  })

  it.each([[['user:profile']], [7], [true], [{}], ['a"b'], ['a\tb'], ['é']])(
    'ignores the scope %j: the requested or known scopes are used',
    (scope) => {
      for (const known of [{ scopes: ['user:inference'] }, KNOWN]) {
        expect(read({ access_token: 'at', scope }, { known }).scopes).toEqual(known.scopes)
      }
    },
  )

  it.each([['person'], [7], [[]], [{}], [{ uuid: 7 }], [{ uuid: '' }], [null]])(
    'ignores the account %j, which is optional',
    (account) => {
      expect(
        read({ access_token: 'at', account, organization: account, workspace: account }).account,
      ).toBeNull()
      const refreshed = read({ access_token: 'at', account }, { known: KNOWN })
      expect(refreshed.account).toEqual(KNOWN.account)
    },
  )

  it('reads own members only', () => {
    const body =
      parseJsonObject('{"__proto__": {"access_token": "at"}, "constructor": {"prototype": {"x": 1}}}') ?? {}
    expect(() => read(body)).toThrow(expect.objectContaining({ reason: 'access_token' }))
    expect(({} as Record<string, unknown>)['x']).toBeUndefined()
  })
})

describe('an arbitrary token response', () => {
  const members = fc.record(
    {
      access_token: fc.oneof(fc.constant('at'), fc.jsonValue()),
      refresh_token: fc.oneof(fc.constant('rt'), fc.jsonValue()),
      expires_in: fc.oneof(fc.integer(), fc.double(), fc.string(), fc.jsonValue()),
      refresh_token_expires_in: fc.oneof(fc.integer(), fc.double(), fc.string(), fc.jsonValue()),
      token_type: fc.oneof(fc.constant('Bearer'), fc.jsonValue()),
      scope: fc.oneof(fc.string(), fc.jsonValue()),
      account: fc.jsonValue(),
      organization: fc.jsonValue(),
      workspace: fc.jsonValue(),
    },
    { requiredKeys: [] },
  )

  it('returns a token set with plausible instants, or refuses only its access token or type', () => {
    vi.useFakeTimers({ now: SENT_AT, toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    const isSound = (instant: number | null): boolean =>
      instant === null ||
      (Number.isSafeInteger(instant) && instant >= 1_800_000_000 && instant <= 2_115_360_000)
    fc.assert(
      fc.property(members, fc.constantFrom({}, KNOWN), (body, known) => {
        try {
          const { expiresAt, refreshTokenExpiresAt, refreshToken } = read(body, { known })
          const isRenewedInTime = refreshToken === null || expiresAt !== null
          return isSound(expiresAt) && isSound(refreshTokenExpiresAt) && isRenewedInTime
        } catch (error) {
          if (!isAnthropicAuthError(error, 'invalid_token_response')) return false
          return error.reason === 'access_token' || error.reason === 'token_type'
        }
      }),
      { numRuns: 2000 },
    )
  })

  it('over a socket gives a token set or an AnthropicAuthError, whatever its status and bytes', async () => {
    const server = await startRawServer(json({}))
    const client = clientAt(server)
    const body = fc.oneof(
      members.map((value) => JSON.stringify(value)),
      fc.json(),
      fc.string(),
      fc.uint8Array({ maxLength: 200 }),
      fc.constantFrom('', 'null', '[]', '{}', '"text"', '0', '<html>', '\uFEFF{}', '{"access_token": "at"'),
    )
    await fc.assert(
      fc.asyncProperty(
        body,
        fc.constantFrom(200, 201, 204, 302, 400, 401, 403, 500, 502),
        async (content, status) => {
          server.replyWith(bytes(status === 204 ? '' : content, { status }))
          const outcome = await exchange(client).catch((error: unknown) => error)
          return outcome instanceof TokenSet ? status < 300 : isAnthropicAuthError(outcome)
        },
      ),
      { numRuns: 300 },
    )
  })

  it.each([
    ['null', 'not_json'],
    ['[]', 'not_json'],
    ['"text"', 'not_json'],
    ['', 'not_json'],
    ['{"access_token": "at"', 'not_json'],
    ['<!doctype html><title>Sign in</title>', 'html'],
    ['{}', 'access_token'],
  ])('%j with 200 is invalid_token_response', async (text, reason) => {
    const client = clientAt(await startRawServer(bytes(text)))
    expect(await failureOf(exchange(client))).toMatchObject({ code: 'invalid_token_response', reason })
  })

  it('may begin with a BOM', async () => {
    const client = clientAt(await startRawServer(bytes('\uFEFF{"access_token": "at"}')))
    await expect(exchange(client)).resolves.toMatchObject({ accessToken: 'at' })
  })

  it('is read as UTF-8 JSON, whatever its Content-Type', async () => {
    for (const type of ['application/json; charset=utf-16', 'text/plain; charset=iso-8859-1', '']) {
      const text = '{"access_token": "at", "account": {"uuid": "a", "email_address": "jürgen@example.com"}}'
      const client = clientAt(await startRawServer(bytes(text, { headers: { 'content-type': type } })))
      expect(await exchange(client), type).toMatchObject({ account: { email: 'jürgen@example.com' } })
    }
  })

  it('with 200 and an error is oauth_error', async () => {
    const client = clientAt(await startRawServer(json({ error: 'invalid_grant', access_token: 'at' })))
    expect(await failureOf(exchange(client))).toMatchObject({
      code: 'oauth_error',
      status: 200,
      error: 'invalid_grant',
    })
  })

  it('expires counted from the time when the request was sent, however slow the response', async () => {
    const before = Math.floor(Date.now() / 1000)
    const server = await startRawServer((response) => {
      setTimeout(
        () => json({ access_token: 'at', expires_in: 100 })(response, server.requests[0] as never),
        1100,
      )
    })
    const tokens = (await exchange(clientAt(server))) as TokenSet
    expect(tokens.expiresAt).toBeLessThanOrEqual(Math.floor(Date.now() / 1000) + 99)
    expect(tokens.expiresAt).toBeGreaterThanOrEqual(before + 100)
  })
})
