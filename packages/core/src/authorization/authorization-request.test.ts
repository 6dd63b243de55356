import { deriveCodeChallenge } from '@anthropic-auth/pkce'
import { describe, expect, it } from 'vitest'
import { OAuthClient } from '../oauth-client.ts'

const STATE = 'a-state-of-one-s-own.0123456789_ABCDEFGHIJ~'

describe('startFlow()', () => {
  it('builds the authorization request, its parameters in order', () => {
    const flow = new OAuthClient().startFlow('max')
    expect(flow.authorizationUrl).toBe(
      'https://claude.ai/oauth/authorize?code=true&client_id=9d1c250a-e61b-44d9-88ed-5944d1962f5e' +
        '&response_type=code&redirect_uri=https%3A%2F%2Fplatform.claude.com%2Foauth%2Fcode%2Fcallback' +
        '&scope=org%3Acreate_api_key+user%3Aprofile+user%3Ainference' +
        `&code_challenge=${deriveCodeChallenge(flow.verifier)}&code_challenge_method=S256&state=${flow.state}`,
    )
  })

  it('appends hints after the protocol', () => {
    const { authorizationUrl } = new OAuthClient().startFlow('console', {
      loginHint: 'person@example.com',
      organizationId: 'org-1',
      workspaceId: 'wrkspc-1',
    })
    expect(authorizationUrl).toMatch(/^https:\/\/platform\.claude\.com\/oauth\/authorize\?code=true&/)
    expect(authorizationUrl).toMatch(
      /&state=[\w-]{43}&login_hint=person%40example\.com&orgUUID=org-1&workspace_id=wrkspc-1$/,
    )
  })

  it('returns a plain, frozen flow that survives JSON', () => {
    const before = Math.floor(Date.now() / 1000)
    const flow = new OAuthClient({ redirectPort: 1455 }).startFlow('console', { scopes: ['user:profile'] })
    expect(flow).toEqual({
      authorizationUrl: expect.stringContaining('scope=user%3Aprofile&') as string,
      verifier: expect.stringMatching(/^[\w-]{43}$/) as string,
      state: expect.stringMatching(/^[\w-]{43}$/) as string,
      mode: 'console',
      redirectUri: 'http://localhost:1455/callback',
      clientId: '9d1c250a-e61b-44d9-88ed-5944d1962f5e',
      scopes: ['user:profile'],
      createdAt: expect.any(Number) as number,
    })
    expect(flow.createdAt).toBeGreaterThanOrEqual(before)
    expect(flow.createdAt).toBeLessThanOrEqual(Math.floor(Date.now() / 1000))
    expect(Object.isFrozen(flow) && Object.isFrozen(flow.scopes)).toBe(true)
    expect(JSON.parse(JSON.stringify(flow))).toEqual(flow)
  })

  it('keeps the requested organization and workspace, also through JSON', () => {
    const flow = new OAuthClient().startFlow('console', {
      organizationId: '8e1f4a6d-2b93-4c57-b0d8-71c5e3a9f624',
      workspaceId: 'wrkspc_1',
    })
    for (const each of [flow, JSON.parse(JSON.stringify(flow)) as unknown]) {
      expect(each).toMatchObject({
        organizationId: '8e1f4a6d-2b93-4c57-b0d8-71c5e3a9f624',
        workspaceId: 'wrkspc_1',
      })
    }
  })

  it.each([
    ['organizationId', ''],
    ['organizationId', null],
    ['organizationId', 7],
    ['workspaceId', ''],
    ['workspaceId', null],
    ['workspaceId', ['wrkspc_1']],
  ])('refuses %s: %j, which no response could match', (name, id) => {
    expect(() => new OAuthClient().startFlow('console', { [name]: id })).toThrow(
      new TypeError(`${name} must be a non-empty string`),
    )
  })

  it('never puts the verifier in the URL, and never uses it as state', () => {
    const flow = new OAuthClient().startFlow('max')
    expect(flow.verifier).not.toBe(flow.state)
    expect(flow.authorizationUrl).not.toContain(flow.verifier)
  })

  it('makes a new verifier and state each time', () => {
    const client = new OAuthClient()
    const flows = Array.from({ length: 1000 }, () => client.startFlow('max'))
    expect(new Set(flows.flatMap(({ verifier, state }) => [verifier, state])).size).toBe(2000)
  })

  it('accepts a state, a redirect URI and scopes for one login', () => {
    const redirectUri = 'http://127.0.0.1:5000/callback'
    const flow = new OAuthClient().startFlow('max', { state: STATE, redirectUri, scopes: ['user:inference'] })
    expect(flow).toMatchObject({ state: STATE, redirectUri, scopes: ['user:inference'] })
    const query = new URL(flow.authorizationUrl).searchParams
    expect(Object.fromEntries(query)).toMatchObject({
      state: STATE,
      redirect_uri: redirectUri,
      scope: 'user:inference',
    })
  })

  it('treats undefined as the default', () => {
    const flow = new OAuthClient().startFlow('max', {
      state: undefined,
      redirectUri: undefined,
      scopes: undefined,
      loginHint: undefined,
      organizationId: undefined,
      workspaceId: undefined,
    })
    expect(flow.authorizationUrl).not.toContain('undefined')
    expect(Object.keys(flow)).not.toContain('organizationId')
    expect(Object.keys(flow)).not.toContain('workspaceId')
    expect(flow.redirectUri).toBe('https://platform.claude.com/oauth/code/callback')
  })

  it('requests no scope with an empty list', () => {
    const { authorizationUrl } = new OAuthClient({ scopes: [] }).startFlow('max')
    expect(new URL(authorizationUrl).searchParams.has('scope')).toBe(false)
  })

  it.each([
    ['max', 'https://claude.ai/oauth/authorize?'],
    ['console', 'https://platform.claude.com/oauth/authorize?'],
  ] as const)('builds each URL of a client anew, for the mode %s', (mode, start) => {
    const client = new OAuthClient()
    const [first, second] = [client.startFlow(mode), client.startFlow(mode)]
    for (const flow of [first, second]) {
      expect(flow.authorizationUrl.startsWith(start)).toBe(true)
      const query = new URL(flow.authorizationUrl).searchParams
      expect(Object.fromEntries(query)).toEqual({
        code: 'true',
        client_id: '9d1c250a-e61b-44d9-88ed-5944d1962f5e',
        response_type: 'code',
        redirect_uri: 'https://platform.claude.com/oauth/code/callback',
        scope: 'org:create_api_key user:profile user:inference',
        code_challenge: deriveCodeChallenge(flow.verifier),
        code_challenge_method: 'S256',
        state: flow.state,
      })
    }
    expect(second.authorizationUrl).not.toBe(first.authorizationUrl)
  })

  it('builds the URLs of each client from its own configuration', () => {
    const one = new OAuthClient({ clientId: 'one', redirectUri: 'https://one.example/callback' })
    const two = new OAuthClient({ clientId: 'two', scopes: ['user:profile'], redirectPort: 1455 })
    const queryOf = (client: OAuthClient) => {
      const { client_id, redirect_uri, scope } = Object.fromEntries(
        new URL(client.startFlow('max').authorizationUrl).searchParams,
      )
      return [client_id, redirect_uri, scope]
    }
    for (let round = 0; round < 2; round++) {
      expect(queryOf(one)).toEqual([
        'one',
        'https://one.example/callback',
        'org:create_api_key user:profile user:inference',
      ])
      expect(queryOf(two)).toEqual(['two', 'http://localhost:1455/callback', 'user:profile'])
    }
  })

  it("doesn't carry options over to the next login", () => {
    const client = new OAuthClient()
    const { authorizationUrl: usual } = client.startFlow('max')
    const options = {
      scopes: ['user:inference'],
      redirectUri: 'https://one.example/callback',
      loginHint: 'person@example.com',
      organizationId: 'org-1',
      workspaceId: 'wrkspc-1',
    }
    expect(client.startFlow('max', options).authorizationUrl).toMatch(
      /&redirect_uri=https%3A%2F%2Fone\.example%2Fcallback&scope=user%3Ainference&code_challenge=.*&workspace_id=wrkspc-1$/,
    )
    const withoutSecrets = (url: string) => url.replace(/(code_challenge|state)=[\w-]{43}/g, '$1=')
    expect(withoutSecrets(client.startFlow('max').authorizationUrl)).toBe(withoutSecrets(usual))
  })

  it('accepts scopes that equal the default ones', () => {
    const scopes = ['org:create_api_key', 'user:profile', 'user:inference']
    const flow = new OAuthClient().startFlow('max', { scopes })
    scopes.pop()
    expect(flow.scopes).toEqual(['org:create_api_key', 'user:profile', 'user:inference'])
    expect(flow.authorizationUrl).toContain('&scope=org%3Acreate_api_key+user%3Aprofile+user%3Ainference&')
  })

  it.each([
    ['usual', undefined],
    ['other', ['user:profile']],
  ])('escapes a state with a tilde in the same way in a URL with the %s scopes', (_which, scopes) => {
    const { authorizationUrl } = new OAuthClient().startFlow('max', { state: STATE, scopes })
    expect(authorizationUrl.endsWith('&state=a-state-of-one-s-own.0123456789_ABCDEFGHIJ%7E')).toBe(true)
  })

  it("keeps an endpoint's own query in one mode, and uses the plain endpoint of the other", () => {
    const authorize = {
      max: 'https://auth.example/authorize?tenant=a',
      console: 'https://auth.example/console',
    }
    const client = new OAuthClient({ clientId: 'c', endpoints: { authorize } })
    for (let round = 0; round < 2; round++) {
      expect(client.startFlow('console').authorizationUrl).toMatch(
        /^https:\/\/auth\.example\/console\?client_id=c&response_type=code&/,
      )
      expect(client.startFlow('max').authorizationUrl).toMatch(
        /^https:\/\/auth\.example\/authorize\?tenant=a&client_id=c&response_type=code&/,
      )
    }
  })

  it("keeps the endpoint's own query", () => {
    const authorize = 'https://auth.example/authorize?tenant=a%20b'
    const { authorizationUrl } = new OAuthClient({ clientId: 'c', endpoints: { authorize } }).startFlow('max')
    expect(authorizationUrl).toMatch(
      /^https:\/\/auth\.example\/authorize\?tenant=a\+b&client_id=c&response_type=code&/,
    )
  })

  it('sends the given authorizeParams, and prefers an option that sets the same parameter', () => {
    const client = new OAuthClient({ authorizeParams: { prompt: 'consent', login_hint: 'old@example.com' } })
    const { authorizationUrl } = client.startFlow('max', { loginHint: 'new@example.com' })
    const query = new URL(authorizationUrl).searchParams
    expect(query.get('prompt')).toBe('consent')
    expect(query.getAll('login_hint')).toEqual(['new@example.com'])
    expect(query.has('code')).toBe(false)
  })

  it.each([
    ['x'.repeat(42)],
    ['x'.repeat(513)],
    [`${'x'.repeat(43)} `],
    ['é'.repeat(43)],
    [`${'x'.repeat(43)}\n`],
    [''],
    [7],
  ])('refuses the state %j', (state) => {
    expect(() => new OAuthClient().startFlow('max', { state: state as string })).toThrow(TypeError)
  })

  it.each([['team'], [''], [undefined], ['__proto__']])('refuses the mode %j', (mode) => {
    expect(() => new OAuthClient().startFlow(mode as 'max')).toThrow(TypeError)
  })
})
