import { inspect } from 'node:util'
import { type OAuthConfig, type OAuthFlow, TokenSet } from '@anthropic-auth/core'
import type { Fault } from '@anthropic-auth/testing'
import { IDENTITY_TOKEN_GRANT, METHODS } from './client-method.ts'
import type { ContractCase, EitherClient, Setting } from './contract-case.ts'

/** A call that a test makes with arguments of any type. */
type Untyped = Readonly<Record<string, (...args: readonly unknown[]) => unknown>>

const untyped = (client: EitherClient): Untyped => client as unknown as Untyped

/** Calls that succeed. */
const works: readonly ContractCase[] = [
  ...Object.entries(METHODS).map(([name, { call }]) => ({
    name: `${name}() works`,
    ends: 'ok',
    run: (setting: Setting) => call(setting.createClient(), setting),
  })),
  ...Object.entries(METHODS).map(([name, { call }]) => ({
    name: `${name}() works with form encoding, a user agent, a timeout and explicit defaults`,
    ends: 'ok',
    run: (setting: Setting) =>
      call(
        setting.createClient({ tokenEncoding: 'form', userAgent: 'a-program/1', scopes: undefined }),
        setting,
        {
          timeoutMs: 9_000.5,
        },
      ),
  })),
  ...(['accessToken', 'refreshToken'] as const).map((member) => ({
    name: `revokeToken() works with the ${member} alone`,
    ends: 'ok',
    run: async ({ createClient, tokens }: Setting) =>
      createClient().revokeToken((await tokens())[member] ?? ''),
  })),
  {
    name: 'refreshToken() works with JSON, and keeps what the response omits',
    ends: 'ok',
    run: async ({ createClient, tokens, emulator }) => {
      const old = await tokens()
      await emulator.next('token', {
        type: 'changed_answer',
        omit: ['refresh_token', 'scope', 'account', 'organization', 'expires_in'],
      })
      return createClient().refreshToken(old.toJSON())
    },
  },
  {
    name: 'refreshToken() keeps the known end of the login',
    ends: 'ok',
    run: async ({ createClient, tokens, emulator }) => {
      const { expiresAt, ...old } = (await tokens()).toJSON()
      const refreshTokenExpiresAt = 1_900_000_000
      await emulator.next('token', { type: 'changed_answer', omit: ['refresh_token_expires_in'] })
      const refreshed = await createClient().refreshToken({ ...old, expiresAt, refreshTokenExpiresAt })
      return { refreshed, keepsIt: refreshed.refreshTokenExpiresAt === refreshTokenExpiresAt }
    },
  },
  {
    name: 'createApiKey() works with an access token alone',
    ends: 'ok',
    run: async ({ createClient, tokens }) => createClient().createApiKey((await tokens()).accessToken),
  },
  {
    name: 'startFlow() works with all its options',
    ends: 'ok',
    run: ({ createClient }) => {
      const { authorizationUrl, verifier, ...flow } = createClient().startFlow('max', {
        state: 's'.repeat(43),
        redirectUri: 'http://localhost:1455/callback',
        scopes: ['user:profile'],
        loginHint: 'person@example.com',
        organizationId: 'an-organization',
        workspaceId: 'a-workspace',
      })
      const { searchParams } = new URL(authorizationUrl)
      searchParams.delete('code_challenge')
      return { ...flow, verifierLength: verifier.length, parameters: searchParams.toString() }
    },
  },
  {
    name: 'config is the resolved one',
    ends: 'ok',
    run: ({ createClient }) => createClient({ redirectPort: 1455, requireState: false }).config,
  },
]

/** Responses of the token endpoint. */
const tokenResponses: readonly ContractCase[] = (
  [
    ['expires in zero seconds', { type: 'changed_answer', merge: { expires_in: 0 } }, 'ok'],
    ['expires at an unknown time', { type: 'changed_answer', omit: ['expires_in'] }, 'ok'],
    ['expires in junk', { type: 'changed_answer', merge: { expires_in: '3600abc' } }, 'ok'],
    ['expires in a negative time', { type: 'changed_answer', merge: { expires_in: -5 } }, 'ok'],
    ['expires in a fraction', { type: 'changed_answer', merge: { expires_in: 28_800.5 } }, 'ok'],
    [
      'tells when the login ends',
      { type: 'changed_answer', merge: { refresh_token_expires_in: 2_592_000 } },
      'ok',
    ],
    [
      'has junk as the end of the login',
      { type: 'changed_answer', merge: { refresh_token_expires_in: {} } },
      'ok',
    ],
    ['has an empty type', { type: 'changed_answer', merge: { token_type: '' } }, 'ok'],
    ['comes with an empty error', { type: 'changed_answer', merge: { error: '' } }, 'ok'],
    ['has an empty refresh token', { type: 'changed_answer', merge: { refresh_token: '' } }, 'ok'],
    ['has a scope of another type', { type: 'changed_answer', merge: { scope: 7 } }, 'ok'],
    ['is no Bearer', { type: 'changed_answer', merge: { token_type: 'mac' } }, 'invalid_token_response'],
    [
      'is too long',
      { type: 'changed_answer', merge: { access_token: 'a'.repeat(8_193) } },
      'invalid_token_response',
    ],
    ['has a scope of a megabyte', { type: 'changed_answer', merge: { scope: 's'.repeat(900_000) } }, 'ok'],
    ['has fewer scopes', { type: 'dropped_scope', scopes: ['org:create_api_key'] }, 'ok'],
    ['has no refresh token', { type: 'changed_answer', omit: ['refresh_token'] }, 'ok'],
    ['has a workspace', { type: 'changed_answer', merge: { workspace: { id: 'w', name: null } } }, 'ok'],
    [
      'sets a prototype',
      { type: 'changed_answer', merge: { __proto__: null, constructor: { prototype: 1 } } },
      'ok',
    ],
  ] as const satisfies readonly (readonly [string, Fault, string])[]
).map(([is, fault, ends]) => ({
  name: `exchangeCode() for a token that ${is}`,
  ends,
  run: async (setting: Setting) => {
    const client = setting.createClient()
    const { flow, pasted } = await setting.approved(client)
    await setting.emulator.next('token', fault)
    const now = Date.now() / 1000
    const tokens = await client.exchangeCode(pasted, flow)
    const { expiresAt, refreshTokenExpiresAt } = tokens
    const hoursLeft = [expiresAt, refreshTokenExpiresAt].map((at) => at && Math.round((at - now) / 3600))
    return { tokens, hoursLeft, isExpired: tokens.isExpired(), expiresSoon: tokens.isExpired(100_000) }
  },
}))

/** Forms of an authorization response, made from its code and state. */
const responses: readonly ContractCase[] = (
  [
    ['code and state in quotes', (code, state) => ` "${code}#${state}"\n`, 'ok'],
    ['a URL', (code, state) => `https://claude.ai/callback?code=${code}&state=${state}`, 'ok'],
    ['a query', (code, state) => `?code=${code}&state=${state}`, 'ok'],
    [
      'code and state that a terminal has wrapped',
      (code, state) => `${code.slice(0, 9)} \r\n  ${code.slice(9)}#\u200B\n${state}`,
      'ok',
    ],
    [
      'a URL that a terminal has wrapped',
      (code, state) =>
        `http://localhost/callback?code=${code.slice(0, 9)}\n  ${code.slice(9)}&state=${state}`,
      'ok',
    ],
    [
      'a wrapped code of another login',
      (code) => `${code.slice(0, 9)}\n${code.slice(9)}#another-state`,
      'invalid_authorization_response',
    ],
    [
      'a URL of another scheme',
      (code, state) => `com.example.app:/callback?code=${code}&state=${state}`,
      'invalid_authorization_response',
    ],
    ['a URL object', (code, state) => new URL(`http://localhost/callback?code=${code}&state=${state}`), 'ok'],
    ['parameters', (code, state) => new URLSearchParams({ code, state }), 'ok'],
    ['members', (code, state) => ({ code, state }), 'ok'],
    ['members behind getters', (code, state) => new Members(code, state), 'ok'],
    ['a bare code', (code) => code, 'ok'],
    ['nothing', () => ' ', 'invalid_authorization_response'],
    ['too much', () => 'a'.repeat(8_193), 'invalid_authorization_response'],
    [
      'a URL object that is too long',
      () => new URL(`https://a.test/?${'a'.repeat(8_193)}`),
      'invalid_authorization_response',
    ],
    [
      'a URL object of another scheme',
      (code, state) => new URL(`ftp://a.test/?code=${code}&state=${state}`),
      'invalid_authorization_response',
    ],
    [
      'a URL object with a user',
      (code, state) => new URL(`https://a@a.test/?code=${code}&state=${state}`),
      'invalid_authorization_response',
    ],
    [
      'parameters that repeat',
      (code, state) =>
        new URLSearchParams([
          ['code', code],
          ['code', code],
          ['state', state],
        ]),
      'invalid_authorization_response',
    ],
    ['a code of other characters', (_, state) => ({ code: 'é', state }), 'invalid_authorization_response'],
    ['a lone surrogate', (_, state) => `\ud800#${state}`, 'invalid_authorization_response'],
    ['JSON', (code, state) => JSON.stringify({ code, state }), 'invalid_authorization_response'],
    ['a code of an e-mail', () => '123456', 'invalid_authorization_response'],
    ['an API key', () => 'sk-ant-api03-aaaa', 'invalid_authorization_response'],
    ['another state', (code) => `${code}#${'x'.repeat(43)}`, 'state_mismatch'],
    ['a denial', (_, state) => `?error=access_denied&state=${state}`, 'authorization_denied'],
    [
      'an account on hold',
      (_, state) =>
        `?error=access_denied&error_description=account_on_hold&error_uri=https://claude.ai/restricted&state=${state}`,
      'account_on_hold',
    ],
    [
      'an error',
      (_, state) => `?error=server_error&error_description=Too%20bad&state=${state}`,
      'oauth_error',
    ],
    ['another code', (_, state) => `another-code#${state}`, 'oauth_error'],
    ['undefined', () => undefined, 'TypeError'],
    ['null', () => null, 'TypeError'],
    ['a number', () => 7, 'TypeError'],
    ['a symbol', () => Symbol('response'), 'TypeError'],
    ['a function', () => () => 'response', 'TypeError'],
    ['a list', (code, state) => [code, state], 'TypeError'],
    ['an empty object', () => ({}), 'TypeError'],
    ['members of other types', () => ({ code: 1, state: Symbol('s') }), 'TypeError'],
  ] as const satisfies readonly (readonly [string, (code: string, state: string) => unknown, string])[]
).map(([shape, make, ends]) => ({
  name: `exchangeCode() with ${shape}`,
  ends,
  run: async ({ createClient, approved }: Setting) => {
    const client = createClient()
    const { flow, pasted } = await approved(client)
    const [code = '', state = ''] = pasted.split('#')
    return untyped(client)['exchangeCode']?.(make(code, state), flow)
  },
}))

class Members {
  readonly #values: readonly [code: string, state: string]

  constructor(code: string, state: string) {
    this.#values = [code, state]
  }

  get code(): string {
    return this.#values[0]
  }

  get state(): string {
    return this.#values[1]
  }
}

/** Flows that a program has kept in a session, a cookie or a database. */
const flows: readonly ContractCase[] = (
  [
    ['JSON of it', (flow) => JSON.parse(JSON.stringify(flow)) as unknown, 'ok'],
    ['more members', (flow) => ({ ...flow, extra: () => 1 }), 'ok'],
    ['its members in a prototype', (flow) => Object.create(flow) as unknown, 'ok'],
    ['undefined', () => undefined, 'invalid_flow'],
    ['a string', () => 'flow', 'invalid_flow'],
    ['a list', () => [], 'invalid_flow'],
    ['a function', () => () => 1, 'invalid_flow'],
    ['no verifier', (flow) => ({ ...flow, verifier: undefined }), 'invalid_flow'],
    ['a verifier that is no text', (flow) => ({ ...flow, verifier: Symbol('v') }), 'invalid_flow'],
    ['a short state', (flow) => ({ ...flow, state: 'short' }), 'invalid_flow'],
    ['scopes that are no list', (flow) => ({ ...flow, scopes: 'user:profile' }), 'invalid_flow'],
    ['scopes that are no texts', (flow) => ({ ...flow, scopes: [{}, () => 1] }), 'invalid_flow'],
    ['a list in place of a text', (flow) => ({ ...flow, state: [flow.state] }), 'invalid_flow'],
    ['an empty organization', (flow) => ({ ...flow, organizationId: '' }), 'invalid_flow'],
    [
      'an organization that is not a string',
      (flow) => ({ ...flow, organizationId: () => 1 }),
      'invalid_flow',
    ],
    ['a workspace that is not a string', (flow) => ({ ...flow, workspaceId: ['wrkspc_1'] }), 'invalid_flow'],
    [
      'null for organization and workspace',
      (flow) => ({ ...flow, organizationId: null, workspaceId: null }),
      'ok',
    ],
    ['another organization', (flow) => ({ ...flow, organizationId: 'another' }), 'organization_mismatch'],
    ['another workspace', (flow) => ({ ...flow, workspaceId: 'wrkspc_another' }), 'organization_mismatch'],
    ['a time that is none', (flow) => ({ ...flow, createdAt: Number.NaN }), 'invalid_flow'],
    [
      'another redirect URI',
      (flow) => ({ ...flow, redirectUri: 'http://localhost:1/callback' }),
      'invalid_authorization_response',
    ],
    ['another client', (flow) => ({ ...flow, clientId: 'another' }), 'oauth_error'],
  ] as const satisfies readonly (readonly [string, (flow: OAuthFlow) => unknown, string])[]
).map(([what, change, ends]) => ({
  name: `exchangeCode() of a flow: ${what}`,
  ends,
  run: async ({ createClient, approved }: Setting) => {
    const client = createClient()
    const { flow, pasted } = await approved(client)
    return untyped(client)['exchangeCode']?.(pasted.split('#')[0], change(flow))
  },
}))

/** A redirect of an application's own scheme: the code was issued for another one, which only the server can tell. */
const schemes: readonly ContractCase[] = [
  (query: string) => `com.example.app:/callback?${query}`,
  (query: string) => new URL(`com.example.app:/callback?${query}`),
].map((redirect) => ({
  name: `exchangeCode() with a redirect of another scheme, as ${typeof redirect('')}`,
  ends: 'oauth_error',
  run: async ({ createClient, approved }: Setting) => {
    const client = createClient({ redirectUri: 'com.example.app:/callback' })
    const { flow, pasted } = await approved(createClient())
    const [code = '', state = ''] = pasted.split('#')
    const query = new URLSearchParams({ code, state }).toString()
    return client.exchangeCode(redirect(query), { ...flow, redirectUri: client.config.redirectUri })
  },
}))

/** Values that are passed as tokens. */
const tokenArguments: readonly ContractCase[] = [
  'refreshToken',
  'createApiKey',
  'getProfile',
  'revokeToken',
].flatMap((method) =>
  (
    [
      ['an empty text', () => '', 'TypeError'],
      ['a text with a line break', () => 'a\nb', 'TypeError'],
      ['undefined', () => undefined, 'TypeError'],
      ['a symbol', () => Symbol('t'), 'TypeError'],
      ['an empty object', () => ({}), 'store_failed'],
      ['a list', () => [], 'store_failed'],
      [
        'a refresh token that is no text',
        (tokens) => ({ ...tokens.toJSON(), refreshToken: () => 1 }),
        'store_failed',
      ],
      ['an account that is none', (tokens) => ({ ...tokens.toJSON(), account: [] }), 'store_failed'],
      [
        'an account whose e-mail is no text',
        (tokens) => ({ ...tokens.toJSON(), account: { id: 'a', email: {} } }),
        'store_failed',
      ],
      [
        'an end of the login that is not a number',
        (tokens) => ({ ...tokens.toJSON(), refreshTokenExpiresAt: '1900000000' }),
        'store_failed',
      ],
      ['an expiry in milliseconds', (tokens) => ({ ...tokens.toJSON(), expiresAt: 1_900_000_000_000 }), 'ok'],
      ['its members in a prototype', (tokens) => Object.create(tokens.toJSON()) as unknown, 'ok'],
      ['more members', (tokens) => ({ ...tokens.toJSON(), more: Symbol('m') }), 'ok'],
    ] as const satisfies readonly (readonly [string, (tokens: TokenSet) => unknown, string])[]
  ).map(([what, change, ends]) => ({
    name: `${method}() with tokens that are ${what}`,
    ends,
    run: async ({ createClient, tokens }: Setting) =>
      untyped(createClient())[method]?.(change(await tokens())),
  })),
)

/** Values that are passed as a grant. */
const grantArguments: readonly ContractCase[] = (
  [
    ['null', null, 'TypeError'],
    ['a list', [IDENTITY_TOKEN_GRANT], 'TypeError'],
    ['one without a rule', { ...IDENTITY_TOKEN_GRANT, federationRuleId: undefined }, 'TypeError'],
    ['one with an empty organization', { ...IDENTITY_TOKEN_GRANT, organizationId: '' }, 'TypeError'],
    ['one whose workspace is a symbol', { ...IDENTITY_TOKEN_GRANT, workspaceId: Symbol('w') }, 'TypeError'],
    ['one without an identity token', { ...IDENTITY_TOKEN_GRANT, identityToken: undefined }, 'TypeError'],
    ['one with an empty identity token', { ...IDENTITY_TOKEN_GRANT, identityToken: ' ' }, 'invalid_config'],
    ['one with a large identity token', largeGrant(), 'invalid_config'],
    ['one that the server refuses', { ...IDENTITY_TOKEN_GRANT, identityToken: 'x.y' }, 'oauth_error'],
    ['one for a workspace', { ...IDENTITY_TOKEN_GRANT, workspaceId: 'default' }, 'ok'],
    ['one with more members', { ...IDENTITY_TOKEN_GRANT, more: Symbol('m') }, 'ok'],
  ] as const
).map(([what, grant, ends]) => ({
  name: `exchangeIdentityToken() with a grant that is ${what}`,
  ends,
  run: ({ createClient }: Setting) => untyped(createClient())['exchangeIdentityToken']?.(grant),
}))

function largeGrant(): typeof IDENTITY_TOKEN_GRANT {
  return { ...IDENTITY_TOKEN_GRANT, identityToken: 'a'.repeat(16_385) }
}

/** Rules about tokens, which are refused before anything is sent. */
const refusals: readonly ContractCase[] = (
  [
    ['refreshToken', { refreshToken: null }, 'missing_refresh_token'],
    ['refreshToken', { clientId: 'another' }, 'invalid_config'],
    ['revokeToken', { clientId: 'another' }, 'invalid_config'],
    ['createApiKey', { scopes: ['user:profile'] }, 'missing_scope'],
    ['getProfile', { scopes: [] }, 'missing_scope'],
    ['createApiKey', { scopes: null }, 'ok'],
  ] as const
).map(([method, change, ends]) => ({
  name: `${method}() with tokens of ${JSON.stringify(change)}`,
  ends,
  run: async ({ createClient, tokens }: Setting) =>
    createClient()[method](TokenSet.fromJSON({ ...(await tokens()).toJSON(), ...change })),
}))

/** Invalid deadlines. */
const options: readonly ContractCase[] = Object.entries(METHODS).flatMap(([name, { call }]) =>
  [0, -1, Number.NaN, Infinity, '5000', null, {}, () => 1].map((timeoutMs) => ({
    name: `${name}() with timeoutMs ${inspect(timeoutMs)}`,
    ends: 'TypeError',
    run: (setting: Setting) => call(setting.createClient(), setting, { timeoutMs: timeoutMs as number }),
  })),
)

/** Options that are not an object. */
const optionBags: readonly ContractCase[] = [null, 'text', 7, [], () => 1].flatMap((bag) => [
  ...Object.entries(METHODS).map(([name, { call }]) => ({
    name: `${name}() with the options ${inspect(bag)}`,
    ends: 'TypeError',
    run: (setting: Setting) => call(setting.createClient(), setting, bag as never),
  })),
  {
    name: `startFlow() with the options ${inspect(bag)}`,
    ends: 'TypeError',
    run: ({ createClient }: Setting) => createClient().startFlow('max', bag as never),
  },
])

/** Members that a careless merge elsewhere in the program has added to `Object.prototype`. */
const POLLUTIONS: Readonly<Record<string, unknown>> = {
  endpoints: { token: 'http://127.0.0.1:1/', apiKey: 'http://127.0.0.1:1/' },
  token: 'http://127.0.0.1:1/',
  clientId: 'another',
  fetch: 'evil',
  timeoutMs: 1,
  accessToken: 'evil',
  refreshToken: 'evil',
  redirectUri: 'https://evil.example/',
  scopes: [],
  requireState: true,
  state: 'evil',
  tokenEncoding: 'form',
  organizationId: 'evil',
  reason: 'evil',
}

const pollutions: readonly ContractCase[] = Object.entries(METHODS).flatMap(([method, { call }]) =>
  Object.entries(POLLUTIONS).map(([name, value]) => ({
    name: `${method}() with ${name} in Object.prototype`,
    ends: 'ok',
    run: async (setting: Setting) => {
      const [tokens, approval] = [await setting.tokens(), await setting.approved(setting.createClient())]
      const ready = { ...setting, tokens: async () => tokens, approved: async () => approval }
      Reflect.defineProperty(Object.prototype, name, { value, configurable: true, writable: true })
      try {
        return await call(setting.createClient(), ready)
      } finally {
        Reflect.deleteProperty(Object.prototype, name)
      }
    },
  })),
)

/** Endpoints and other settings that decide how a call ends. */
const settings: readonly ContractCase[] = [
  {
    name: 'exchangeCode() after the user denied access',
    ends: 'authorization_denied',
    run: async ({ createClient, emulator }) => {
      const client = createClient()
      const flow = client.startFlow('console')
      return client.exchangeCode(await emulator.deny(flow.authorizationUrl), flow)
    },
  },
  ...(['other_organization', 'other_workspace'] as const).map((type) => ({
    name: `exchangeCode() at a server that logs in to ${type}`,
    ends: 'organization_mismatch',
    run: async ({ createClient, emulator }: Setting) => {
      const client = createClient()
      const flow = client.startFlow('console', {
        organizationId: '3c7d0b52-6f0e-4d8a-9a41-5f2f1f7a9c10',
        workspaceId: 'wrkspc_1',
      })
      const pasted = await emulator.approve(flow.authorizationUrl)
      await emulator.next('token', { type })
      return client.exchangeCode(pasted, flow)
    },
  })),
  {
    name: 'exchangeCode() at a server that logs in to another organization and does not revoke the tokens in time',
    ends: 'organization_mismatch',
    run: async ({ createClient, emulator }) => {
      const client = createClient()
      const flow = client.startFlow('console', { organizationId: '3c7d0b52-6f0e-4d8a-9a41-5f2f1f7a9c10' })
      const pasted = await emulator.approve(flow.authorizationUrl)
      await emulator.next('token', { type: 'other_organization' })
      await emulator.next('revoke', { type: 'no_answer' })
      return client.exchangeCode(pasted, flow, { timeoutMs: 1_500 })
    },
  },
  ...(['organizationId', 'workspaceId'] as const).map((name) => ({
    name: `startFlow() with an empty ${name}`,
    ends: 'TypeError',
    run: ({ createClient }: Setting) => createClient().startFlow('max', { [name]: '' }),
  })),
  ...(['createApiKey', 'getProfile', 'revokeToken'] as const).map((method) => ({
    name: `${method}() without its endpoint`,
    ends: 'invalid_config',
    run: ({ createClient, emulator }: Setting) =>
      createClient({ endpoints: { token: emulator.endpoints.token } })[method]('a-token'),
  })),
  {
    name: 'exchangeCode() of a bare code where a state is required',
    ends: 'invalid_authorization_response',
    run: async ({ createClient, approved }) => {
      const client = createClient({ requireState: true })
      const { flow, pasted } = await approved(client)
      return client.exchangeCode(pasted.split('#')[0] ?? '', flow)
    },
  },
  ...Object.entries(METHODS).map(([name, { call }]) => ({
    name: `${name}() where nobody listens`,
    ends: 'network_error',
    run: (setting: Setting) => {
      const nowhere = 'http://127.0.0.1:1/'
      const client = setting.createClient({
        endpoints: {
          ...setting.emulator.endpoints,
          token: nowhere,
          apiKey: nowhere,
          profile: nowhere,
          revoke: nowhere,
        },
      })
      return call(client, setting)
    },
  })),
  ...(
    [
      { clientId: '' },
      { redirectUri: 'http://localhost.evil.test/' },
      { redirectPort: 0 },
      { redirectPort: 1, redirectUri: 'https://a.test/' },
      { scopes: ['a b'] },
      { scopes: Array<string>(3) },
      { redirectUri: 'javascript:alert(1)' },
      { timeoutMs: 0 },
      { userAgent: '\n' },
      { authorizeParams: { state: 'x' } },
      { endpoints: { token: 'http://a.test/' } },
    ] satisfies readonly OAuthConfig[]
  ).map((config) => ({
    name: `a client with ${JSON.stringify(config)}`,
    ends: 'invalid_config',
    run: ({ createClient }: Setting) => createClient(config),
  })),
  {
    name: 'startFlow() with another mode',
    ends: 'TypeError',
    run: ({ createClient }) => untyped(createClient())['startFlow']?.('other'),
  },
  {
    name: 'startFlow() with another redirect URI',
    ends: 'invalid_config',
    run: ({ createClient }) => createClient().startFlow('max', { redirectUri: 'ftp://a.test/' }),
  },
]

/** Every case but those of `server-cases.ts`. */
export const clientCases: readonly ContractCase[] = [
  ...works,
  ...tokenResponses,
  ...responses,
  ...flows,
  ...schemes,
  ...tokenArguments,
  ...grantArguments,
  ...refusals,
  ...options,
  ...optionBags,
  ...pollutions,
  ...settings,
]
