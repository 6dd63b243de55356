import {
  AnthropicAuthError,
  OAuthClient,
  type OAuthConfig,
  type OAuthFlow,
  type TokenSet,
} from '@anthropic-auth/core'
import { generateCodeVerifier } from '@anthropic-auth/pkce'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { type CertifiedServer, startCertifiedServer } from './certified-server.ts'
import { allow, decline } from './headless-user.ts'

let server: CertifiedServer

beforeAll(async () => {
  // It warns of its in-memory storage and its plain pages. This test wants both.
  vi.spyOn(console, 'warn').mockReturnValue()
  vi.spyOn(console, 'info').mockReturnValue()
  server = await startCertifiedServer()
})

afterAll(async () => {
  await server[Symbol.asyncDispose]()
  vi.restoreAllMocks()
})

function createClient(config: OAuthConfig = {}): OAuthClient {
  return new OAuthClient({
    clientId: server.clientId,
    redirectUri: server.redirectUri,
    scopes: ['openid', 'offline_access'],
    endpoints: server.endpoints,
    tokenEncoding: 'form',
    authorizeParams: { prompt: 'consent' },
    ...config,
  })
}

async function logIn(client: OAuthClient): Promise<TokenSet> {
  const flow = client.startFlow('console')
  return client.exchangeCode(await allow(flow.authorizationUrl), flow)
}

/** Returns 200 while the access token is valid. */
async function userInfoStatus({ accessToken }: TokenSet): Promise<number> {
  const { status } = await fetch(`${server.url}/me`, { headers: { authorization: `Bearer ${accessToken}` } })
  return status
}

async function failureOf(promise: Promise<unknown>): Promise<AnthropicAuthError> {
  const outcome: unknown = await promise.catch((error: unknown) => error)
  if (outcome instanceof AnthropicAuthError) return outcome
  throw new Error('It was expected to fail with an AnthropicAuthError', { cause: outcome })
}

function expectNoSecret(error: AnthropicAuthError, secrets: readonly string[]): void {
  const told = [error.message, error.stack, JSON.stringify(error)].join('\n')
  expect(secrets.filter((secret) => told.includes(secret))).toEqual([])
}

describe('OAuthClient at oidc-provider', () => {
  it('logs in with a response that names its issuer', async () => {
    const client = createClient()
    const flow = client.startFlow('max')
    const redirectUrl = await allow(flow.authorizationUrl)
    expect(new URL(redirectUrl).searchParams.get('iss')).toBe(server.url)

    const tokens = await client.exchangeCode(redirectUrl, flow)
    expect(tokens.toJSON()).toEqual({
      accessToken: expect.stringMatching(/^[\w-]+$/),
      refreshToken: expect.stringMatching(/^[\w-]+$/),
      expiresAt: expect.any(Number),
      refreshTokenExpiresAt: null,
      scopes: ['openid', 'offline_access'],
      clientId: 'native-app',
      account: null,
      organization: null,
      workspace: null,
    })
    expect(tokens.isExpired()).toBe(false)
    expect(await userInfoStatus(tokens)).toBe(200)
  })

  it('finishes a stored flow with only the query of the redirect', async () => {
    const started = createClient().startFlow('max')
    const { search } = new URL(await allow(started.authorizationUrl))
    const stored = JSON.parse(JSON.stringify(started)) as OAuthFlow
    const tokens = await createClient().exchangeCode(search, stored)
    expect(await userInfoStatus(tokens)).toBe(200)
  })

  it('reads a token response without a refresh token and with fewer scopes than requested', async () => {
    const tokens = await logIn(createClient({ authorizeParams: { prompt: 'login' } }))
    expect(tokens.refreshToken).toBeNull()
    expect(tokens.scopes).toEqual(['openid'])
  })

  it('distinguishes a denial from other errors', async () => {
    const client = createClient()
    const flow = client.startFlow('max')
    const redirectUrl = await decline(flow.authorizationUrl)
    expect(await failureOf(client.exchangeCode(redirectUrl, flow))).toMatchObject({
      code: 'authorization_denied',
      error: 'access_denied',
      errorDescription: 'End-User aborted interaction',
    })
  })

  it('reports an error of the authorization endpoint that is no denial', async () => {
    const client = createClient({ authorizeParams: { prompt: 'none' } })
    const flow = client.startFlow('max')
    // Without a session, it can only send the user back at once.
    const redirectUrl = await allow(flow.authorizationUrl)
    expect(await failureOf(client.exchangeCode(redirectUrl, flow))).toMatchObject({
      code: 'oauth_error',
      error: 'login_required',
    })
  })
})

describe('exchangeCode() at oidc-provider', () => {
  it('is refused with the verifier of another login', async () => {
    const client = createClient()
    const flow = { ...client.startFlow('max'), verifier: generateCodeVerifier() }
    const redirectUrl = await allow(flow.authorizationUrl)
    const error = await failureOf(client.exchangeCode(redirectUrl, flow))
    expect(error).toMatchObject({ code: 'oauth_error', error: 'invalid_grant', status: 400 })
    const code = new URL(redirectUrl).searchParams.get('code')
    expectNoSecret(error, [flow.verifier, flow.state, code!])
  })

  it('is refused with a redirect URI that differs by its port', async () => {
    const client = createClient()
    const flow = client.startFlow('max')
    const redirectUrl = await allow(flow.authorizationUrl)
    const moved = { ...flow, redirectUri: 'http://127.0.0.1:49877/callback' }
    expect(await failureOf(client.exchangeCode(redirectUrl, moved))).toMatchObject({
      code: 'oauth_error',
      error: 'invalid_grant',
      status: 400,
    })
  })

  it('is refused for a code that was used, whose tokens end with it', async () => {
    const client = createClient()
    const flow = client.startFlow('max')
    const redirectUrl = await allow(flow.authorizationUrl)
    const tokens = await client.exchangeCode(redirectUrl, flow)
    expect(await userInfoStatus(tokens)).toBe(200)

    const error = await failureOf(client.exchangeCode(redirectUrl, flow))
    expect(error).toMatchObject({ code: 'oauth_error', error: 'invalid_grant', status: 400 })
    expectNoSecret(error, [flow.verifier, new URL(redirectUrl).searchParams.get('code')!])
    expect(await userInfoStatus(tokens)).toBe(401)
  })

  it('is sent once, and says so when the server does not read JSON', async () => {
    const client = createClient({ tokenEncoding: 'json' })
    const flow = client.startFlow('max')
    const redirectUrl = await allow(flow.authorizationUrl)
    const sentBefore = server.requests.length
    expect(await failureOf(client.exchangeCode(redirectUrl, flow))).toMatchObject({
      code: 'oauth_error',
      error: 'invalid_request',
      status: 400,
      hint: expect.stringContaining("set tokenEncoding: 'form'"),
    })
    expect(server.requests.slice(sentBefore)).toEqual(['POST /token'])
  })
})

describe('refreshToken() at oidc-provider', () => {
  it('rotates, time after time', async () => {
    const client = createClient()
    const first = await logIn(client)
    const second = await client.refreshToken(first)
    const third = await client.refreshToken(second.refreshToken!)
    const refreshTokens = [first, second, third].map(({ refreshToken }) => refreshToken)
    expect(new Set(refreshTokens).size).toBe(3)
    expect(third.scopes).toEqual(['openid', 'offline_access'])
    expect(await userInfoStatus(third)).toBe(200)
  })

  it('requires a new login after a refresh token was used twice, which ends the whole family', async () => {
    const client = createClient()
    const first = await logIn(client)
    const second = await client.refreshToken(first)

    const error = await failureOf(client.refreshToken(first))
    expect(error).toMatchObject({ code: 'reauthentication_required', error: 'invalid_grant', status: 400 })
    expectNoSecret(error, [first.accessToken, first.refreshToken!])
    expect(await userInfoStatus(second)).toBe(401)
    expect(await failureOf(client.refreshToken(second))).toMatchObject({ code: 'reauthentication_required' })
  })

  it("doesn't mistake a wrong client id for a dead refresh token", async () => {
    const tokens = await logIn(createClient())
    const stranger = createClient({ clientId: 'unknown-app' })
    expect(await failureOf(stranger.refreshToken(tokens.refreshToken!))).toMatchObject({
      code: 'oauth_error',
      error: 'invalid_client',
      status: 401,
    })
    const refreshed = await createClient().refreshToken(tokens)
    expect(await userInfoStatus(refreshed)).toBe(200)
  })
})

describe('revokeToken() at oidc-provider', () => {
  it('ends the refresh token and the access token of its grant', async () => {
    const client = createClient()
    const tokens = await logIn(client)
    expect(await userInfoStatus(tokens)).toBe(200)
    await client.revokeToken(tokens)
    expect(await userInfoStatus(tokens)).toBe(401)
    expect(await failureOf(client.refreshToken(tokens))).toMatchObject({ code: 'reauthentication_required' })
  })

  it('treats an unknown or revoked token as revoked', async () => {
    const client = createClient()
    const tokens = await logIn(client)
    await client.revokeToken(tokens)
    await expect(client.revokeToken(tokens)).resolves.toBeUndefined()
    await expect(client.revokeToken('unknown-token')).resolves.toBeUndefined()
  })
})

describe("Anthropic's own endpoints at oidc-provider", () => {
  it('are never assumed: a token of another server is sent only there', async () => {
    const client = createClient()
    const tokens = await logIn(client)
    expect(await failureOf(client.getProfile(tokens.accessToken))).toMatchObject({
      code: 'invalid_config',
      reason: 'endpoints.profile',
    })
    expect(await failureOf(client.createApiKey(tokens.accessToken))).toMatchObject({
      code: 'invalid_config',
      reason: 'endpoints.apiKey',
    })
  })

  it('are not assumed for revocation either', async () => {
    const client = createClient({ endpoints: { ...server.endpoints, revoke: undefined } })
    const tokens = await logIn(client)
    expect(await failureOf(client.revokeToken(tokens))).toMatchObject({
      code: 'invalid_config',
      reason: 'endpoints.revoke',
    })
    expect(await userInfoStatus(tokens)).toBe(200)
  })
})
