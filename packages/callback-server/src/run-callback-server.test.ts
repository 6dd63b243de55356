import { describe, expect, it } from 'vitest'
import { countOpenServers } from '../test/open-servers.ts'
import { visit } from '../test/visit.ts'
import { QUERY, CODE, startWaiting, STATE } from '../test/waiting-server.ts'
import { runCallbackServer } from './run-callback-server.ts'

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const { port, close } = await startWaiting()
  await close()
  return port
}

describe('runCallbackServer()', () => {
  it('waits on a fixed port for one response, and returns it', async () => {
    const port = await freePort()
    const openServers = countOpenServers()
    const running = runCallbackServer(port, STATE)
    const openAfterIt = running.then(openServers)
    // Until it listens, connections are refused.
    const { status } = await visitWhenListening(`http://localhost:${port}/callback${QUERY}`)
    expect(status).toBe(200)
    await expect(running).resolves.toEqual({ code: CODE, state: STATE })
    await expect(openAfterIt).resolves.toBe(0)
    await expect(startWaiting({ port })).resolves.toMatchObject({ port })
  })

  it('accepts the options of startCallbackServer()', async () => {
    const port = await freePort()
    const signal = AbortSignal.abort('at once')
    await expect(runCallbackServer(port, STATE, { signal })).rejects.toMatchObject({ code: 'aborted' })
    const running = runCallbackServer(port, STATE, { path: '/other', redirectHost: '127.0.0.1' })
    await visitWhenListening(`http://127.0.0.1:${port}/other${QUERY}`)
    await expect(running).resolves.toEqual({ code: CODE, state: STATE })
  })

  it('accepts options of a class', async () => {
    class Options {
      get signal(): AbortSignal {
        return AbortSignal.abort('at once')
      }
    }
    await expect(runCallbackServer(await freePort(), STATE, new Options())).rejects.toMatchObject({
      code: 'aborted',
    })
  })

  it.each([null, 'text', []])('throws a TypeError for the options %j', async (options) => {
    await expect(runCallbackServer(await freePort(), STATE, options as never)).rejects.toThrow(
      new TypeError('options must be an object'),
    )
  })

  it('fails as startCallbackServer() does, and frees the port', async () => {
    const { port } = await startWaiting()
    await expect(runCallbackServer(port, STATE)).rejects.toMatchObject({ code: 'port_unavailable' })
    await expect(runCallbackServer(70_000, STATE)).rejects.toMatchObject({ code: 'port_unavailable' })
    const other = await freePort()
    await expect(runCallbackServer(other, STATE, { timeoutMs: 1 })).rejects.toMatchObject({
      code: 'callback_timeout',
    })
    await expect(startWaiting({ port: other })).resolves.toMatchObject({ port: other })
  })

  it.each([0, 1.5, NaN, '8080', undefined, [8080]])('throws a TypeError for the port %j', async (port) => {
    await expect(runCallbackServer(port as number, STATE)).rejects.toThrow(
      new TypeError('port must be an integer above 0. To use any free port, call startCallbackServer()'),
    )
  })

  it.each([undefined, '', 'short', [STATE]])('throws a TypeError for the state %j', async (state) => {
    await expect(runCallbackServer(await freePort(), state as string)).rejects.toThrow(TypeError)
  })
})

async function visitWhenListening(url: string): ReturnType<typeof visit> {
  for (;;) {
    try {
      return await visit(url)
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED')) throw error
    }
  }
}
