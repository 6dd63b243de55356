import { inspect } from 'node:util'
import {
  type AnthropicAuthError,
  createAuthFetch,
  OAuthClient,
  type TokenProviderEvent,
} from '@anthropic-auth/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { identityToken } from '../../testing/test/identity-token.ts'
import {
  assertions,
  CI_CLAIMS,
  GRANT,
  providerAt,
  startFederationEmulator,
} from '../test/emulated-federation.ts'
import { createFederationProvider } from './federation-provider.ts'

/** Stops both clocks of this process; sockets and timers go on. */
beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000, toFake: ['Date', 'performance'] })
})

afterEach(() => {
  vi.useRealTimers()
})

function pass(seconds: number): void {
  vi.advanceTimersByTime(1000 * seconds)
}

/** An identity token of another job, for each call. */
function rotatingSource(): () => string {
  let count = 0
  return () => identityToken({ ...CI_CLAIMS, jti: `job-${(count += 1)}` })
}

describe('createFederationProvider()', () => {
  it('exchanges nothing before its first call, then once for all callers', async () => {
    const emulator = await startFederationEmulator()
    const provider = providerAt(emulator)
    expect(emulator.requests).toHaveLength(0)
    const tokens = await Promise.all(Array.from({ length: 100 }, async () => provider()))
    expect(new Set(tokens.map(({ token }) => token)).size).toBe(1)
    expect(tokens[0]).toEqual({
      token: expect.stringMatching(/^sk-ant-oat01-/),
      expiresAt: 1_700_003_600,
    })
    expect(assertions(emulator)).toEqual([GRANT.identityToken])
  })

  it('returns its token until 120 s are left, then exchanges the next identity token', async () => {
    const emulator = await startFederationEmulator()
    const source = rotatingSource()
    const provider = providerAt(emulator, { identityToken: source })
    const first = await provider()
    pass(3479)
    expect(await provider()).toEqual(first)
    expect(emulator.requests).toHaveLength(1)
    pass(1)
    const second = await provider()
    expect(second.token).not.toBe(first.token)
    expect(new Set(assertions(emulator)).size).toBe(2)
  })

  it('returns a short-lived token for three quarters of its life', async () => {
    const emulator = await startFederationEmulator({ tokenLifetimeSeconds: 40 })
    const provider = providerAt(emulator)
    const first = await provider()
    pass(29)
    expect(await provider()).toEqual(first)
    pass(1)
    expect(await provider()).not.toEqual(first)
  })

  it('exchanges once for all forced calls, including late ones', async () => {
    const emulator = await startFederationEmulator()
    const provider = providerAt(emulator)
    const first = await provider()
    pass(60)
    const forced = await Promise.all(Array.from({ length: 50 }, async () => provider({ forceRefresh: true })))
    expect(new Set(forced.map(({ token }) => token)).size).toBe(1)
    expect(forced[0]?.token).not.toBe(first.token)
    pass(9)
    expect(await provider({ forceRefresh: true })).toEqual(forced[0])
    expect(emulator.requests).toHaveLength(2)
    pass(1)
    expect(await provider({ forceRefresh: true })).not.toEqual(forced[0])
  })

  it('exchanges once after many 401s of the API', async () => {
    const emulator = await startFederationEmulator()
    const fetch = createAuthFetch(providerAt(emulator), { origins: [emulator.apiUrl] })
    const ask = async (): Promise<number> => {
      const headers = { 'anthropic-version': '2023-06-01' }
      return (await fetch(`${emulator.apiUrl}/v1/models`, { headers })).status
    }
    expect(await ask()).toBe(200)
    pass(60)
    emulator.expireAccessTokens()
    expect(await Promise.all(Array.from({ length: 20 }, ask))).toEqual(Array(20).fill(200))
    expect(assertions(emulator)).toHaveLength(2)
  })

  it('rejects at once for 5 s after a failure, then for 10 s, and works after that', async () => {
    const emulator = await startFederationEmulator()
    emulator.faults.always('token', { type: 'html', status: 502 })
    const provider = providerAt(emulator)
    for (const pauseSeconds of [5, 10]) {
      const failed = emulator.requests.length + 1
      await expect(provider()).rejects.toMatchObject({ code: 'http_error', status: 502 })
      pass(pauseSeconds - 1)
      await expect(provider()).rejects.toMatchObject({ code: 'http_error', status: 502 })
      expect(emulator.requests).toHaveLength(failed)
      pass(1)
    }
    emulator.faults.clear()
    expect((await provider()).expiresAt).toBe(1_700_003_615)
  })

  it('returns a valid token while exchanges fail, and calls onError', async () => {
    const emulator = await startFederationEmulator()
    const reported: AnthropicAuthError[] = []
    const provider = providerAt(emulator, {}, { onError: (error) => reported.push(error) })
    const first = await provider()
    pass(3500)
    emulator.faults.always('token', { type: 'html', status: 502 })
    expect(await Promise.all([provider(), provider()])).toEqual([first, first])
    expect(reported).toEqual([expect.objectContaining({ code: 'http_error' })])
    pass(1)
    await expect(provider({ forceRefresh: true })).rejects.toMatchObject({ code: 'http_error' })
    pass(99)
    await expect(provider()).rejects.toMatchObject({ code: 'http_error' })
  })

  it('works again when the next identity token matches the rule', async () => {
    const rule = { id: 'fdrl_ci', issuer: CI_CLAIMS.iss, subject: CI_CLAIMS.sub }
    const emulator = await startFederationEmulator({ federationRules: [rule] })
    const tokens = [identityToken({ ...CI_CLAIMS, sub: 'repo:octo/fork' }), identityToken(CI_CLAIMS)]
    const provider = providerAt(emulator, { identityToken: () => tokens.shift() ?? '' })
    await expect(provider()).rejects.toMatchObject({
      code: 'oauth_error',
      reason: 'identity_token_refused',
      status: 401,
    })
    pass(5)
    expect((await provider()).token).toMatch(/^sk-ant-oat01-/)
  })

  it('says that a workspace must be named, and works with one', async () => {
    const federationRules = [{ id: 'fdrl_ci', workspaces: ['wrkspc_1', 'wrkspc_2'] }]
    const emulator = await startFederationEmulator({ federationRules })
    await expect(providerAt(emulator)()).rejects.toMatchObject({
      reason: 'identity_token_refused',
      hint: expect.stringContaining('name one: workspaceId, or ANTHROPIC_WORKSPACE_ID'),
    })
    expect((await providerAt(emulator, { workspaceId: 'wrkspc_2' })()).token).toMatch(/^sk-ant-oat01-/)
  })

  it('ends the wait of a caller that aborts, and of no other', async () => {
    const emulator = await startFederationEmulator()
    emulator.faults.next('token', { type: 'delay', ms: 50 })
    const provider = providerAt(emulator)
    const controller = new AbortController()
    const aborted = provider({ signal: controller.signal })
    const other = provider()
    controller.abort(new Error('No more'))
    await expect(aborted).rejects.toMatchObject({ code: 'aborted', cause: { message: 'No more' } })
    expect((await other).token).toMatch(/^sk-ant-oat01-/)
    await expect(provider({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' })
    expect(emulator.requests).toHaveLength(1)
  })

  it('reports its steps to onEvent, without a secret', async () => {
    const emulator = await startFederationEmulator()
    const events: TokenProviderEvent[] = []
    const provider = providerAt(emulator, {}, { onEvent: (event) => events.push(event) })
    const { token } = await provider()
    pass(3600)
    emulator.faults.next('token', { type: 'html', status: 502 })
    await expect(provider()).rejects.toMatchObject({ code: 'http_error' })
    await new Promise(setImmediate)
    expect(events.map(({ type }) => type)).toEqual(['refreshing', 'refreshed', 'refreshing', 'paused'])
    expect(events[1]).toMatchObject({ expiresAt: 1_700_003_600 })
    const told = inspect(events, { depth: 20 }) + JSON.stringify(events)
    expect([token, String(GRANT.identityToken)].filter((secret) => told.includes(secret))).toEqual([])
  })

  it.each(['onError', 'onEvent'] as const)('goes on when %s throws', async (name) => {
    const emulator = await startFederationEmulator()
    const listener = (): never => {
      throw new Error('A bug of the listener')
    }
    const provider = providerAt(emulator, {}, { [name]: listener })
    const first = await provider()
    pass(3500)
    emulator.faults.next('token', { type: 'html', status: 502 })
    expect(await provider()).toEqual(first)
  })

  it('goes on after an error of another kind', async () => {
    const emulator = await startFederationEmulator()
    const client = new OAuthClient({ endpoints: emulator.endpoints })
    const broken = Object.assign(Object.create(client) as OAuthClient, { exchangeIdentityToken: undefined })
    const provider = createFederationProvider(broken, GRANT)
    await expect(provider()).rejects.toBeInstanceOf(TypeError)
    Object.assign(broken, { exchangeIdentityToken: client.exchangeIdentityToken.bind(client) })
    expect((await provider()).token).toMatch(/^sk-ant-oat01-/)
  })

  it.each<readonly [string, () => unknown]>([
    [
      'a grant without a rule',
      () => createFederationProvider(new OAuthClient(), { ...GRANT, federationRuleId: '' }),
    ],
    ['options that are null', () => createFederationProvider(new OAuthClient(), GRANT, null as never)],
    [
      'an onError that is no function',
      () => createFederationProvider(new OAuthClient(), GRANT, { onError: 1 as never }),
    ],
  ])('refuses %s', (_, create) => {
    expect(create).toThrow(TypeError)
  })

  it('refuses an invalid signal', async () => {
    const provider = createFederationProvider(new OAuthClient(), GRANT)
    await expect(provider({ signal: 1 as never })).rejects.toBeInstanceOf(TypeError)
  })
})
