import { createServer, Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { failListening } from '../test/failing-listen.ts'
import { openSocket, visit } from '../test/visit.ts'
import { QUERY, CODE, startWaiting, STATE } from '../test/waiting-server.ts'

const addresses = Object.values(networkInterfaces()).flatMap((each) => each ?? [])
const hasIpv6 = addresses.some(({ address }) => address === '::1')

/** Another program's port, on 127.0.0.1. */
async function occupyPort(port = 0): Promise<number> {
  const other = createServer()
  onTestFinished(() => void other.close())
  await new Promise<void>((resolve, reject) => {
    other.once('error', reject)
    other.listen(port, '127.0.0.1', resolve)
  })
  return (other.address() as AddressInfo).port
}

describe('startCallbackServer()', () => {
  it('listens on every address of localhost', async () => {
    const { port } = await startWaiting()
    for (const host of hasIpv6 ? ['127.0.0.1', '[::1]'] : ['127.0.0.1']) {
      expect((await visit(`http://${host}:${port}/callback`)).status).toBe(400)
    }
  })

  it('uses the same port on both addresses', async () => {
    const listen = vi.spyOn(HttpServer.prototype, 'listen')
    onTestFinished(() => listen.mockRestore())
    const { port } = await startWaiting()
    expect(listen.mock.calls.map(([options]: unknown[]) => options)).toEqual([
      { host: '127.0.0.1', port: 0, exclusive: true },
      { host: '::1', port, exclusive: true },
    ])
  })

  it('listens on no other address', async () => {
    const { port } = await startWaiting()
    const others = addresses
      .filter(({ internal, scopeid }) => !internal && !scopeid)
      .map(({ address }) => address)
    // Linux takes all of 127.0.0.0/8 for the machine itself; elsewhere nothing would listen at all.
    if (process.platform === 'linux') others.push('127.0.0.2')
    for (const host of others) await expect(openSocket(port, host)).rejects.toThrow(/ECONNREFUSED/)
    expect((await visit(`http://127.0.0.1:${port}/callback`)).status).toBe(400)
  })

  it('listens on 127.0.0.1 alone for that redirect host', async () => {
    const { port, redirectUri } = await startWaiting({ redirectHost: '127.0.0.1' })
    expect(redirectUri).toBe(`http://127.0.0.1:${port}/callback`)
    expect((await visit(redirectUri)).status).toBe(400)
    await expect(openSocket(port, '::1')).rejects.toThrow(/ECONNREFUSED|EADDRNOTAVAIL|EAFNOSUPPORT/)
  })

  it('listens before it hands out its URL', async () => {
    const server = await startWaiting()
    await visit(`${server.redirectUri}${QUERY}`)
    await expect(server.waitForCallback()).resolves.toEqual({ code: CODE, state: STATE })
  })

  it.each(['EADDRNOTAVAIL', 'EAFNOSUPPORT'])('works without IPv6 (%s)', async (code) => {
    failListening('::1', code)
    const { port } = await startWaiting()
    expect((await visit(`http://127.0.0.1:${port}/callback`)).status).toBe(400)
  })

  it('takes another free port when the twin on [::1] is taken', async () => {
    const refused = failListening('::1', 'EADDRINUSE', 2)
    const { port } = await startWaiting()
    expect(refused).toHaveLength(2)
    expect(refused).not.toContain(port)
    expect((await visit(`http://127.0.0.1:${port}/callback`)).status).toBe(400)
  })

  it('gives up after ten free ports whose twin is taken', async () => {
    const refused = failListening('::1', 'EADDRINUSE')
    await expect(startWaiting()).rejects.toMatchObject({
      code: 'port_unavailable',
      reason: 'in_use',
      message: 'There is no free port that this process may use',
    })
    expect(refused).toHaveLength(10)
  })

  it('refuses a fixed port whose twin is taken, and leaves it', async () => {
    const { port, close } = await startWaiting()
    await close()
    failListening('::1', 'EADDRINUSE')
    await expect(startWaiting({ port })).rejects.toMatchObject({ code: 'port_unavailable', reason: 'in_use' })
    await expect(occupyPort(port)).resolves.toBe(port)
  })

  it('refuses a fixed port that another program has on either address', async () => {
    const { port, close } = await startWaiting()
    await close()
    const squatter = createServer()
    onTestFinished(() => void squatter.close())
    await new Promise<void>((resolve) => {
      squatter.listen(port, hasIpv6 ? '::1' : '127.0.0.1', resolve)
    })
    await expect(startWaiting({ port })).rejects.toMatchObject({ message: `Port ${port} is in use` })
  })

  it('names the port that is taken', async () => {
    const port = await occupyPort()
    await expect(startWaiting({ port })).rejects.toMatchObject({
      name: 'AnthropicAuthError',
      code: 'port_unavailable',
      reason: 'in_use',
      message: `Port ${port} is in use`,
      hint: 'Set port to another number, or to 0 for any free port.',
    })
  })

  it.each(['EACCES', 'EPERM'])('names the port that is not permitted (%s)', async (code) => {
    failListening('127.0.0.1', code)
    await expect(startWaiting({ port: 80 })).rejects.toMatchObject({
      code: 'port_unavailable',
      reason: 'no_permission',
      message: 'This process may not use port 80',
      cause: { code },
    })
  })

  it.each([-1, 65_536, 70_000, [8080, 65_536]])('names the port that is out of range: %j', async (port) => {
    await expect(startWaiting({ port })).rejects.toMatchObject({
      code: 'port_unavailable',
      reason: 'out_of_range',
      message: `Invalid port ${[port].flat().at(-1)}: must be between 0 and 65535`,
    })
  })

  it('tries a list of ports in its order', async () => {
    const taken = await occupyPort()
    const [first, second] = [await startWaiting(), await startWaiting()]
    await Promise.all([first.close(), second.close()])
    const server = await startWaiting({ port: [taken, first.port, second.port] })
    expect(server.port).toBe(first.port)
    expect((await startWaiting({ port: [first.port, second.port] })).port).toBe(second.port)
  })

  it('names all ports of a list when none is free', async () => {
    const [one, two] = [await occupyPort(), await occupyPort()]
    await expect(startWaiting({ port: [one, two] })).rejects.toMatchObject({
      code: 'port_unavailable',
      message: `None of the ports ${one}, ${two} can be used`,
    })
  })

  it('uses any free port at the end of a list', async () => {
    const taken = await occupyPort()
    const { port } = await startWaiting({ port: [taken, 0] })
    expect(port).not.toBe(taken)
    expect(port).toBeGreaterThan(0)
  })

  it("says so when it can't listen for another reason", async () => {
    failListening('127.0.0.1', 'EADDRNOTAVAIL')
    await expect(startWaiting()).rejects.toMatchObject({
      code: 'callback_server_failed',
      message: 'Could not start the callback server',
      cause: { code: 'EADDRNOTAVAIL' },
    })
  })
})
