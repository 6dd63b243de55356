import {
  AnthropicAuthError,
  createAuthFetch,
  createTokenProvider,
  OAuthClient,
  type OAuthConfig,
  type OAuthFlow,
  parseAuthorizationResponse,
  TokenSet,
  type TokensLike,
} from '@anthropic-auth/core'

// Runs everything that core does, with other members in Object.prototype, and prints how that changes its outcome.
// The arguments are JSON: the names of the members.

const STATE = 's'.repeat(43)
const REDIRECT_URI = 'http://localhost:1455/callback'
const API = 'https://api.anthropic.com/v1/models'

/** Values that a careless merge could leave behind, and worse. */
const VALUES: Readonly<Record<string, unknown>> = {
  url: 'https://evil.example/token',
  number: 1,
  null: null,
  object: { token: 'https://evil.example/token', id: 'evil', max: 'https://evil.example/' },
  signal: AbortSignal.abort('evil'),
  function: () => 'evil',
}

type Requests = (readonly [url: string, method: unknown, headers: unknown, body: unknown])[]

let requests: Requests = []

/** Sends only own members, like a runtime without this flaw. */
function send(url: string, init: RequestInit): Response {
  const { method, headers, body } = init
  const sent = [...new Headers(headers)].toString()
  requests.push([url, method, sent, JSON.stringify(body)?.replace(/code_verifier[\\":]+[^\\"]+/, '')])
  const reply = REPLIES.find(([path]) => url.includes(path))?.[1] ?? {}
  return new Response(JSON.stringify(reply))
}

const REPLIES = [
  ['revoke', {}],
  ['token', { access_token: 'new-access-token', account: {}, organization: { uuid: 'an-organization' } }],
  ['create_api_key', { raw_key: 'a-key' }],
  ['profile', { account: { uuid: 'an-account' } }],
] as const

function withoutSecrets({ authorizationUrl, verifier, createdAt, ...flow }: OAuthFlow): unknown {
  const { searchParams } = new URL(authorizationUrl)
  searchParams.delete('code_challenge')
  return [flow, searchParams.toString(), verifier.length, createdAt > 0]
}

class Getters {
  readonly #values: readonly string[]

  constructor(...values: readonly string[]) {
    this.#values = values
  }

  get state(): string | undefined {
    return this.#values[0]
  }

  get redirectUri(): string | undefined {
    return this.#values[1]
  }
}

/** Each entry is one use of the library. */
const USES: Readonly<Record<string, () => unknown>> = {
  config: () => new OAuthClient().config,
  'config with endpoints': () => new OAuthClient({ endpoints: { authorize: {} } }).config,
  'config without a prototype': () =>
    new OAuthClient({ __proto__: null, clientId: 'a' } as OAuthConfig).config,
  startFlow: () => withoutSecrets(new OAuthClient().startFlow('max', { state: STATE })),
  'startFlow with getters': () =>
    withoutSecrets(new OAuthClient().startFlow('max', new Getters(STATE, REDIRECT_URI))),
  exchangeCode: async () => {
    const client = new OAuthClient()
    const flow = client.startFlow('console', { state: STATE })
    return client.exchangeCode(`a-code#${STATE}`, JSON.parse(JSON.stringify(flow)) as OAuthFlow)
  },
  'exchangeCode with members': async () => {
    const client = new OAuthClient()
    const response = { code: 'a-code', state: STATE }
    return client.exchangeCode(response, client.startFlow('console', { state: STATE }), {})
  },
  'exchangeCode of a code alone': async () => {
    const client = new OAuthClient()
    return client.exchangeCode(
      'a-code',
      client.startFlow('console', { state: STATE, redirectUri: REDIRECT_URI }),
    )
  },
  'exchangeCode without a code': async () => {
    const client = new OAuthClient()
    return client.exchangeCode({} as never, client.startFlow('console', { state: STATE }))
  },
  'exchangeCode without a flow': async () => new OAuthClient().exchangeCode(`a-code#${STATE}`, {} as never),
  'refreshToken of a text': async () => new OAuthClient().refreshToken('a-refresh-token'),
  'refreshToken of JSON': async () =>
    new OAuthClient().refreshToken({ accessToken: 'a', refreshToken: 'r' } as TokensLike, {}),
  'refreshToken without one': async () => new OAuthClient().refreshToken({ accessToken: 'a' } as TokensLike),
  'refreshToken of nothing': async () => new OAuthClient().refreshToken({} as TokensLike),
  createApiKey: async () => new OAuthClient().createApiKey('an-access-token'),
  getProfile: async () => new OAuthClient().getProfile({ accessToken: 'a' } as TokensLike),
  revokeToken: async () => new OAuthClient().revokeToken('a-refresh-token'),
  'a failed connection': async () =>
    new OAuthClient({ timeoutMs: 500, fetch: () => Promise.reject(new Error('no code')) }).refreshToken('rt'),
  'no response': async () => new OAuthClient({ fetch: async () => ({}) as Response }).refreshToken('rt'),
  ...Object.fromEntries(
    [400, 401, 403, 407, 415, 429, 500].map((status) => [
      `HTTP ${status}`,
      async () => {
        const reply = { status, headers: new Headers(), body: null } as Response
        return new OAuthClient({ timeoutMs: 100, fetch: async () => reply }).revokeToken('a-token')
      },
    ]),
  ),
  'a nested error': async () => {
    const fetch = async (): Promise<Response> => Response.json({ error: {} })
    return new OAuthClient({ fetch }).refreshToken('rt')
  },
  'a retry': async () => {
    const replies = [new Response('', { status: 503 }), Response.json({ access_token: 'new-access-token' })]
    const fetch = async (url: string, init: RequestInit): Promise<Response> => {
      send(url, init)
      return replies.shift() ?? Response.error()
    }
    return withoutWaits(async () => new OAuthClient({ fetch }).refreshToken('a-refresh-token'))
  },
  parseAuthorizationResponse: () => parseAuthorizationResponse(`a-code#${STATE}`, { state: STATE }),
  'a code alone': () => parseAuthorizationResponse('a-code', { state: STATE }),
  'no state': () => parseAuthorizationResponse('a-code#evil', {} as never),
  'a redirect of another scheme': () => parseAuthorizationResponse('evil:/?code=a', { state: STATE }),
  fromJSON: () => TokenSet.fromJSON({ accessToken: 'a', account: { id: 'b' } }),
  'fromJSON of nothing': () => TokenSet.fromJSON({}),
  'fromJSON of an account without an id': () => TokenSet.fromJSON({ accessToken: 'a', account: {} }),
  fingerprint: () => TokenSet.fromJSON({ accessToken: 'a' }).fingerprint,
  provider: async () => {
    const events: unknown[] = []
    const onEvent = ({ type }: { readonly type: string }): unknown => events.push(type)
    const provider = createTokenProvider(new OAuthClient(), { tokens: expired(), onEvent: (e) => onEvent(e) })
    return [await provider(), await provider({}), await provider({ forceRefresh: false }), events]
  },
  'provider with a store': async () => {
    let saved: TokensLike = expired()
    const store = { load: () => saved, save: (tokens: TokenSet) => void (saved = tokens) }
    const provider = createTokenProvider(new OAuthClient(), { store })
    return [await provider(), saved]
  },
  'provider without tokens': () => createTokenProvider(new OAuthClient(), {}),
  authFetch: async () => {
    const tokens = TokenSet.fromJSON({ accessToken: 'a' })
    const authFetch = createAuthFetch(createTokenProvider(new OAuthClient(), { tokens }), {})
    return [(await authFetch(API, {})).ok, (await authFetch(API)).ok]
  },
  'an error': () => {
    const error = new AnthropicAuthError('timeout', 'Too late', {})
    return [Object.entries(error), error.cause instanceof Error]
  },
}

/** Runs `use` without the waits between its attempts. Its deadlines stay. */
async function withoutWaits<T>(use: () => Promise<T>): Promise<T> {
  const { setTimeout } = globalThis
  const hasty = (callback: () => void, ms: number): unknown => setTimeout(callback, ms < 1000 ? 0 : ms)
  globalThis.setTimeout = hasty as typeof setTimeout
  return use().finally(() => (globalThis.setTimeout = setTimeout))
}

function expired(): TokenSet {
  return TokenSet.fromJSON({ accessToken: 'old', refreshToken: 'old-refresh-token', expiresAt: 1 })
}

async function outcomeOf(use: () => unknown): Promise<unknown> {
  requests = []
  try {
    return [clone(await use()), requests]
  } catch (error) {
    const { name, message } = error as Error
    return [name, message, clone({ ...(error as object) }), requests]
  }
}

/** Returns a value as text without instants. `JSON.stringify()` reads no missing member for it. */
function clone(value: unknown): unknown {
  return JSON.stringify(value)?.replaceAll(/\d{10}/g, 'an instant')
}

async function run(): Promise<Readonly<Record<string, unknown>>> {
  const outcomes: Record<string, unknown> = {}
  for (const [name, use] of Object.entries(USES)) outcomes[name] = JSON.stringify(await outcomeOf(use))
  return outcomes
}

globalThis.fetch = async (url, init = {}) => send(url as string, init)

/** Returns the uses whose outcome is a different one while `names` are members of `Object.prototype`. */
async function changes(names: readonly string[], value: unknown): Promise<readonly string[]> {
  for (const name of names) {
    Reflect.defineProperty(Object.prototype, name, { value, configurable: true, writable: true })
  }
  const polluted = await run()
  for (const name of names) Reflect.deleteProperty(Object.prototype, name)
  const changed = Object.keys(clean).filter((use) => polluted[use] !== clean[use])
  return changed.map((use) => `${use}\n${String(polluted[use])}\n${String(clean[use])}`)
}

/**
 * Returns what each of `names` changes alone. All together are tried first, since each run takes a while. Together, they may
 * change how Node's own objects work.
 */
async function changesOfEach(names: readonly string[], value: unknown): Promise<readonly string[]> {
  const changed = await changes(names, value)
  if (changed.length === 0) return []
  if (names.length === 1) return changed.map((change) => `${names[0]}: ${change}`)
  const half = Math.ceil(names.length / 2)
  return [
    ...(await changesOfEach(names.slice(0, half), value)),
    ...(await changesOfEach(names.slice(half), value)),
  ]
}

const names = JSON.parse(process.argv[2] ?? '[]') as readonly string[]
const clean = await run()
const problems: string[] = []
for (const [kind, value] of Object.entries(VALUES)) {
  for (const change of await changesOfEach(names, value)) problems.push(`${kind} as ${change}`)
}
process.stdout.write(JSON.stringify({ uses: Object.keys(clean).length, problems }))
