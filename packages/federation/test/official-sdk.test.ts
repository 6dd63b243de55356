import Anthropic from '@anthropic-ai/sdk'
import { oidcFederationProvider } from '@anthropic-ai/sdk/lib/credentials/oidc-federation'
import { type AccessTokenProvider, createAuthFetch } from '@anthropic-auth/core'
import type { Emulator } from '@anthropic-auth/testing'
import { afterEach, describe, expect, it, vi } from 'vitest'
import {
  assertions,
  GRANT,
  ORGANIZATION_ID,
  providerAt,
  startFederationEmulator,
} from './emulated-federation.ts'

afterEach(() => {
  vi.useRealTimers()
})

/** The official SDK's own provider, for the same grant. */
function sdkProviderAt({ apiUrl }: Emulator): AccessTokenProvider {
  return oidcFederationProvider({
    identityTokenProvider: () => String(GRANT.identityToken),
    federationRuleId: 'fdrl_ci',
    organizationId: ORGANIZATION_ID,
    baseURL: apiUrl,
    fetch,
  })
}

async function ask(sdk: Anthropic): Promise<string> {
  const { content } = await sdk.messages.create({
    model: 'claude-haiku-5-5',
    max_tokens: 16,
    messages: [{ role: 'user', content: 'Hello' }],
  })
  const [block] = content
  return block?.type === 'text' ? block.text : ''
}

describe('the official SDK', () => {
  it('sends messages with our provider, and exchanges once for all of them', async () => {
    const emulator = await startFederationEmulator()
    const sdk = new Anthropic({ credentials: providerAt(emulator), baseURL: emulator.apiUrl })
    const texts = await Promise.all(Array.from({ length: 20 }, async () => ask(sdk)))
    expect(new Set(texts).size).toBe(1)
    expect(assertions(emulator)).toHaveLength(1)
  })

  it('gets another token from our provider after a 401', async () => {
    vi.useFakeTimers({ now: 1_700_000_000_000, toFake: ['Date', 'performance'] })
    const emulator = await startFederationEmulator()
    const sdk = new Anthropic({ credentials: providerAt(emulator), baseURL: emulator.apiUrl })
    await ask(sdk)
    vi.advanceTimersByTime(60_000)
    emulator.expireAccessTokens()
    expect(await ask(sdk)).toContain('was accepted')
    expect(assertions(emulator)).toHaveLength(2)
  })

  it('sends the same exchange itself, except for the user agent', async () => {
    const emulator = await startFederationEmulator()
    await sdkProviderAt(emulator)()
    await providerAt(emulator)()
    const requests = emulator.requests.map(({ method, path, headers, body }) => ({
      method,
      path,
      beta: headers['anthropic-beta'],
      type: headers['content-type'],
      body: JSON.parse(body) as unknown,
    }))
    expect(requests).toHaveLength(2)
    expect(requests[1]).toEqual(requests[0])
  })
})

describe("createAuthFetch() with the official SDK's provider", () => {
  it('sends messages', async () => {
    const emulator = await startFederationEmulator()
    const fetchWithToken = createAuthFetch(sdkProviderAt(emulator), { origins: [emulator.apiUrl] })
    const response = await fetchWithToken(`${emulator.apiUrl}/v1/models`, {
      headers: { 'anthropic-version': '2023-06-01' },
    })
    expect(response.status).toBe(200)
    expect(assertions(emulator)).toHaveLength(1)
  })
})
