import { afterEach, describe, expect, it, vi } from 'vitest'
import { CALLS, failureOf } from '../test/client-call.ts'
import { startRawServer } from '../test/raw-server.ts'
import { json } from '../test/reply.ts'

afterEach(() => {
  vi.doUnmock('./requests.ts')
  vi.resetModules()
})

describe("a page that can't load the file with the requests", () => {
  it('gets a network_error from each call that needs the file, and can still start a login', async () => {
    vi.resetModules()
    vi.doMock('./requests.ts', () => {
      throw new Error('Failed to fetch dynamically imported module')
    })
    const { OAuthClient } = await import('./oauth-client.ts')
    const server = await startRawServer(json({}))
    const client = new OAuthClient({ endpoints: server.endpoints })
    expect(client.startFlow('console').authorizationUrl).toContain('code_challenge')
    for (const [name, call] of Object.entries(CALLS)) {
      expect(await failureOf(call(client)), name).toMatchObject({
        code: 'network_error',
        reason: 'chunk',
        retryable: true,
        hint: expect.stringContaining('Reload the page'),
      })
    }
    expect(server.requests).toHaveLength(0)
  })
})
