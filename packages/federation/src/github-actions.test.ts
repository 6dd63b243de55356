import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { AnthropicAuthError } from '@anthropic-auth/core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { providerAt, startFederationEmulator } from '../test/emulated-federation.ts'
import { REQUEST_TOKEN, startJobTokenEndpoint } from '../test/job-token-endpoint.ts'
import { githubActionsIdentityToken } from './github-actions.ts'

afterEach(() => {
  vi.unstubAllEnvs()
})

/** Makes this process a job of GitHub Actions. */
function enterJob(environment: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value)
}

function claimsOf(token: string): unknown {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
}

async function failureOf(promise: Promise<string> | string): Promise<AnthropicAuthError> {
  const outcome: unknown = await Promise.resolve(promise).catch((error: unknown) => error)
  if (outcome instanceof AnthropicAuthError) return outcome
  throw new Error('It was expected to fail with an AnthropicAuthError', { cause: outcome })
}

async function portOfClosedServer(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => void server.close(resolve))
  return port
}

describe('githubActionsIdentityToken()', () => {
  it('gets a new token for the API at each call', async () => {
    const { environment, requests } = await startJobTokenEndpoint()
    enterJob(environment)
    const source = githubActionsIdentityToken()
    expect(claimsOf(await source())).toMatchObject({ aud: 'https://api.anthropic.com', jti: 'token-1' })
    expect(claimsOf(await source())).toMatchObject({ jti: 'token-2' })
    expect(requests[0]).toBe('/id-token?api-version=2.0&audience=https%3A%2F%2Fapi.anthropic.com')
  })

  it('requests another audience', async () => {
    const { environment } = await startJobTokenEndpoint()
    enterJob(environment)
    expect(claimsOf(await githubActionsIdentityToken({ audience: 'a b&c' })())).toMatchObject({
      aud: 'a b&c',
    })
  })

  it('feeds a provider', async () => {
    const { environment, requests } = await startJobTokenEndpoint()
    enterJob(environment)
    const issuer = 'https://token.actions.githubusercontent.com'
    const emulator = await startFederationEmulator({ federationRules: [{ id: 'fdrl_ci', issuer }] })
    const provider = providerAt(emulator, { identityToken: githubActionsIdentityToken() })
    await Promise.all([provider(), provider()])
    expect(requests).toHaveLength(1)
  })

  it('sends the request with the given fetch', async () => {
    const { environment } = await startJobTokenEndpoint()
    enterJob(environment)
    const urls: string[] = []
    const fetch = async (url: string, init: RequestInit): Promise<Response> => {
      urls.push(url)
      return globalThis.fetch(url, init)
    }
    await githubActionsIdentityToken({ fetch })()
    expect(urls).toHaveLength(1)
  })

  it.each(['ACTIONS_ID_TOKEN_REQUEST_URL', 'ACTIONS_ID_TOKEN_REQUEST_TOKEN'])(
    'names the permission when %s is missing',
    async (name) => {
      const { environment, requests } = await startJobTokenEndpoint()
      enterJob({ ...environment, [name]: '' })
      const error = await failureOf(githubActionsIdentityToken()())
      expect(error).toMatchObject({ code: 'invalid_config', reason: name })
      expect(error.message).toContain(name)
      expect(error.hint).toContain('`id-token: write`')
      expect(requests).toHaveLength(0)
    },
  )

  it('sends its request token only to a safe address', async () => {
    enterJob({
      ACTIONS_ID_TOKEN_REQUEST_URL: 'http://example.com/',
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: REQUEST_TOKEN,
    })
    expect(await failureOf(githubActionsIdentityToken()())).toMatchObject({
      code: 'invalid_config',
      reason: 'ACTIONS_ID_TOKEN_REQUEST_URL',
      message: 'ACTIONS_ID_TOKEN_REQUEST_URL must be https; http is for loopback hosts only',
    })
  })

  it('says what to check when the request token is refused', async () => {
    const { environment } = await startJobTokenEndpoint()
    enterJob({ ...environment, ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'another-token' })
    expect(await failureOf(githubActionsIdentityToken()())).toMatchObject({
      code: 'http_error',
      status: 401,
      hint: expect.stringContaining('`id-token: write`'),
    })
  })

  it('refuses a response without a token', async () => {
    const { environment } = await startJobTokenEndpoint((response) => {
      response.end('{"value": ""}')
      return true
    })
    enterJob(environment)
    expect(await failureOf(githubActionsIdentityToken()())).toMatchObject({
      code: 'invalid_token_response',
      reason: 'value',
    })
  })

  it.each([429, 503])('tries again after a %i', async (status) => {
    let isFirst = true
    const { environment, requests } = await startJobTokenEndpoint((response) => {
      if (isFirst) response.writeHead(status).end()
      const wasFirst = isFirst
      isFirst = false
      return wasFirst
    })
    enterJob(environment)
    await githubActionsIdentityToken()()
    expect(requests).toHaveLength(2)
  })

  it('tries again after a refused connection', async () => {
    const { environment, requests } = await startJobTokenEndpoint()
    enterJob(environment)
    const closedPort = await portOfClosedServer()
    let attempts = 0
    const fetch = async (url: string, init: RequestInit): Promise<Response> => {
      attempts += 1
      return globalThis.fetch(attempts === 1 ? `http://127.0.0.1:${closedPort}/` : url, init)
    }
    expect(claimsOf(await githubActionsIdentityToken({ fetch })())).toMatchObject({ jti: 'token-1' })
    expect([attempts, requests.length]).toEqual([2, 1])
  })

  it('shows its request token in no error', async () => {
    const { environment } = await startJobTokenEndpoint((response) => {
      response.writeHead(403, { 'content-type': 'application/json', 'request-id': REQUEST_TOKEN })
      response.end(JSON.stringify({ error: REQUEST_TOKEN, message: REQUEST_TOKEN }))
      return true
    })
    enterJob(environment)
    const error = await failureOf(githubActionsIdentityToken()())
    expect(
      [error.message, error.stack, JSON.stringify(error), inspect(error, { depth: 20 })].join(),
    ).not.toContain(REQUEST_TOKEN.slice(0, 8))
  })

  it.each<readonly [string, unknown]>([
    ['an empty audience', { audience: '' }],
    ['a fetch that is no function', { fetch: 1 }],
    ['null', null],
  ])('refuses %s', (_, options) => {
    expect(() => githubActionsIdentityToken(options as never)).toThrow(TypeError)
  })
})
