import { deriveCodeChallenge, generateCodeVerifier } from '@anthropic-auth/pkce'
import { type Emulator, startEmulator } from '@anthropic-auth/testing'
import * as oauth from 'oauth4webapi'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const client: oauth.Client = { client_id: '9d1c250a-e61b-44d9-88ed-5944d1962f5e' }
const redirectUri = 'http://localhost:49876/callback'
const publicClient = oauth.None()
// oxlint-disable-next-line no-deprecated -- the library marks options for loopback as deprecated
const insecure = { [oauth.allowInsecureRequests]: true }

let emulator: Emulator
let server: oauth.AuthorizationServer

beforeAll(async () => {
  emulator = await startEmulator()
  const { authorize, token, revoke } = emulator.endpoints
  server = {
    issuer: emulator.url,
    authorization_endpoint: authorize.max,
    token_endpoint: token,
    revocation_endpoint: revoke,
  }
})

afterAll(async () => {
  await emulator.close()
})

interface Login {
  readonly authorizationUrl: string
  readonly verifier: string
  readonly state: string
}

async function startLogin(): Promise<Login> {
  const verifier = oauth.generateRandomCodeVerifier()
  const state = oauth.generateRandomState()
  const url = new URL(emulator.endpoints.authorize.max)
  url.search = new URLSearchParams({
    client_id: client.client_id,
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'user:profile user:inference',
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
  }).toString()
  return { authorizationUrl: url.href, verifier, state }
}

async function exchange(
  redirectUrl: string,
  { verifier, state }: Login,
): Promise<oauth.TokenEndpointResponse> {
  const parameters = oauth.validateAuthResponse(server, client, new URL(redirectUrl), state)
  const response = await oauth.authorizationCodeGrantRequest(
    server,
    client,
    publicClient,
    parameters,
    redirectUri,
    verifier,
    // Required by the server, beyond RFC 6749.
    { ...insecure, additionalParameters: { state } },
  )
  return oauth.processAuthorizationCodeResponse(server, client, response)
}

async function logIn(): Promise<oauth.TokenEndpointResponse> {
  const login = await startLogin()
  return exchange(await emulator.approve(login.authorizationUrl), login)
}

async function refresh(refreshToken: string): Promise<oauth.TokenEndpointResponse> {
  const response = await oauth.refreshTokenGrantRequest(server, client, publicClient, refreshToken, insecure)
  return oauth.processRefreshTokenResponse(server, client, response)
}

function bodies(path: string): readonly string[] {
  return emulator.requests.filter((request) => request.path === path).map(({ body }) => body)
}

describe('oauth4webapi at the emulator', () => {
  it('logs in with PKCE through a loopback redirect', async () => {
    const login = await startLogin()
    const redirectUrl = await emulator.approve(login.authorizationUrl)
    expect(redirectUrl).toMatch(/^http:\/\/localhost:49876\/callback\?/)
    expect(await exchange(redirectUrl, login)).toMatchObject({
      token_type: 'bearer',
      access_token: expect.stringMatching(/^sk-ant-oat01-/),
      refresh_token: expect.stringMatching(/^sk-ant-ort01-/),
      expires_in: 28_800,
      scope: 'user:profile user:inference',
    })
    const sent = new URLSearchParams(bodies('/v1/oauth/token').at(-1))
    expect([sent.get('grant_type'), sent.get('client_id')]).toEqual(['authorization_code', client.client_id])
  })

  it('refreshes, and is refused when a refresh token comes twice', async () => {
    const first = await logIn()
    const second = await refresh(first.refresh_token!)
    expect(second.token_type).toBe('bearer')
    expect(second.access_token).not.toBe(first.access_token)
    expect(second.refresh_token).not.toBe(first.refresh_token)

    await expect(refresh(first.refresh_token!)).rejects.toMatchObject({
      name: 'ResponseBodyError',
      status: 400,
      error: 'invalid_grant',
    })
    await expect(refresh(second.refresh_token!)).rejects.toMatchObject({ error: 'invalid_grant' })
  })

  it('is refused with the verifier of another login', async () => {
    const login = await startLogin()
    const redirectUrl = await emulator.approve(login.authorizationUrl)
    const mixedUp = { ...login, verifier: oauth.generateRandomCodeVerifier() }
    await expect(exchange(redirectUrl, mixedUp)).rejects.toMatchObject({
      name: 'ResponseBodyError',
      status: 400,
      error: 'invalid_grant',
    })
  })

  it('is refused for a code that was used, whose tokens end with it', async () => {
    const login = await startLogin()
    const redirectUrl = await emulator.approve(login.authorizationUrl)
    const tokens = await exchange(redirectUrl, login)
    await expect(exchange(redirectUrl, login)).rejects.toMatchObject({ error: 'invalid_grant' })
    await expect(refresh(tokens.refresh_token!)).rejects.toMatchObject({ error: 'invalid_grant' })
  })

  it('reads a denial as an error of the authorization response', async () => {
    const login = await startLogin()
    const redirectUrl = await emulator.deny(login.authorizationUrl)
    await expect(exchange(redirectUrl, login)).rejects.toMatchObject({
      name: 'AuthorizationResponseError',
      error: 'access_denied',
    })
  })

  it('revokes', async () => {
    const tokens = await logIn()
    const response = await oauth.revocationRequest(
      server,
      client,
      publicClient,
      tokens.refresh_token!,
      insecure,
    )
    await expect(oauth.processRevocationResponse(response)).resolves.toBeUndefined()
    await expect(refresh(tokens.refresh_token!)).rejects.toMatchObject({ error: 'invalid_grant' })
  })
})

describe('deriveCodeChallenge()', () => {
  it('gives what oauth4webapi calculates', async () => {
    const verifiers = Array.from({ length: 100 }, () => generateCodeVerifier())
    const calculated = await Promise.all(
      verifiers.map((verifier) => oauth.calculatePKCECodeChallenge(verifier)),
    )
    expect(verifiers.map((verifier) => deriveCodeChallenge(verifier))).toEqual(calculated)
  })
})
