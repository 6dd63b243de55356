import { execFile } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { tokensOf } from '../../test/refresh-fixtures.ts'
import { parseAuthorizationResponse } from '../authorization/authorization-response.ts'
import { AnthropicAuthError } from '../error/error.ts'
import { OAuthClient } from '../oauth-client.ts'
import { createAuthFetch } from '../provider/auth-fetch.ts'
import { createTokenProvider } from '../provider/token-provider.ts'
import { assertFunction, memberOf, membersOf, readOptions } from './members.ts'

const NAME = 'a_polluted_member'

function pollute(value: unknown): void {
  Reflect.defineProperty(Object.prototype, NAME, { value, configurable: true, writable: true })
}

afterEach(() => {
  Reflect.deleteProperty(Object.prototype, NAME)
})

class Base {
  readonly #value: string

  constructor(value: string) {
    this.#value = value
  }

  get [NAME](): string {
    return this.#value
  }
}

class Derived extends Base {}

describe('membersOf()', () => {
  it.each([
    ['an own member', { [NAME]: 'own' }],
    ['an own member that is not enumerable', Object.defineProperty({}, NAME, { value: 'own' })],
    ['a member of an object without a prototype', { __proto__: null, [NAME]: 'own' }],
    ['a member of another object', Object.create({ [NAME]: 'own' }) as object],
    ['a getter of a class with private fields', new Base('own')],
    ['a getter of a base class', new Derived('own')],
    ['a member of a function', Object.assign(() => 1, { [NAME]: 'own' })],
    ['a member of a proxy that has every member', new Proxy({}, { get: () => 'own' })],
  ])('reads %s', (_what, object) => {
    expect(Reflect.get(membersOf(object), NAME)).toBe('own')
    if (_what.includes('proxy')) return
    pollute('evil')
    expect(Reflect.get(membersOf(object), NAME)).toBe('own')
    expect(NAME in membersOf(object)).toBe(true)
    expect(memberOf(object, NAME)).toBe('own')
  })

  it.each([
    ['a plain object', {}],
    ['an instance of a class', new EventTarget()],
    ['an object of another object', Object.create({}) as object],
    ['a function', () => 1],
    ['a frozen object', Object.freeze({})],
    ['a signal', AbortSignal.abort()],
  ])('reads nothing from Object.prototype: %s', (_what, object) => {
    pollute('evil')
    expect(Reflect.get(object, NAME)).toBe('evil')
    expect(Reflect.get(membersOf(object), NAME)).toBeUndefined()
    expect(NAME in membersOf(object)).toBe(false)
    expect(memberOf(object, NAME)).toBeUndefined()
    const { [NAME]: member = 'default' } = membersOf(object) as Record<string, string>
    expect(member).toBe('default')
  })

  it("lists and spreads the object's own members", () => {
    pollute('evil')
    const object = { a: 1, b: undefined }
    expect({ ...membersOf(object) }).toEqual({ a: 1, b: undefined })
    expect(Object.entries(membersOf(object))).toEqual([
      ['a', 1],
      ['b', undefined],
    ])
    expect(Object.getPrototypeOf(membersOf(object))).toBe(Object.prototype)
  })

  it('is unaffected by traps in Object.prototype', () => {
    Reflect.defineProperty(Object.prototype, 'ownKeys', { value: () => ['evil'], configurable: true })
    try {
      expect(Object.keys(membersOf({ a: 1 }))).toEqual(['a'])
    } finally {
      Reflect.deleteProperty(Object.prototype, 'ownKeys')
    }
  })
})

describe('readOptions()', () => {
  it('returns a view of an object', () => {
    expect(readOptions({ a: 1 }).a).toBe(1)
    expect(readOptions(new Base('own'))[NAME]).toBe('own')
  })

  it.each([null, undefined, 'text', 7, true, [], () => 1, Symbol('s')])('refuses %o', (value) => {
    expect(() => readOptions(value as never)).toThrow(new TypeError('options must be an object'))
    expect(() => readOptions(value as never, 'pages')).toThrow(new TypeError('pages must be an object'))
  })
})

describe('assertFunction()', () => {
  it('refuses anything but a function or undefined', () => {
    expect(() => assertFunction(undefined, 'onError')).not.toThrow()
    expect(() => assertFunction(() => 1, 'onError')).not.toThrow()
    for (const value of [null, 'text', {}]) {
      expect(() => assertFunction(value, 'onError')).toThrow(new TypeError('onError must be a function'))
    }
  })
})

const client = new OAuthClient({ fetch: () => Promise.reject(new Error('Nothing may be sent')) })
const tokens = tokensOf(0)
const flow = client.startFlow('max')
const response = `a-code#${flow.state}`

type Call = (value: never) => unknown

const REQUESTS: Readonly<Record<string, Call>> = {
  exchangeCode: (options) => client.exchangeCode(response, flow, options),
  refreshToken: (options) => client.refreshToken(tokens, options),
  createApiKey: (options) => client.createApiKey(tokens, options),
  getProfile: (options) => client.getProfile(tokens, options),
  revokeToken: (options) => client.revokeToken(tokens, options),
}

const provider = createTokenProvider(client, { tokens })

/** Calls with one argument, and the name that the error must give it. */
const OPTIONS: Readonly<Record<string, readonly [name: string, call: Call]>> = {
  OAuthClient: ['config', (config) => new OAuthClient(config)],
  startFlow: ['options', (options) => client.startFlow('max', options)],
  parseAuthorizationResponse: [
    'options',
    (options) => parseAuthorizationResponse(response, { state: flow.state }, options),
  ],
  'parseAuthorizationResponse()': ['expected', (expected) => parseAuthorizationResponse(response, expected)],
  createTokenProvider: ['options', (options) => createTokenProvider(client, options)],
  createAuthFetch: ['options', (options) => createAuthFetch(provider, options)],
  'a token provider': ['options', (options) => provider(options)],
  AnthropicAuthError: ['fields', (fields) => new AnthropicAuthError('timeout', 'Too late', fields)],
  ...Object.fromEntries(Object.entries(REQUESTS).map(([name, call]) => [name, ['options', call] as const])),
}

/** Returns the error that `call` throws or rejects with. */
async function errorOf(call: () => unknown): Promise<unknown> {
  try {
    return await call()
  } catch (error) {
    return error
  }
}

describe('an option bag that is not an object', () => {
  it.each(Object.entries(OPTIONS))('is a TypeError that names it: %s', async (_name, [name, call]) => {
    for (const value of [null, 'text', 7, true, [], () => 1]) {
      expect(await errorOf(() => call(value as never))).toEqual(new TypeError(`${name} must be an object`))
    }
  })
})

const store = { load: (): null => null, save: (): void => undefined }

describe('an option of a wrong type', () => {
  it.each([
    ...Object.entries(REQUESTS),
    ['a token provider', (options: never) => provider(options)] as const,
  ])('is a TypeError that names it: signal of %s', async (_name, call) => {
    for (const signal of [null, 'text', {}, new AbortController()]) {
      expect(await errorOf(() => call({ signal } as never))).toEqual(
        new TypeError('signal must be an AbortSignal'),
      )
    }
  })

  it.each([
    ['store', { store: null }],
    ['store', { store: {} }],
    ['store', { store: () => null }],
    ['store.lock', { store: { ...store, lock: null } }],
    ['store.prepareSave', { store: { ...store, prepareSave: 1 } }],
    ['onRefresh', { tokens, onRefresh: null }],
    ['onError', { tokens, onError: 'log' }],
    ['onEvent', { tokens, onEvent: {} }],
  ])('is a TypeError that names it: %s of createTokenProvider()', (name, options) => {
    expect(() => createTokenProvider(client, options as never)).toThrow(TypeError)
    expect(() => createTokenProvider(client, options as never)).toThrow(new RegExp(`^${name} must `))
  })

  it.each([
    ['origins', { origins: null }],
    ['origins', { origins: 'https://api.example' }],
    ['fetch', { fetch: null }],
  ])('is a TypeError that names it: %s of createAuthFetch()', (name, options) => {
    expect(() => createAuthFetch(provider, options as never)).toThrow(TypeError)
    expect(() => createAuthFetch(provider, options as never)).toThrow(new RegExp(`^${name} must `))
  })

  it('is a TypeError that names it: loginHint of startFlow()', () => {
    expect(() => client.startFlow('max', { loginHint: null as never })).toThrow(/^loginHint must /)
  })
})

describe('a list with holes', () => {
  const holes = Object.assign(Array<string>(3), { 0: 'a', 2: 'c' })

  it('is refused as scopes', () => {
    const refusal = expect.objectContaining({ code: 'invalid_config', reason: 'scopes' }) as Error
    for (const scopes of [
      Array<string>(3),
      holes,
      [''],
      ['a', ''],
      ['a b'],
      [7],
      [null],
      [['a']],
    ] as string[][]) {
      expect(() => new OAuthClient({ scopes })).toThrow(refusal)
      expect(() => new OAuthClient().startFlow('max', { scopes })).toThrow(refusal)
    }
  })

  it('is refused in a flow and in tokens', async () => {
    await expect(client.exchangeCode(response, { ...flow, scopes: holes })).rejects.toMatchObject({
      code: 'invalid_flow',
      reason: 'scopes',
    })
    await expect(client.refreshToken({ ...tokens, scopes: holes })).rejects.toMatchObject({
      code: 'store_failed',
      reason: 'invalid_tokens',
    })
  })

  it('is refused as origins', () => {
    const origins = Object.assign(Array<string>(2), { 1: 'https://api.example' })
    expect(() => createAuthFetch(provider, { origins })).toThrow(new TypeError('An origin must be a string'))
  })
})

/** The optional members of all options, and of all other objects that are read. */
function optionalNames(): readonly string[] {
  const folder = join(import.meta.dirname, '..')
  const entries = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const files = entries.filter((name) => name.endsWith('.ts') && !name.includes('.test'))
  const sources = files.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n')
  return [
    ...new Set(
      [...sources.matchAll(/^\s+(?:declare )?(?:readonly )?(\w+)\?[:<(]/gm)].map(([, name]) => String(name)),
    ),
  ]
}

const READ =
  'account accessToken clientId code email error error_description errors expiresAt id max console message name organization state type uuid workspace access_token token refreshToken authorize codePage refresh_token expires_in raw_key request_id retry limit methods statusCodes afterStatusCodes shouldRetry delay jitter backoffLimit hooks init beforeRequest beforeRetry beforeError afterResponse request cause'.split(
    ' ',
  )

describe('a polluted Object.prototype', () => {
  it('changes nothing that the package does', { timeout: 300_000 }, async () => {
    const names = [...optionalNames(), ...READ].filter((name) => name !== 'signal')
    expect(names).toEqual(
      expect.arrayContaining([
        'endpoints',
        'token',
        'fetch',
        'refreshToken',
        'redirectUri',
        'timeoutMs',
        'store',
        'hint',
      ]),
    )
    const child = fileURLToPath(new URL('../../test/polluted-process.ts', import.meta.url))
    const args = ['--conditions=@anthropic-auth/source', child, JSON.stringify(names)]
    const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 2 ** 28 })
    expect(JSON.parse(stdout)).toEqual({ uses: 41, problems: [] })
  })
})
