import { afterEach, describe, expect, it, vi } from 'vitest'
import { visit } from '../test/visit.ts'
import { startWaiting } from '../test/waiting-server.ts'

/** Makes the program seem to run in a Deno that permits listening on these hosts. */
function stubDeno(permitted: readonly string[]): readonly string[] {
  const asked: string[] = []
  const request = async ({ host }: { host: string }): Promise<{ state: string }> => {
    asked.push(host)
    return { state: permitted.some((each) => host.startsWith(each)) ? 'granted' : 'denied' }
  }
  vi.stubGlobal('Deno', { permissions: { request } })
  return asked
}

describe('startCallbackServer() in Deno', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
  })

  it('asks for the permission to listen, and listens', async () => {
    const asked = stubDeno(['127.0.0.1:', '[::1]:'])
    const { port, redirectUri } = await startWaiting()
    expect(asked).toEqual(['127.0.0.1:0', `[::1]:${port}`])
    expect((await visit(redirectUri)).status).toBe(400)
  })

  it.each([
    ['nothing', []],
    ['one address', ['127.0.0.1:']],
  ])('reports it when %s is permitted', async (_what, permitted) => {
    stubDeno(permitted)
    await expect(startWaiting()).rejects.toMatchObject({
      code: 'port_unavailable',
      reason: 'no_permission',
      hint: 'Choose a port above 1023. In Deno, run your program with --allow-net=127.0.0.1,[::1].',
    })
  })

  it('needs no other address for the redirect host 127.0.0.1', async () => {
    stubDeno(['127.0.0.1:'])
    const { redirectUri } = await startWaiting({ redirectHost: '127.0.0.1' })
    expect((await visit(redirectUri)).status).toBe(400)
  })
})
