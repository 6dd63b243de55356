import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import { failureOf } from '../../test/client-call.ts'
import { OAuthClient } from '../oauth-client.ts'
import { proxyHint } from './proxy-hint.ts'

const VARIABLES = ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY', 'NODE_USE_ENV_PROXY']
const DISPATCHER = Symbol.for('undici.globalDispatcher.2')
const PROXY = 'http://user:canary-password@proxy.example:3128'
const IGNORED =
  'HTTPS_PROXY is set, but Node ignores it: run the program with NODE_USE_ENV_PROXY=1 and NO_PROXY=localhost,127.0.0.1,[::1]. NO_PROXY keeps connections to this machine off the proxy.'

function setEnv(env: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
}

function hintFor(url: string): string {
  return proxyHint(new URL(url))
}

const dispatcher: unknown = Reflect.get(globalThis, DISPATCHER)

/** Makes `fetch` seem to have an agent of a class of this name. */
function setAgent(name: string): void {
  Reflect.set(globalThis, DISPATCHER, Object.create({ constructor: { name } }))
}

beforeEach(() => {
  for (const name of VARIABLES) {
    vi.stubEnv(name, undefined)
    vi.stubEnv(name.toLowerCase(), undefined)
  }
  setAgent('Agent')
})

afterEach(() => {
  Reflect.set(globalThis, DISPATCHER, dispatcher)
  vi.unstubAllEnvs()
  vi.unstubAllGlobals()
})

describe('proxyHint() in Node', () => {
  it('says nothing without a proxy', () => {
    expect(hintFor('https://api.example/')).toBe('')
    setEnv({ HTTPS_PROXY: '', NO_PROXY: 'localhost' })
    expect(hintFor('https://api.example/')).toBe('')
  })

  it('names a variable that is ignored, and never shows its value', () => {
    setEnv({ HTTPS_PROXY: PROXY })
    expect(hintFor('https://api.example/')).toBe(IGNORED)
  })

  it.each([
    ['https', 'https_proxy'],
    ['https', 'HTTP_PROXY'],
    ['https', 'http_proxy'],
    ['http', 'HTTP_PROXY'],
    ['http', 'http_proxy'],
  ])('names the variable for %s: %s', (scheme, name) => {
    setEnv({ [name]: PROXY })
    expect(hintFor(`${scheme}://api.example/`)).toBe(IGNORED.replace('HTTPS_PROXY', name))
  })

  it.each(['ALL_PROXY', 'all_proxy'])('names the setting that Node reads in place of %s', (name) => {
    setEnv({ [name]: PROXY })
    expect(hintFor('https://api.example/')).toMatch(
      new RegExp(
        `^${name} is set, but Node ignores it: run the program with HTTPS_PROXY, NODE_USE_ENV_PROXY=1 and `,
      ),
    )
  })

  it('keeps the entries of NO_PROXY', () => {
    setEnv({ HTTPS_PROXY: PROXY, NO_PROXY: 'intranet.example' })
    expect(hintFor('https://api.example/')).toContain('localhost,127.0.0.1,[::1] added to NO_PROXY')
  })

  it.each([
    ['api.example', 'https://api.example/'],
    ['.example', 'https://api.example/'],
    ['*.example', 'https://api.example/'],
    ['example', 'https://api.example/'],
    ['other, API.example', 'https://api.example/'],
    ['api.example:443', 'https://api.example/'],
    ['api.example:8443', 'https://api.example:8443/'],
    ['*', 'https://api.example/'],
    ['[::1]', 'http://[::1]:8080/'],
  ])('says nothing when NO_PROXY is %s and the URL is %s', (noProxy, url) => {
    setEnv({ HTTPS_PROXY: PROXY, HTTP_PROXY: PROXY, NO_PROXY: noProxy })
    expect(hintFor(url)).toBe('')
  })

  it.each([
    ['api', 'https://api.example/'],
    ['pi.example', 'https://api.example/'],
    ['api.example:8443', 'https://api.example/'],
    ['', 'https://api.example/'],
    [',', 'https://api.example/'],
  ])('still appears with a NO_PROXY of %j', (noProxy, url) => {
    setEnv({ HTTPS_PROXY: PROXY, NO_PROXY: noProxy })
    expect(hintFor(url)).toContain('Node ignores it')
  })

  it('says nothing for loopback, for which a proxy would not help', () => {
    setEnv({ HTTPS_PROXY: PROXY, HTTP_PROXY: PROXY })
    for (const host of ['localhost:1', '127.0.0.1', '[::1]']) expect(hintFor(`http://${host}/`)).toBe('')
  })

  it('says when the proxy is used', () => {
    setEnv({ HTTPS_PROXY: PROXY, HTTP_PROXY: PROXY })
    setAgent('EnvHttpProxyAgent')
    expect(hintFor('https://api.example/')).toBe(
      'This connection goes through the proxy in HTTPS_PROXY. Check that the proxy works.',
    )
    expect(hintFor('http://localhost:8080/')).toBe(
      "Run the program with NO_PROXY=localhost,127.0.0.1,[::1], so that connections to this machine don't go through the proxy.",
    )
  })

  it('says nothing when the program has its own agent', () => {
    setEnv({ HTTPS_PROXY: PROXY })
    setAgent('ProxyAgent')
    expect(hintFor('https://api.example/')).toBe('')
  })

  it.each([
    ['20.20.2', false],
    ['22.20.0', false],
    ['22.21.0', true],
    ['23.11.0', false],
    ['24.0.0', true],
    ['26.1.0', true],
  ])('asks for another version when Node %s has no setting for it', (node, isEnough) => {
    setEnv({ HTTPS_PROXY: PROXY })
    vi.stubGlobal('process', { env: process.env, versions: { node } })
    expect(hintFor('https://api.example/').includes('use Node 22.21 or later, and run the program')).toBe(
      !isEnough,
    )
  })
})

describe('proxyHint() elsewhere', () => {
  it('says nothing in Bun and Deno, which read the variables, or in a browser', () => {
    const env = { HTTPS_PROXY: PROXY }
    for (const process of [
      { env, versions: { node: '24.0.0', bun: '1' } },
      { env, versions: { node: '24.0.0', deno: '2' } },
      {},
      undefined,
    ]) {
      vi.stubGlobal('process', process)
      expect(hintFor('https://api.example/')).toBe('')
    }
  })

  it("says nothing, and doesn't fail, when the environment can't be read", () => {
    const env = new Proxy({}, { get: () => undefined })
    vi.stubGlobal('process', { env, versions: { node: '24.0.0' } })
    expect(hintFor('https://api.example/')).toBe('')
  })
})

describe('network_error', () => {
  const cause = { code: 'ENOTFOUND', syscall: 'getaddrinfo' }

  it("has the hint when the runtime's own fetch failed", async () => {
    setEnv({ HTTPS_PROXY: PROXY })
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('fetch failed', { cause })))
    const error = await failureOf(new OAuthClient().createApiKey('a-token'))
    expect(error.hint).toBe(`Check the spelling of the host, and the network connection. ${IGNORED}`)
    expect(JSON.stringify(error)).not.toContain('canary')
  })

  it("has no hint for the program's own fetch, which finds its proxy itself", async () => {
    setEnv({ HTTPS_PROXY: PROXY })
    const fetch = (): Promise<Response> => Promise.reject(new TypeError('fetch failed', { cause }))
    const { hint } = await failureOf(new OAuthClient({ fetch }).createApiKey('a-token'))
    expect(hint).not.toContain('PROXY')
  })
})

/** A proxy that asks everybody for a password. */
async function startProxy(): Promise<string> {
  const server = createServer((_request, response) => response.writeHead(407).end('<h1>No</h1>'))
  server.on('connect', (_request, socket) => socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'))
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** The error of a refresh, in a process with these variables. */
async function errorIn(env: Readonly<Record<string, string>>, timeoutMs = 20_000): Promise<unknown> {
  const child = fileURLToPath(new URL('../../test/proxied-process.ts', import.meta.url))
  const { stdout } = spawn(
    process.execPath,
    ['--conditions=@anthropic-auth/source', child, String(timeoutMs)],
    {
      env: { PATH: process.env['PATH'], ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  return JSON.parse((await stdout.setEncoding('utf8').toArray()).join('')) as unknown
}

describe('a real proxy', () => {
  it("is named when Node doesn't use it", async () => {
    expect(await errorIn({ HTTPS_PROXY: await startProxy() })).toMatchObject({
      code: 'network_error',
      hint: expect.stringContaining('HTTPS_PROXY is set, but Node ignores it'),
    })
  })

  it('is named when it asks for a password', async () => {
    expect(await errorIn({ HTTPS_PROXY: await startProxy(), NODE_USE_ENV_PROXY: '1' })).toMatchObject({
      code: 'network_error',
      reason: 'proxy_authentication',
    })
  })

  it('is named when it ends each connection', async () => {
    const silent = createTcpServer((socket) => socket.once('data', () => socket.destroy()))
    silent.listen(0, '127.0.0.1')
    onTestFinished(() => void silent.close())
    await once(silent, 'listening')
    const { port } = silent.address() as AddressInfo
    const env = { HTTPS_PROXY: `http://127.0.0.1:${port}`, NODE_USE_ENV_PROXY: '1' }
    // Node 26 ends the request. Earlier versions connect again and again, until the time limit.
    const isEnded = Number.parseInt(process.versions.node, 10) >= 26
    expect(await errorIn(env, 1000)).toMatchObject({
      ...(isEnded
        ? { code: 'network_error', reason: 'connection_lost' }
        : { code: 'timeout', reason: 'proxy' }),
      hint: expect.stringContaining(
        'This connection goes through the proxy in HTTPS_PROXY. Check that the proxy works.',
      ),
    })
  })

  it("is named when it can't be reached", async () => {
    expect(await errorIn({ HTTPS_PROXY: 'http://127.0.0.1:1', NODE_USE_ENV_PROXY: '1' })).toMatchObject({
      code: 'network_error',
      reason: 'connect',
      hint: expect.stringContaining('goes through the proxy in HTTPS_PROXY'),
    })
  })
})
