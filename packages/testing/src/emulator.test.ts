import { createServer } from 'node:net'
import { networkInterfaces } from 'node:os'
import { afterEach, describe, expect, it } from 'vitest'
import { logIn } from '../test/raw-login.ts'
import { type Emulator, type EmulatorOptions, startEmulator } from './index.ts'

// The classes before the first request to an emulator.
const { Request: ownRequest, Response: ownResponse } = globalThis

const running: Emulator[] = []
const start = async (options?: EmulatorOptions): Promise<Emulator> => {
  const emulator = await startEmulator(options)
  running.push(emulator)
  return emulator
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((emulator) => emulator.close()))
})

describe('startEmulator()', () => {
  it('serves only on 127.0.0.1', async () => {
    const { url } = await start()
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/)
    const { port } = new URL(url)
    const others = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
    const hosts = [
      '[::1]',
      ...others
        .filter(({ family, internal }) => family === 'IPv4' && !internal)
        .map(({ address }) => address),
    ]
    for (const host of hosts) await expect(fetch(`http://${host}:${port}/`), host).rejects.toThrow(TypeError)
  })

  it('runs several emulators side by side that share nothing', async () => {
    const [one, other] = await Promise.all([start(), start()])
    const { accessToken } = await logIn(one)
    const ask = async (emulator: Emulator): Promise<number> =>
      (await fetch(emulator.endpoints.profile, { headers: { authorization: `Bearer ${accessToken}` } }))
        .status
    expect(await ask(one)).toBe(200)
    expect(await ask(other)).toBe(401)
    expect(other.requests).toHaveLength(1)
  })

  it('serves the token endpoint and the API on a separate origin on request', async () => {
    const emulator = await start({ separateApiOrigin: true })
    const { url, apiUrl, endpoints } = emulator
    expect(apiUrl).not.toBe(url)
    for (const endpoint of [endpoints.token, endpoints.apiKey, endpoints.profile, endpoints.revoke]) {
      expect(endpoint.startsWith(`${apiUrl}/`)).toBe(true)
      expect((await fetch(endpoint.replace(apiUrl, url))).status).toBe(404)
    }
    for (const endpoint of [endpoints.authorize.max, endpoints.authorize.console, endpoints.codePage]) {
      expect(endpoint.startsWith(`${url}/`)).toBe(true)
      expect((await fetch(endpoint.replace(url, apiUrl))).status).toBe(404)
    }
    await expect(logIn(emulator)).resolves.toMatchObject({
      accessToken: expect.stringMatching(/^sk-ant-oat01-/) as string,
    })
  })

  it('records each request and its response', async () => {
    const emulator = await start({ now: () => 42 })
    await fetch(`${emulator.url}/v1/oauth/token?x=1`, {
      method: 'POST',
      body: 'not json',
      headers: { 'X-Test': 'a' },
    })
    expect(emulator.requests).toHaveLength(1)
    expect(emulator.requests[0]).toMatchObject({
      method: 'POST',
      path: '/v1/oauth/token?x=1',
      body: 'not json',
      status: 415,
      at: 42,
    })
    expect(emulator.requests[0]?.headers['x-test']).toBe('a')
  })

  it('leaves the global Request and Response unchanged', async () => {
    const emulator = await start()
    await fetch(emulator.endpoints.profile)
    expect([globalThis.Request === ownRequest, globalThis.Response === ownResponse]).toEqual([true, true])
  })

  it('names the port that is taken', async () => {
    const blocker = createServer()
    const port = await new Promise<number>((resolve) => {
      blocker.listen(0, '127.0.0.1', () => {
        const address = blocker.address()
        resolve(typeof address === 'object' && address !== null ? address.port : 0)
      })
    })
    await expect(startEmulator({ port })).rejects.toMatchObject({
      code: 'port_unavailable',
      reason: 'in_use',
      message: `Port ${port} is in use`,
    })
    blocker.close()
  })

  it.each([
    [{ port: -1 }, RangeError],
    [{ port: 65_536 }, RangeError],
    [{ port: '8080' }, TypeError],
    [{ now: 0 }, TypeError],
    [{ tokenLifetimeSeconds: -1 }, RangeError],
    [{ codeLifetimeSeconds: 1.5 }, RangeError],
    [{ loginLifetimeSeconds: -1 }, RangeError],
    [{ loginLifetimeSeconds: NaN }, RangeError],
    [{ loginLifetimeSeconds: null }, TypeError],
    [{ account: null }, TypeError],
    [{ account: 'person@example.com' }, TypeError],
    [{ account: { email: 'person' } }, TypeError],
    [{ account: { organization: '' } }, TypeError],
    [{ account: { organization: null } }, TypeError],
    [{ account: { workspace: 'two words' } }, TypeError],
    [{ clients: [{ id: '', redirectUris: [] }] }, TypeError],
    [{ clients: [{ id: 'a', redirectUris: ['http://evil.example/'] }] }, TypeError],
    [{ clients: [{ id: 'a', redirectUris: ['https://*.example/'] }] }, TypeError],
    [{ clients: [{ id: 'a', redirectUris: ['javascript:alert(1)'] }] }, TypeError],
  ])('refuses %j', async (options, type) => {
    await expect(startEmulator(options as EmulatorOptions)).rejects.toThrow(type)
  })

  it('closes at once even with open connections, and can be closed twice', async () => {
    const emulator = await startEmulator()
    emulator.faults.always('token', { type: 'no_answer' })
    const pending = fetch(emulator.endpoints.token, { method: 'POST', body: '{}' })
    const outcome = pending.catch((error: unknown) => error)
    await expect.poll(() => emulator.requests.length).toBe(1)
    await emulator.close()
    await emulator.close()
    expect(await outcome).toBeInstanceOf(TypeError)
    await expect(fetch(emulator.url)).rejects.toThrow('fetch failed')
  })
})
