import type { OAuthConfig, RequestOptions, TokenSet } from '@anthropic-auth/core'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { BlockingOAuthClient } from './blocking-oauth-client.ts'

let startedThreads = 0
const countThread = (): void => void startedThreads++

beforeEach(async () => {
  // The event for a new thread comes a moment later.
  await new Promise(setImmediate)
  startedThreads = 0
  process.on('worker', countThread)
})

afterEach(() => {
  process.off('worker', countThread)
  vi.unstubAllGlobals()
  vi.restoreAllMocks()
})

const nowhere = 'http://127.0.0.1:1/'
const offline: OAuthConfig = {
  endpoints: { token: nowhere, apiKey: nowhere, profile: nowhere, revoke: nowhere },
}

describe('exchangeIdentityToken()', () => {
  it("accepts no function, which couldn't run while the call blocks", () => {
    using client = new BlockingOAuthClient(offline)
    const grant = {
      federationRuleId: 'fdrl_ci',
      organizationId: 'an-organization',
      identityToken: () => 'a.b.c',
    }
    expect(() => client.exchangeIdentityToken(grant as never)).toThrow(
      new TypeError("A blocking call takes identityToken as a string: it can't call a function"),
    )
  })
})

describe('new BlockingOAuthClient()', () => {
  it("refuses a fetch, which the requests couldn't use", () => {
    const config: OAuthConfig = { fetch: () => Promise.reject(new Error('never called')) }
    expect(() => new BlockingOAuthClient(config)).toThrow(
      expect.objectContaining({ code: 'invalid_config', reason: 'fetch' }),
    )
  })

  it.each([
    ['has no SharedArrayBuffer', () => vi.stubGlobal('SharedArrayBuffer', undefined)],
    [
      'may not block this thread',
      () =>
        vi.spyOn(Atomics, 'wait').mockImplementation(() => {
          throw new TypeError('Atomics.wait cannot be called in this context')
        }),
    ],
    ['has no threads', () => vi.stubGlobal('process', undefined)],
  ])('refuses a runtime that %s, and starts nothing', async (_, arrange) => {
    arrange()
    const create = (): unknown => new BlockingOAuthClient({ clientId: '' })
    expect(create).toThrow(expect.objectContaining({ code: 'unsupported_runtime' }))
    vi.unstubAllGlobals()
    await new Promise(setImmediate)
    expect(startedThreads).toBe(0)
  })

  it('starts one worker for all clients, and none for a configuration that is refused', async () => {
    expect(() => new BlockingOAuthClient({ clientId: '' })).toThrow(
      expect.objectContaining({ code: 'invalid_config' }),
    )
    await new Promise(setImmediate)
    expect(startedThreads).toBe(0)
    using first = new BlockingOAuthClient()
    using second = new BlockingOAuthClient()
    await new Promise(setImmediate)
    expect(startedThreads).toBe(1)
    expect(first.config).toEqual(second.config)
  })
})

describe('a config that is not an object', () => {
  it.each([null, 'text', 7, [], () => 1])('is a TypeError: %o', (config) => {
    expect(() => new BlockingOAuthClient(config as never)).toThrow(new TypeError('config must be an object'))
  })
})

describe('a call', () => {
  it('accepts no signal, which nothing could abort', () => {
    using client = new BlockingOAuthClient(offline)
    for (const signal of [AbortSignal.abort(), null]) {
      const options = { signal } as RequestOptions
      expect(() => client.refreshToken('a-token', options)).toThrow(/^A blocking call takes no signal/)
    }
  })

  it('inside another one is an error', () => {
    using client = new BlockingOAuthClient(offline)
    const tokens = {
      get accessToken(): string {
        return client.createApiKey('a-token')
      },
    }
    const create = (): unknown => client.createApiKey(tokens as TokenSet)
    expect(create).toThrow(expect.objectContaining({ code: 'worker_failed', reason: 'reentrant' }))
    expect(() => client.createApiKey('a-token')).toThrow(expect.objectContaining({ code: 'network_error' }))
  })

  it('throws errors whose stack leads to the caller', () => {
    using client = new BlockingOAuthClient(offline)
    const create = (): unknown => client.createApiKey('a-token')
    expect(create).toThrow(
      expect.objectContaining({ stack: expect.stringContaining('blocking-oauth-client.test.ts') }),
    )
  })
})

describe('close()', () => {
  it('makes later calls throw, leaves other clients alone, and can be called twice', () => {
    const client = new BlockingOAuthClient(offline)
    using other = new BlockingOAuthClient(offline)
    client.close()
    client.close()
    expect(() => client.createApiKey('a-token')).toThrow(new TypeError('This client is closed'))
    expect(() => other.createApiKey('a-token')).toThrow(expect.objectContaining({ code: 'network_error' }))
  })

  it('ends the worker with the last client; the next one has another', async () => {
    for (let i = 0; i < 2; i++) {
      using client = new BlockingOAuthClient(offline)
      expect(() => client.createApiKey('a-token')).toThrow(expect.objectContaining({ code: 'network_error' }))
    }
    await new Promise(setImmediate)
    expect(startedThreads).toBe(2)
  })
})
