import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import Anthropic from '@anthropic-ai/sdk'
import { afterEach, describe, expect, it } from 'vitest'
import { identityToken } from '../../test/identity-token.ts'
import { logIn, postJson, type JsonResponse } from '../../test/raw-login.ts'
import { startEmulator, type Emulator, type EmulatorFederationRule, type EmulatorOptions } from '../index.ts'

const BETA = { 'anthropic-beta': 'oauth-2025-04-20,oidc-federation-2026-04-01' }
const ORGANIZATION = '8e1f4a6d-2b93-4c57-b0d8-71c5e3a9f624'
const CLAIMS = {
  iss: 'https://token.actions.githubusercontent.com',
  sub: 'repo:octo/app:ref:refs/heads/main',
}
const NOW = Date.UTC(2026, 10, 26)

const emulators: Emulator[] = []
afterEach(async () => {
  await Promise.all(emulators.splice(0).map(async (emulator) => emulator.close()))
})

async function start(options: EmulatorOptions = {}): Promise<Emulator> {
  const emulator = await startEmulator({ now: () => NOW, ...options })
  emulators.push(emulator)
  return emulator
}

const startWith = async (...federationRules: EmulatorFederationRule[]): Promise<Emulator> =>
  start({ federationRules })

const exchange = async (
  emulator: Emulator,
  changes: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = BETA,
): Promise<JsonResponse> =>
  postJson(
    emulator.endpoints.token,
    {
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: identityToken(CLAIMS),
      federation_rule_id: 'fdrl_ci',
      organization_id: ORGANIZATION,
      ...changes,
    },
    headers,
  )

const sendMessage = async (emulator: Emulator, token: string): Promise<JsonResponse> =>
  postJson(
    `${emulator.apiUrl}/v1/messages`,
    { model: 'claude-opus-5-5', max_tokens: 8, messages: [{ role: 'user', content: 'Hello' }] },
    {
      authorization: `Bearer ${token}`,
      'anthropic-version': '2023-06-01',
      'anthropic-beta': 'oauth-2025-04-20',
    },
  )

describe('the grant jwt-bearer', () => {
  it('returns an access token that the API accepts, and no refresh token', async () => {
    const emulator = await start({ tokenLifetimeSeconds: 600 })
    const { status, body } = await exchange(emulator)
    expect([status, body]).toEqual([
      200,
      {
        token_type: 'Bearer',
        access_token: expect.stringMatching(/^sk-ant-oat01-/),
        expires_in: 600,
        scope: 'workspace:developer',
      },
    ])
    expect((await sendMessage(emulator, String(body['access_token']))).status).toBe(200)
  })

  it('works with the official SDK', async () => {
    const emulator = await startWith({
      id: 'fdrl_ci',
      subject: CLAIMS.sub,
      workspaces: ['wrkspc_1', 'wrkspc_2'],
    })
    const path = join(await mkdtemp(join(tmpdir(), 'identity-token-')), 'token')
    await writeFile(path, identityToken(CLAIMS))
    const anthropic = new Anthropic({
      baseURL: emulator.apiUrl,
      config: {
        organization_id: ORGANIZATION,
        workspace_id: 'wrkspc_2',
        authentication: {
          type: 'oidc_federation',
          federation_rule_id: 'fdrl_ci',
          service_account_id: 'svac_1',
          identity_token: { source: 'file', path },
        },
      },
    })
    const { role } = await anthropic.messages.create({
      model: 'claude-opus-5-5',
      max_tokens: 8,
      messages: [{ role: 'user', content: 'Hello' }],
    })
    expect(role).toBe('assistant')
    await rm(dirname(path), { recursive: true })
  })

  it('refuses an identity token that the rule does not match, with 401', async () => {
    const emulator = await startWith({ id: 'fdrl_ci', issuer: CLAIMS.iss, subject: CLAIMS.sub })
    expect((await exchange(emulator)).status).toBe(200)
    for (const claims of [{ ...CLAIMS, sub: 'repo:other' }, { ...CLAIMS, iss: 'https://other' }, {}]) {
      expect(await exchange(emulator, { assertion: identityToken(claims) })).toMatchObject({
        status: 401,
        body: {
          error: 'invalid_grant',
          error_description: 'The federation rule does not match the identity token.',
        },
      })
    }
  })

  it('refuses a rule that it does not know, with 401', async () => {
    const emulator = await startWith({ id: 'fdrl_other' })
    expect(await exchange(emulator)).toMatchObject({
      status: 401,
      body: { error_description: 'Federation rule not found.' },
    })
  })

  it('requires a workspace when the rule covers several', async () => {
    const emulator = await startWith({ id: 'fdrl_ci', workspaces: ['wrkspc_1', 'wrkspc_3'] })
    expect(await exchange(emulator)).toMatchObject({
      status: 401,
      body: {
        error_description: "The federation rule covers several workspaces. Name one with 'workspace_id'.",
      },
    })
    expect((await exchange(emulator, { workspace_id: 'wrkspc_1' })).status).toBe(200)
    expect(await exchange(emulator, { workspace_id: 'wrkspc_2' })).toMatchObject({
      status: 401,
      body: { error_description: 'The federation rule does not cover this workspace.' },
    })
  })

  it('chooses the default workspace if the rule covers it', async () => {
    const emulator = await startWith({ id: 'fdrl_ci', workspaces: ['wrkspc_1', 'default'] })
    expect((await exchange(emulator)).status).toBe(200)
  })

  it('grants the scopes of the rule, without those that a fault drops', async () => {
    const emulator = await startWith({
      id: 'fdrl_ci',
      scopes: ['workspace:developer', 'workspace:inference'],
    })
    expect((await exchange(emulator)).body['scope']).toBe('workspace:developer workspace:inference')
    emulator.faults.next('token', { type: 'dropped_scope', scopes: ['workspace:developer'] })
    expect((await exchange(emulator)).body['scope']).toBe('workspace:inference')
  })

  it.each([
    ['a text that is no JWT', 'x.y', 'The assertion is not a JSON Web Token.'],
    ['a JWT whose parts are no objects', 'W10.W10.W10', 'The assertion is not a JSON Web Token.'],
    ['a JWT without an algorithm', 'e30.e30.e30', 'The assertion is not a JSON Web Token.'],
    ['an expired one', identityToken({ ...CLAIMS, exp: NOW / 1000 }), 'The assertion has expired.'],
    [
      'one of the future',
      identityToken({ ...CLAIMS, nbf: NOW / 1000 + 1 }),
      'The assertion is not valid yet.',
    ],
    [
      'one of more than 16 KiB',
      identityToken({ padding: 'a'.repeat(16_384) }),
      'The assertion exceeds 16 KiB.',
    ],
  ])('refuses %s', async (_, assertion, description) => {
    expect(await exchange(await start(), { assertion })).toMatchObject({
      status: 400,
      body: { error: 'invalid_grant', error_description: description },
    })
  })

  it('accepts an identity token until it expires', async () => {
    const assertion = identityToken({ ...CLAIMS, nbf: NOW / 1000, exp: NOW / 1000 + 1 })
    expect((await exchange(await start(), { assertion })).status).toBe(200)
  })

  it.each(['assertion', 'federation_rule_id', 'organization_id'])(
    'refuses a request without %s',
    async (name) => {
      expect(await exchange(await start(), { [name]: undefined })).toMatchObject({
        status: 400,
        body: { error: 'invalid_request', error_description: `Missing or malformed '${name}' in request.` },
      })
    },
  )

  it.each(['service_account_id', 'workspace_id'])('refuses an empty %s', async (name) => {
    expect((await exchange(await start(), { [name]: '' })).status).toBe(400)
  })

  it('refuses the grant without its beta header, and a refresh with it', async () => {
    const emulator = await start()
    const { refreshToken } = await logIn(emulator)
    const requests = [
      await exchange(emulator, {}, { 'anthropic-beta': 'oauth-2025-04-20' }),
      await exchange(emulator, {}, {}),
      await exchange(emulator, { grant_type: 'refresh_token', refresh_token: refreshToken }, BETA),
    ]
    for (const { status, body } of requests) expect([status, body['error']]).toEqual([400, 'invalid_request'])
  })

  it('still serves a machine while the account of the user is on hold', async () => {
    const emulator = await start()
    emulator.setAccountOnHold(true)
    const { body } = await exchange(emulator)
    expect((await sendMessage(emulator, String(body['access_token']))).status).toBe(200)
  })

  it('does not show the profile of a user to a machine', async () => {
    const emulator = await start()
    const { body } = await exchange(emulator)
    const response = await fetch(emulator.endpoints.profile, {
      headers: { authorization: `Bearer ${String(body['access_token'])}` },
    })
    expect(response.status).toBe(403)
  })

  it.each<[string, unknown]>([
    ['no array', {}],
    ['a rule that is no object', ['fdrl_ci']],
    ['a rule without an id', [{ issuer: 'https://issuer' }]],
    ['an issuer that is no string', [{ id: 'fdrl_ci', issuer: 1 }]],
    ['workspaces that are no array', [{ id: 'fdrl_ci', workspaces: 'default' }]],
    ['no scopes', [{ id: 'fdrl_ci', scopes: [] }]],
    ['a misspelled member', [{ id: 'fdrl_ci', subjct: 'repo:octo/app' }]],
  ])('refuses rules with %s', async (_, federationRules) => {
    const options = { federationRules } as unknown as EmulatorOptions
    await expect(startEmulator(options)).rejects.toBeInstanceOf(TypeError)
  })
})
