import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { TokenSet } from './token-set.ts'

const JSON_FORM = {
  accessToken: 'sk-ant-oat01-canary-access-0123456789',
  refreshToken: 'sk-ant-ort01-canary-refresh-0123456789',
  expiresAt: 1_800_000_000,
  refreshTokenExpiresAt: 1_802_592_000,
  scopes: ['user:profile', 'user:inference'],
  clientId: 'a-client',
  account: { id: 'account-1', email: 'person@example.com' },
  organization: { id: 'organization-1', name: 'An Organization' },
  workspace: { id: 'workspace-1', name: null },
}

describe('TokenSet.fromJSON()', () => {
  it('reads the output of toJSON()', () => {
    const tokens = TokenSet.fromJSON(JSON.parse(JSON.stringify(TokenSet.fromJSON(JSON_FORM))))
    expect(tokens.toJSON()).toEqual(JSON_FORM)
    expect(tokens.accessToken).toBe('sk-ant-oat01-canary-access-0123456789')
    expect(tokens.refreshToken).toBe('sk-ant-ort01-canary-refresh-0123456789')
    expect(tokens.expiresAt).toBe(1_800_000_000)
    expect(tokens.refreshTokenExpiresAt).toBe(1_802_592_000)
    expect(tokens.scopes).toEqual(['user:profile', 'user:inference'])
    expect(tokens.clientId).toBe('a-client')
    expect(tokens.account).toEqual({ id: 'account-1', email: 'person@example.com' })
    expect(tokens.organization).toEqual({ id: 'organization-1', name: 'An Organization' })
    expect(tokens.workspace).toEqual({ id: 'workspace-1', name: null })
  })

  it('accepts a token set', () => {
    expect(TokenSet.fromJSON(TokenSet.fromJSON(JSON_FORM)).toJSON()).toEqual(JSON_FORM)
  })

  it('requires only the access token', () => {
    expect(TokenSet.fromJSON({ accessToken: 'token' }).toJSON()).toEqual({
      accessToken: 'token',
      refreshToken: null,
      expiresAt: null,
      refreshTokenExpiresAt: null,
      scopes: null,
      clientId: null,
      account: null,
      organization: null,
      workspace: null,
    })
    expect(TokenSet.fromJSON({ accessToken: 'token', account: { id: 'a' } }).account).toEqual({
      id: 'a',
      email: null,
    })
  })

  it('ignores unknown members', () => {
    const tokens = TokenSet.fromJSON({ ...JSON_FORM, extra: 1, account: { ...JSON_FORM.account, extra: 1 } })
    expect(tokens.toJSON()).toEqual(JSON_FORM)
  })

  it.each([
    [null],
    [undefined],
    [[]],
    ['{}'],
    [7],
    [{}],
    [{ accessToken: '' }],
    [{ accessToken: 'has space' }],
    [{ accessToken: 'line\n' }],
    [{ accessToken: 'x'.repeat(8193) }],
    [{ accessToken: 'token', refreshToken: '' }],
    [{ accessToken: 'token', refreshToken: 7 }],
    [{ accessToken: 'token', expiresAt: '1800000000' }],
    [{ accessToken: 'token', expiresAt: -1 }],
    [{ accessToken: 'token', expiresAt: 1.5 }],
    [{ accessToken: 'token', expiresAt: Number.NaN }],
    [{ accessToken: 'token', expiresAt: Number.NEGATIVE_INFINITY }],
    [{ accessToken: 'token', expiresAt: '1800000000000' }],
    [{ accessToken: 'token', refreshTokenExpiresAt: '1800000000' }],
    [{ accessToken: 'token', refreshTokenExpiresAt: -1 }],
    [{ accessToken: 'token', refreshTokenExpiresAt: 1.5 }],
    [{ accessToken: 'token', refreshTokenExpiresAt: {} }],
    [{ accessToken: 'token', scopes: 'user:profile' }],
    [{ accessToken: 'token', scopes: ['a b'] }],
    [{ accessToken: 'token', clientId: '' }],
    [{ accessToken: 'token', account: 'person' }],
    [{ accessToken: 'token', account: {} }],
    [{ accessToken: 'token', account: { id: 'a', email: 7 } }],
    [{ accessToken: 'token', organization: [] }],
  ])('refuses %j', (json) => {
    expect(() => TokenSet.fromJSON(json)).toThrow(
      expect.objectContaining({ code: 'store_failed', reason: 'invalid_tokens' }),
    )
  })

  describe('on 15 January 2027', () => {
    beforeEach(() => vi.useFakeTimers({ now: 1_800_000_000_000, toFake: ['Date'] }))
    afterEach(() => vi.useRealTimers())

    it.each([
      [1_800_003_600, 1_800_003_600],
      [2_115_360_000, 2_115_360_000],
      // Ten years and a day ahead, and a second more.
      [2_115_446_400, 2_115_446_400],
      [2_115_446_401, null],
      [1_800_003_600_000, null],
      [1_800_003_600_000.5, null],
      [1_800_003_600_000_000, null],
      [1_800_003_600_000_000_000, null],
      [Number.MAX_VALUE, null],
      [Number.POSITIVE_INFINITY, null],
    ])('reads the instant %d as %d: one that far ahead is most likely in milliseconds', (given, read) => {
      const tokens = TokenSet.fromJSON({
        accessToken: 'token',
        refreshToken: 'refresh',
        expiresAt: given,
        refreshTokenExpiresAt: given,
      })
      expect([tokens.expiresAt, tokens.refreshTokenExpiresAt]).toEqual([read, read])
    })
  })

  it('names the invalid key, without its value', () => {
    expect(() => TokenSet.fromJSON({ ...JSON_FORM, refreshToken: 'canary with space' })).toThrow(
      /^The stored tokens have no valid refreshToken$/,
    )
  })
})

describe('a TokenSet', () => {
  const tokens = TokenSet.fromJSON(JSON_FORM)

  it('is immutable', () => {
    expect(() => Object.assign(tokens, { accessToken: 'x' })).toThrow(TypeError)
    expect(() => Object.assign(tokens, { extra: 'x' })).toThrow(TypeError)
    const json = tokens.toJSON()
    expect(
      [tokens, json, json.scopes, json.account, json.organization].every((part) => Object.isFrozen(part)),
    ).toBe(true)
  })

  it('shows no secret when it is inspected, printed or spread', () => {
    const shown = [
      inspect(tokens),
      inspect({ tokens }, { depth: 20, showHidden: true }),
      inspect(tokens, { customInspect: false, showHidden: true, depth: 20 }),
      String(tokens),
      `${tokens}`,
      JSON.stringify({ ...tokens }),
    ]
    expect(shown.join('\n')).not.toMatch(/canary/)
    expect(inspect(tokens)).toContain("accessToken: '[hidden]'")
    expect(inspect(tokens)).toContain("email: 'person@example.com'")
  })
})

describe('fingerprint', () => {
  const tokens = TokenSet.fromJSON(JSON_FORM)

  it('is the beginning of the SHA-256 of the storage form', () => {
    expect(tokens.fingerprint).toBe('cae5f5624ecfb762')
    expect(TokenSet.fromJSON({ accessToken: 'token' }).fingerprint).toBe('1c089dd274fa73e2')
    const account = { id: 'a', email: 'jürgen@example.com' }
    expect(TokenSet.fromJSON({ accessToken: 'token', account }).fingerprint).toBe('09d30df7b3849e38')
  })

  it.each([
    ['accessToken', 'another'],
    ['refreshToken', null],
    ['expiresAt', 1_800_000_001],
    ['refreshTokenExpiresAt', null],
    ['scopes', ['user:profile']],
    ['clientId', null],
    ['account', { id: 'account-1', email: null }],
    ['organization', { id: 'organization-2', name: 'An Organization' }],
    ['workspace', null],
  ])('differs between sets that differ in %s, for assert and for expect', (name, value) => {
    const other = TokenSet.fromJSON({ ...JSON_FORM, [name]: value })
    assert.notDeepStrictEqual(other, tokens)
    assert.notDeepEqual(other, tokens)
    expect(other).not.toEqual(tokens)
    expect(other).not.toStrictEqual(tokens)
    expect({ tokens: other }).not.toEqual({ tokens })
  })

  it('is equal for equal sets', () => {
    const other = TokenSet.fromJSON(JSON.parse(JSON.stringify(tokens)))
    assert.deepStrictEqual(other, tokens)
    expect(other).toEqual(tokens)
    expect(other).toStrictEqual(tokens)
  })

  it('is the only own member, and the only member of a copy', () => {
    expect(Object.keys(tokens)).toEqual(['fingerprint'])
    expect(Reflect.ownKeys(tokens)).toEqual(['fingerprint'])
    expect({ ...tokens }).toEqual({ fingerprint: tokens.fingerprint })
    expect(structuredClone(tokens)).toEqual({ fingerprint: tokens.fingerprint })
    for (const copy of [{ ...tokens }, structuredClone(tokens)]) {
      expect(() => TokenSet.fromJSON(copy)).toThrow('have no valid accessToken')
    }
  })

  it('is neither in the storage form nor shown', () => {
    expect(tokens.toJSON()).not.toHaveProperty('fingerprint')
    expect(JSON.stringify(tokens)).not.toContain(tokens.fingerprint)
    expect(inspect(tokens)).not.toContain(tokens.fingerprint)
    expect(TokenSet.fromJSON({ ...tokens.toJSON(), fingerprint: 'another' })).toEqual(tokens)
  })
})

describe('TokenSet.fromJSON() with a token set of another copy of this package', () => {
  it('reads its getters', async () => {
    vi.resetModules()
    const { TokenSet: OtherTokenSet } = await import('./token-set.ts')
    expect(OtherTokenSet).not.toBe(TokenSet)
    const other = OtherTokenSet.fromJSON(JSON_FORM)
    expect(other).not.toBeInstanceOf(TokenSet)
    expect(TokenSet.fromJSON(other).toJSON()).toEqual(JSON_FORM)
  })
})

describe('isExpired() and expiresIn()', () => {
  const now = 1_800_000_000
  beforeEach(() => vi.useFakeTimers({ now: now * 1000 + 999, toFake: ['Date'] }))
  afterEach(() => vi.useRealTimers())
  const expiringAt = (expiresAt: number | null) => TokenSet.fromJSON({ accessToken: 'token', expiresAt })

  it('counts a buffer of five minutes by default', () => {
    expect(expiringAt(now + 301).isExpired()).toBe(false)
    expect(expiringAt(now + 300).isExpired()).toBe(true)
    expect(expiringAt(now - 1).isExpired()).toBe(true)
  })

  it('counts the given buffer', () => {
    expect(expiringAt(now + 1).isExpired(0)).toBe(false)
    expect(expiringAt(now).isExpired(0)).toBe(true)
    expect(expiringAt(now + 600).isExpired(601)).toBe(true)
  })

  it('treats an unknown expiry as not expired', () => {
    expect(expiringAt(null).isExpired()).toBe(false)
    expect(expiringAt(null).expiresIn()).toBeNull()
  })

  it('is never negative', () => {
    expect(expiringAt(now + 60).expiresIn()).toBe(60)
    expect(expiringAt(now - 60).expiresIn()).toBe(0)
    expect(expiringAt(0).expiresIn()).toBe(0)
  })

  it.each([[Number.NaN], [Number.POSITIVE_INFINITY], ['300'], [null]])('refuses the buffer %j', (buffer) => {
    expect(() => expiringAt(now).isExpired(buffer as number)).toThrow(TypeError)
  })
})
