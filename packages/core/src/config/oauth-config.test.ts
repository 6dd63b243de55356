import { describe, expect, it } from 'vitest'
import { OAuthClient } from '../oauth-client.ts'
import { defaultEndpoints, legacyEndpoints, platformApiEndpoints } from './endpoints.ts'
import type { OAuthConfig } from './oauth-config.ts'

const resolve = (config: unknown) => new OAuthClient(config as OAuthConfig).config

describe('new OAuthClient()', () => {
  it('has the defaults of the Rust crate and of the wire', () => {
    expect(resolve({})).toEqual({
      clientId: '9d1c250a-e61b-44d9-88ed-5944d1962f5e',
      redirectUri: 'https://platform.claude.com/oauth/code/callback',
      scopes: ['org:create_api_key', 'user:profile', 'user:inference'],
      endpoints: {
        authorize: {
          max: 'https://claude.ai/oauth/authorize',
          console: 'https://platform.claude.com/oauth/authorize',
        },
        token: 'https://platform.claude.com/v1/oauth/token',
        apiKey: 'https://api.anthropic.com/api/oauth/claude_cli/create_api_key',
        profile: 'https://api.anthropic.com/api/oauth/profile',
        revoke: 'https://platform.claude.com/v1/oauth/token/revoke',
        codePage: 'https://platform.claude.com/oauth/code/callback',
      },
      timeoutMs: 30_000,
      requireState: null,
      userAgent: expect.stringMatching(/^anthropic-auth\/\d+\.\d+\.\d+/) as string,
      tokenEncoding: 'json',
      authorizeParams: { code: 'true' },
      fetch: null,
    })
  })

  it('treats undefined as the default', () => {
    const keys = Object.keys(resolve({}))
    const allUndefined = Object.fromEntries([...keys, 'redirectPort'].map((key) => [key, undefined]))
    expect(resolve(allUndefined)).toEqual(resolve({}))
    expect(resolve({ endpoints: { token: undefined, authorize: { max: undefined } } })).toEqual(resolve({}))
  })

  it('freezes its configuration, and copies the given one', () => {
    const scopes = ['user:profile']
    const authorizeParams = { prompt: 'login' }
    const config = resolve({ scopes, authorizeParams })
    scopes.push('user:inference')
    authorizeParams.prompt = 'none'
    expect(config.scopes).toEqual(['user:profile'])
    expect(config.authorizeParams).toEqual({ prompt: 'login' })
    const parts = [
      config,
      config.scopes,
      config.endpoints,
      config.endpoints.authorize,
      config.authorizeParams,
    ]
    expect(parts.every((part) => Object.isFrozen(part))).toBe(true)
  })

  it.each([
    ['https://auth.example/oauth/token'],
    ['https://auth.example:8443/token?tenant=1'],
    ['http://localhost/token'],
    ['http://localhost:8080/token'],
    ['http://127.0.0.1:8080/token'],
    ['http://127.255.0.3/token'],
    ['http://[::1]:8080/token'],
  ])('accepts the endpoint %s', (token) => {
    expect(resolve({ endpoints: { token } }).endpoints.token).toBe(token)
  })

  it.each([
    ['http://localhost.evil.com/token'],
    ['http://127.0.0.1.evil.com/token'],
    ['http://evil.com/token'],
    ['http://0.0.0.0/token'],
    ['http://[::]/token'],
    ['http://[::ffff:127.0.0.1]/token'],
    ['http://128.0.0.1/token'],
    ['http://localhost@evil.com/token'],
    ['ftp://auth.example/token'],
    ['file:///etc/passwd'],
    ['javascript:alert(1)'],
    [''],
    ['auth.example/token'],
    ['//auth.example/token'],
    ['/token'],
    ['https:auth.example/token'],
    ['https:/auth.example/token'],
    ['https://'],
    ['https:///token'],
    ['https://user@auth.example/token'],
    ['https://user:secret@auth.example/token'],
    ['https://@auth.example/token'],
    ['https://auth.example/token#'],
    ['https://auth.example/token#fragment'],
    [' https://auth.example/token'],
    ['https://auth.example/token '],
    ['https://auth.ex\nample/token'],
    ['https://auth.example\\@evil.com/token'],
    ['https://auth.example/<token>'],
    ['https://аuth.example/token'],
    ['https://auth.example:99999/token'],
    [42],
    [null],
    [[]],
  ])('refuses the endpoint %j', (url) => {
    for (const name of ['token', 'apiKey', 'profile', 'revoke', 'codePage', 'authorize']) {
      expect(() => resolve({ endpoints: { [name]: url } }), name).toThrow(
        expect.objectContaining({ code: 'invalid_config', reason: expect.stringContaining(name) as string }),
      )
    }
  })

  it('accepts one authorization endpoint for both modes, or one for each', () => {
    const both = 'https://auth.example/authorize'
    expect(resolve({ endpoints: { authorize: both } }).endpoints.authorize).toEqual({
      max: both,
      console: both,
    })
    expect(resolve({ endpoints: { authorize: { max: both } } }).endpoints.authorize).toEqual({
      max: both,
      console: 'https://platform.claude.com/oauth/authorize',
    })
  })

  it('refuses an authorization endpoint whose query has a parameter of the protocol', () => {
    const authorize = 'https://auth.example/authorize?tenant=1&state=fixed'
    expect(() => resolve({ endpoints: { authorize } })).toThrow(
      expect.objectContaining({ code: 'invalid_config', reason: 'endpoints.authorize' }),
    )
  })

  it('has no default API key, profile and revocation endpoints with another token endpoint', () => {
    const { endpoints } = resolve({ endpoints: { token: 'https://auth.example/token' } })
    expect([endpoints.apiKey, endpoints.profile, endpoints.revoke]).toEqual([null, null, null])
    const given = resolve({
      endpoints: { token: 'https://auth.example/token', revoke: 'https://auth.example/revoke' },
    }).endpoints
    expect([given.apiKey, given.profile, given.revoke]).toEqual([null, null, 'https://auth.example/revoke'])
  })

  it('accepts whole presets', () => {
    for (const endpoints of [defaultEndpoints, legacyEndpoints, platformApiEndpoints]) {
      expect(resolve({ endpoints }).endpoints).toEqual(endpoints)
    }
  })

  it.each([
    ['client_id'],
    ['response_type'],
    ['redirect_uri'],
    ['scope'],
    ['code_challenge'],
    ['code_challenge_method'],
    ['state'],
  ])('refuses %s among authorizeParams, since the client sets it', (name) => {
    expect(() => resolve({ authorizeParams: { [name]: 'x' } })).toThrow(
      expect.objectContaining({ code: 'invalid_config', reason: 'authorizeParams' }),
    )
  })

  it.each([
    ['clientId', ''],
    ['clientId', 'has space'],
    ['clientId', 42],
    ['timeoutMs', 0],
    ['timeoutMs', -1],
    ['timeoutMs', Number.NaN],
    ['timeoutMs', Number.POSITIVE_INFINITY],
    ['timeoutMs', '1000'],
    ['redirectPort', 0],
    ['redirectPort', 65_536],
    ['redirectPort', 1.5],
    ['redirectPort', '8080'],
    ['scopes', 'user:profile'],
    ['scopes', ['user:profile user:inference']],
    ['scopes', ['']],
    ['scopes', [1]],
    ['authorizeParams', { prompt: 1 }],
    ['authorizeParams', 'prompt=login'],
    ['endpoints', 'https://auth.example'],
    ['endpoints', null],
    ['requireState', 'false'],
    ['userAgent', ''],
    ['userAgent', 'agent\r\nx-evil: 1'],
    ['userAgent', 'é'],
    ['tokenEncoding', 'xml'],
    ['fetch', 'https://proxy.example'],
  ])('refuses %s: %j', (option, value) => {
    expect(() => resolve({ [option]: value })).toThrow(
      expect.objectContaining({ name: 'AnthropicAuthError', code: 'invalid_config', reason: option }),
    )
  })

  it('sends code=true by default with the default client id only', () => {
    expect(resolve({ clientId: 'another' }).authorizeParams).toEqual({})
    expect(resolve({ authorizeParams: {} }).authorizeParams).toEqual({})
  })

  it.each([
    ['https://app.example/callback'],
    ['http://localhost:1455/callback'],
    ['http://127.0.0.1/callback?tenant=1'],
    ['http://[::1]:1/callback'],
    ['com.example.app:/callback'],
    ['com.example.app:callback'],
    ['com.example.app:/callback?tenant=1'],
    ['myapp:/callback'],
    ['myapp://'],
    ['myapp://callback'],
    ['MyApp+2-x.y:/a/b;c=d'],
    ['vscode://publisher.extension/callback'],
    ['vscode-insiders://publisher.extension/callback'],
    ['urn:ietf:wg:oauth:2.0:oob'],
    ['ms-app://s-1-15-2-1'],
  ])('accepts the redirect URI %s, byte by byte', (redirectUri) => {
    expect(resolve({ redirectUri }).redirectUri).toBe(redirectUri)
  })

  it.each([
    ['http://app.example/callback'],
    ['http://0.0.0.0/callback'],
    ['HTTP://app.example/callback'],
    ['http:app.example'],
    ['https:app.example/callback'],
    ['https:///callback'],
    ['about:blank'],
    ['blob:https://app.example/1'],
    ['data:text/html,x'],
    ['file:///tmp/callback'],
    ['filesystem:https://app.example/x'],
    ['ftp://app.example/callback'],
    ['javascript:alert(1)'],
    ['JavaScript://app.example/%0aalert(1)'],
    ['mailto:user@example.com'],
    ['vbscript:x'],
    ['view-source:https://app.example/'],
    ['ws://localhost/callback'],
    ['wss://app.example/callback'],
    [' myapp:/callback'],
    ['my_app:/callback'],
    ['1app:/callback'],
    ['/callback'],
    ['callback'],
    ['my\tapp:/callback'],
    ['myapp://user@host/callback'],
    ['myapp://host:port/callback'],
    ['myapp:/callback\n'],
    ['https://app.example/callback#'],
    ['com.example.app:/callback#x'],
    ['com.example.app:/call back'],
    ['com.example.app:'],
    ['https://user@app.example/'],
    [null],
    [''],
    [7],
  ])('refuses the redirect URI %j', (redirectUri) => {
    const refusal = expect.objectContaining({ code: 'invalid_config', reason: 'redirectUri' }) as Error
    expect(() => resolve({ redirectUri })).toThrow(refusal)
    expect(() => new OAuthClient().startFlow('max', { redirectUri: redirectUri as string })).toThrow(refusal)
  })

  it('uses redirectPort for the loopback redirect URI, and refuses it together with redirectUri', () => {
    expect(resolve({ redirectPort: 1455 }).redirectUri).toBe('http://localhost:1455/callback')
    expect(() => resolve({ redirectPort: 1455, redirectUri: 'http://localhost:1455/callback' })).toThrow(
      expect.objectContaining({ code: 'invalid_config', reason: 'redirectPort' }),
    )
  })

  it('redirects to the given code page', () => {
    const codePage = 'https://auth.example/code'
    expect(resolve({ endpoints: { codePage } }).redirectUri).toBe(codePage)
  })
})
