import Anthropic from '@anthropic-ai/sdk'
import { OAuthClient, type TokenSet } from '@anthropic-auth/core'
import { type Emulator, startEmulator } from '@anthropic-auth/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const OAUTH_BETA = { 'anthropic-beta': 'oauth-2025-04-20' }

let emulator: Emulator
let client: OAuthClient

beforeAll(async () => {
  emulator = await startEmulator({ separateApiOrigin: true })
  client = new OAuthClient({ endpoints: emulator.endpoints })
})

afterAll(async () => {
  await emulator.close()
})

async function logIn(): Promise<TokenSet> {
  const flow = client.startFlow('console')
  return client.exchangeCode(await emulator.approve(flow.authorizationUrl), flow)
}

function withToken(authToken: string, defaultHeaders: Record<string, string> = OAUTH_BETA): Anthropic {
  return new Anthropic({ authToken, defaultHeaders, baseURL: emulator.apiUrl, maxRetries: 0 })
}

function withKey(apiKey: string): Anthropic {
  return new Anthropic({ apiKey, baseURL: emulator.apiUrl, maxRetries: 0 })
}

function sendMessage(anthropic: Anthropic): Promise<Anthropic.Message> {
  return anthropic.messages.create({
    model: 'claude-haiku-5-5',
    max_tokens: 16,
    messages: [{ role: 'user', content: 'Hello' }],
  })
}

async function listModels(anthropic: Anthropic): Promise<readonly string[]> {
  const models: string[] = []
  for await (const { id } of anthropic.models.list()) models.push(id)
  return models
}

async function expectUnauthorized(anthropic: Anthropic): Promise<void> {
  const requestsBefore = emulator.requests.length
  const refused: unknown[] = [
    await sendMessage(anthropic).catch((error: unknown) => error),
    await listModels(anthropic).catch((error: unknown) => error),
  ]
  for (const error of refused) {
    expect(error).toBeInstanceOf(Anthropic.AuthenticationError)
    expect(error).toMatchObject({ status: 401, type: 'authentication_error' })
  }
  // The refusal is the server's, not the SDK's own.
  expect(emulator.requests.slice(requestsBefore).map(({ path, status }) => [path, status])).toEqual([
    ['/v1/messages', 401],
    ['/v1/models', 401],
  ])
}

describe('the Anthropic SDK with an access token', () => {
  it('sends a message', async () => {
    const { accessToken } = await logIn()
    const message = await sendMessage(withToken(accessToken))
    expect(message).toMatchObject({
      type: 'message',
      role: 'assistant',
      model: 'claude-haiku-5-5',
      content: [{ type: 'text', text: expect.any(String) }],
      usage: { input_tokens: expect.any(Number), output_tokens: expect.any(Number) },
    })
  })

  it('lists models', async () => {
    const { accessToken } = await logIn()
    expect(await listModels(withToken(accessToken))).toContain('claude-haiku-5-5')
  })

  it('goes on with a refreshed token', async () => {
    const refreshed = await client.refreshToken(await logIn())
    await expect(sendMessage(withToken(refreshed.accessToken))).resolves.toMatchObject({ role: 'assistant' })
  })

  it('is refused without the beta header', async () => {
    const { accessToken } = await logIn()
    await expectUnauthorized(withToken(accessToken, {}))
  })

  it('is refused once both tokens were revoked', async () => {
    const tokens = await logIn()
    await expect(sendMessage(withToken(tokens.accessToken))).resolves.toMatchObject({ role: 'assistant' })
    await client.revokeToken(tokens)
    await expectUnauthorized(withToken(tokens.accessToken))
    await expect(client.refreshToken(tokens)).rejects.toMatchObject({ code: 'reauthentication_required' })
  })

  it('is refused when the refresh token is used in place of the access token', async () => {
    const { refreshToken } = await logIn()
    await expectUnauthorized(withToken(refreshToken!))
  })
})

describe('the Anthropic SDK with a created key', () => {
  it('sends a message', async () => {
    const anthropic = withKey(await client.createApiKey(await logIn()))
    await expect(sendMessage(anthropic)).resolves.toMatchObject({ type: 'message', role: 'assistant' })
  })

  it('lists models', async () => {
    const anthropic = withKey(await client.createApiKey(await logIn()))
    expect(await listModels(anthropic)).toContain('claude-haiku-5-5')
  })

  it('outlives the tokens that it was created with', async () => {
    const tokens = await logIn()
    const anthropic = withKey(await client.createApiKey(tokens))
    await client.revokeToken(tokens)
    await expect(sendMessage(anthropic)).resolves.toMatchObject({ role: 'assistant' })
  })

  it('is refused with a key that nobody created', async () => {
    const key = await client.createApiKey(await logIn())
    await expectUnauthorized(withKey(`${key.slice(0, -1)}${key.endsWith('x') ? 'y' : 'x'}`))
  })
})
