import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { join } from 'node:path'
import type { Duplex } from 'node:stream'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { PRIVATE_CA, startPrivateCaServer } from '../../blocking/test/private-ca-server.ts'
import { before, diagnose, expectOnly, type Finding } from './doctor-run.ts'
import { skipUnlessRoot } from '../../profile-store/test/mounts.ts'
import { temporaryFolder } from '../../profile-store/test/temporary-folder.ts'
import { logInto, nameHost, readProfile, type ToolLogin, writeProfile } from './tool-login.ts'

const WATCHDOG_MS = 300_000

let login: ToolLogin
let configDir: string

beforeEach(async () => {
  login = await logInto()
  configDir = login.configDir
})

describe('anthropic-auth doctor, the hosts', { timeout: WATCHDOG_MS }, () => {
  it('names the hosts of the profile, and the settings that they come from', async () => {
    const other = await serve((_request, response) => response.end())
    useConsole(other)
    const { all } = await diagnose({ configDir })
    expect(messagesOf(all, 'api_host', 'console_host')).toEqual([
      `${login.emulator.url} responds (base_url of profile 'default')`,
      `${other} responds (console_url of profile 'default')`,
    ])
    const flag = await diagnose({ configDir }, ['--base-url', other])
    expect(messagesOf(flag.all, 'api_host', 'console_host')).toEqual(
      [1, 2].map(() => `${other} responds (--base-url)`),
    )
  })

  it('checks one host even if the other is down', async () => {
    const other = await closedServer()
    useConsole(other)
    const finding = {
      check: 'console_host',
      status: 'problem',
      message: `${other} can't be reached: the connection was refused`,
      remedy: "Check console_url of profile 'default' and the network connection.",
    }
    await expectOnly({ configDir }, finding, 6)
  })

  it('finds a host that refuses the connection', async () => {
    const url = await closedServer()
    const { code, bad } = await diagnose({ configDir }, ['--base-url', url])
    expect([code, bad.map(({ check }) => check)]).toEqual([6, ['api_host', 'console_host']])
    expect(bad[0]).toMatchObject({
      message: `${url} can't be reached: the connection was refused`,
      remedy: 'Check --base-url and the network connection.',
    })
  })

  it('finds a host that no name server knows', async () => {
    const { code, bad } = await diagnose({ configDir }, ['--base-url', 'https://doctor.invalid'])
    expect(code).toBe(6)
    expect(bad[0]).toMatchObject({
      check: 'api_host',
      message: expect.stringMatching(
        /^https:\/\/doctor\.invalid can't be reached: (its name was not found|no name server)/,
      ),
      remedy: 'Check --base-url and the network connection.',
    })
  })

  it('gives up on name servers that do not respond', async (context) => {
    skipUnlessRoot(context)
    const server = createSocket('udp4').bind(53, '127.99.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const resolv = join(temporaryFolder(), 'resolv.conf')
    writeFileSync(resolv, 'nameserver 127.99.0.1\n')
    const { bad } = await diagnose(
      { configDir, before: inNamespace('-m', `mount --bind '${resolv}' /etc/resolv.conf`) },
      ['--base-url', 'https://api.example'],
    )
    expect(bad[0]).toMatchObject({
      check: 'api_host',
      message: "https://api.example can't be reached: no name server responded",
    })
  })

  it('gives up on a host that does not respond', async () => {
    const url = await serve(() => undefined)
    const startedAt = performance.now()
    const { code, bad } = await diagnose({ configDir }, ['--base-url', url])
    expect(performance.now() - startedAt).toBeLessThan(120_000)
    expect(code).toBe(6)
    expect(bad[0]).toMatchObject({
      check: 'api_host',
      message: `${url} did not respond within 5 seconds`,
      remedy: expect.stringContaining('firewall, VPN or proxy'),
    })
  })

  it('finds a host that ends the connection', async () => {
    const url = await serve(({ socket }) => socket.destroy())
    const { bad } = await diagnose({ configDir }, ['--base-url', url])
    expect(bad[0]).toMatchObject({ message: `${url} ended the connection without a response` })
  })

  it.each<[string, number, Readonly<Record<string, string>>, string]>([
    ['a page', 200, { 'content-type': 'text/html' }, 'responds with a web page'],
    ['a page that refuses', 403, { 'content-type': 'text/html; charset=utf-8' }, 'responds with a web page'],
    [
      'a redirect',
      302,
      { location: 'https://portal.example/sign-in?guest=guest-secret' },
      'redirects to https://portal.example',
    ],
    ['the status of captive portals', 511, {}, 'is behind a sign-in page of this network (HTTP 511)'],
    ['nothing at that path', 404, { 'content-type': 'application/json' }, 'has no API (HTTP 404)'],
  ])('finds %s in place of the API', async (_name, status, headers, message) => {
    const api = await serve((_request, response) => response.writeHead(status, headers).end('<p>Sign in</p>'))
    useApi(api)
    const diagnosis = await diagnose({ configDir })
    expect(diagnosis.code).toBe(6)
    expect(diagnosis.bad).toEqual([
      {
        check: 'api_host',
        status: 'problem',
        message: `${api} ${message}`,
        remedy:
          "If this network has a sign-in page, sign in with a browser. If not, check base_url of profile 'default', and any proxy or firewall in between.",
      },
    ])
    expect(diagnosis.output).not.toContain('guest-secret')
  })

  it('finds a host with a problem of its own', async () => {
    const api = await serve((_request, response) => response.writeHead(503).end())
    useApi(api)
    const finding = { check: 'api_host', status: 'warning', message: `${api} has a problem (HTTP 503)` }
    await expectOnly({ configDir }, finding, 0)
  })

  it('finds a certificate of a private authority, until Node knows it', async () => {
    const port = await startPrivateCaServer((_request, response) => void response.writeHead(401).end())
    const url = `https://127.0.0.1:${port}`
    const { code, bad } = await diagnose({ configDir }, ['--base-url', url])
    expect([code, bad.map(({ check }) => check)]).toEqual([6, ['api_host', 'console_host']])
    expect(bad[0]?.message).toMatch(/^The certificate of \S+ is not trusted \([A-Z_]+\)$/)
    expect(bad[0]?.remedy).toMatch(/NODE_OPTIONS=--use-system-ca.*NODE_EXTRA_CA_CERTS=/)
    const env = { NODE_EXTRA_CA_CERTS: PRIVATE_CA }
    expect((await diagnose({ configDir, env }, ['--base-url', url])).bad).toEqual([])
  })

  it('finds a server without TLS', async () => {
    const url = login.emulator.url.replace('http:', 'https:')
    const { bad } = await diagnose({ configDir }, ['--base-url', url])
    expect(bad[0]).toMatchObject({ message: `${url} does not speak TLS` })
  })

  it('names the setting of a URL that is not allowed', async () => {
    nameHost(configDir, 'http://api.example')
    const { code, bad } = await diagnose({ configDir })
    expect(code).toBe(2)
    expect(bad[0]).toMatchObject({
      check: 'api_host',
      message: expect.stringContaining("base_url of profile 'default' must be https"),
    })
  })
})

describe('anthropic-auth doctor, the clock', { timeout: WATCHDOG_MS }, () => {
  it.each([
    [11, 'behind'],
    [-11, 'ahead of'],
  ])('finds a server that is %i minutes ahead: this machine is %s it', async (minutes, direction) => {
    const url = await serveTime(minutes)
    const finding = {
      check: 'clock',
      status: 'problem',
      message: expect.stringContaining(`The clock of this machine is 11 min ${direction} the server's`),
      remedy: expect.stringMatching(/^Set the clock: /),
    }
    await expectOnly({ configDir }, finding, 2, ['--base-url', url])
  })

  it.each([
    [9, 'behind'],
    [-9, 'ahead of'],
  ])('warns of a server that is %i minutes ahead', async (minutes, direction) => {
    const finding = {
      check: 'clock',
      status: 'warning',
      message: `The clock of this machine is 9 min ${direction} the server's`,
      remedy: expect.stringMatching(/^Set the clock: /),
    }
    await expectOnly({ configDir }, finding, 0, ['--base-url', await serveTime(minutes)])
  })

  it.each([1, -1])('accepts a server that is %i minutes ahead', async (minutes) => {
    const { all, bad } = await diagnose({ configDir }, ['--base-url', await serveTime(minutes)])
    expect([bad, messagesOf(all, 'clock')]).toEqual([[], ['Agrees with the server']])
  })

  it('believes a server that agrees with this machine', async () => {
    useConsole(
      await serve((_request, response) => response.writeHead(200, { date: new Date(0).toUTCString() }).end()),
    )
    expect((await diagnose({ configDir })).bad).toEqual([])
  })

  it('adds the age of a cached response', async () => {
    const headers = { date: new Date(Date.now() - 3_600_000).toUTCString(), age: '3600' }
    const url = await serve((_request, response) => response.writeHead(401, headers).end())
    expect((await diagnose({ configDir }, ['--base-url', url])).bad).toEqual([])
  })
})

describe('anthropic-auth doctor, proxies', { timeout: WATCHDOG_MS }, () => {
  const URL_WITH_PASSWORD = 'http://person:proxy-secret@127.0.0.1:1'
  const OLD_NODE = "import http from 'node:http'; delete http.setGlobalProxyFromEnv"

  it('accepts a proxy that Node uses', async () => {
    const { all, bad } = await diagnose({ configDir, env: { HTTPS_PROXY: URL_WITH_PASSWORD } })
    expect([bad, messagesOf(all, 'proxy')]).toEqual([
      [],
      [expect.stringMatching(/^The proxy in HTTPS_PROXY: [\w.]+:\d+$/)],
    ])
  })

  it.each(['HTTPS_PROXY', 'https_proxy', 'http_proxy'])('finds %s when Node ignores it', async (name) => {
    const env = { ...before(OLD_NODE), [name]: URL_WITH_PASSWORD }
    const finding = {
      check: 'proxy',
      status: 'warning',
      message: `${name} is set, but Node ${process.versions.node} ignores it`,
      remedy: expect.stringContaining('export NODE_USE_ENV_PROXY=1 NO_PROXY=localhost,127.0.0.1,[::1]'),
    }
    await expectOnly({ configDir, env }, finding, 0)
    const used = { ...env, NODE_USE_ENV_PROXY: '1', NO_PROXY: 'localhost,127.0.0.1,[::1]' }
    expect((await diagnose({ configDir, env: used })).bad).toEqual([])
  })

  it('finds a variable that Node does not read', async () => {
    const finding = {
      check: 'proxy',
      status: 'warning',
      message: 'ALL_PROXY is set, but Node reads only HTTPS_PROXY and HTTP_PROXY',
      remedy: 'To use a proxy, run: export HTTPS_PROXY=http://host:port',
    }
    await expectOnly({ configDir, env: { ALL_PROXY: URL_WITH_PASSWORD } }, finding, 0)
  })

  it("finds a variable that isn't the URL of a proxy, without showing its value", async () => {
    const env = { HTTPS_PROXY: 'socks5://person:proxy-secret@127.0.0.1:1' }
    const { code, bad, output } = await diagnose({ configDir, env })
    expect([code, bad]).toEqual([
      2,
      [
        {
          check: 'proxy',
          status: 'problem',
          message: 'HTTPS_PROXY is not the URL of a proxy',
          remedy: 'Use the form HTTPS_PROXY=http://host:port, or run: unset HTTPS_PROXY',
        },
      ],
    ])
    expect(output).not.toContain('proxy-secret')
  })

  it.each([
    [
      407,
      'The proxy in HTTPS_PROXY asks for a user name and password (HTTP 407)',
      'export HTTPS_PROXY=http://USER',
    ],
    [
      403,
      'The proxy in HTTPS_PROXY refuses to connect to https://api.example (HTTP 403)',
      'export NO_PROXY="$NO_PROXY,api.example"',
    ],
  ])('finds a proxy that responds with %i', async (status, message, remedy) => {
    const env = { HTTPS_PROXY: await refusingProxy(status) }
    const { code, bad } = await diagnose({ configDir, env }, ['--base-url', 'https://api.example'])
    expect(code).toBe(6)
    expect(bad[0]).toMatchObject({ check: 'api_host', message, remedy: expect.stringContaining(remedy) })
  })

  it('ends, although Node connects again and again to a proxy that closes each connection', async () => {
    const proxy = createTcpServer((socket) => socket.once('data', () => socket.destroy()))
    proxy.listen(0, '127.0.0.1')
    await once(proxy, 'listening')
    onTestFinished(() => void proxy.close())
    const env = { HTTPS_PROXY: `http://127.0.0.1:${(proxy.address() as AddressInfo).port}` }
    const { code, bad } = await diagnose({ configDir, env }, ['--base-url', 'https://api.example'])
    expect([code, bad[0]]).toEqual([
      6,
      expect.objectContaining({ check: 'api_host', remedy: expect.stringContaining('proxy') as string }),
    ])
  })

  it("names the proxy that can't be reached", async () => {
    const env = { HTTPS_PROXY: await closedServer() }
    const { bad } = await diagnose({ configDir, env }, ['--base-url', 'https://api.example'])
    const remedy = 'Check --base-url, the network connection, and the proxy in HTTPS_PROXY.'
    expect(bad[0]).toMatchObject({ check: 'api_host', remedy })
    const ignored = { ...env, ...before(OLD_NODE) }
    const direct = await diagnose({ configDir, env: ignored }, ['--base-url', await closedServer()])
    expect(direct.bad[1]).toMatchObject({ remedy: 'Check --base-url and the network connection.' })
  })
})

describe('anthropic-auth doctor, the way back from the browser', { timeout: WATCHDOG_MS }, () => {
  it('finds no browser without a display, which is no problem', async () => {
    const finding = {
      check: 'browser',
      status: 'warning',
      message: expect.stringMatching(/display/),
      remedy:
        'Open the link on any machine, and paste the code: anthropic-auth login --profile default --no-browser',
    }
    await expectOnly({ configDir, env: { BROWSER: '' } }, finding, 0)
  })

  it('finds a machine without loopback', async (context) => {
    skipUnlessRoot(context)
    const { bad } = await diagnose({ configDir, before: inNamespace('-n', ':') })
    expect(bad.at(-1)).toMatchObject({
      check: 'callback',
      status: 'problem',
      message: expect.stringMatching(/^Programs on this machine can't connect to 127\.0\.0\.1 \(E\w+\)$/),
      remedy: 'To paste the code instead, run: anthropic-auth login --profile default --no-browser',
    })
  })

  it('does without IPv6', async (context) => {
    skipUnlessRoot(context)
    const settings = 'echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6; ip link set lo up'
    const { all } = await diagnose({ configDir, before: inNamespace('-n', settings) })
    expect(all.find(({ check }) => check === 'callback')).toMatchObject({ status: 'ok' })
  })

  it('finds that the only free port is taken on one family', async (context) => {
    skipUnlessRoot(context)
    const squatter = `require('node:net').createServer().listen({ host: '::1', port: 40000, ipv6Only: true }, () => console.error('taken'))`
    const settings = [
      'ip link set lo up',
      'echo "40000 40000" >/proc/sys/net/ipv4/ip_local_port_range',
      `'${process.execPath}' -e "${squatter}" 2>"$TAKEN" & until [ -s "$TAKEN" ]; do sleep 0.05; done`,
    ].join('; ')
    const env = { TAKEN: join(temporaryFolder(), 'taken') }
    const { bad } = await diagnose({ configDir, env, before: inNamespace('-npf', settings) })
    expect(bad.at(-1)).toMatchObject({
      check: 'callback',
      status: 'problem',
      message: 'There is no free port that this process may use',
    })
  })
})

/** A command that runs the tool in its own namespaces, after some settings there. With `-p`, all its processes end with it. */
function inNamespace(flag: '-m' | '-n' | '-npf', settings: string): string {
  return `exec unshare ${flag} sh -c '${settings.replaceAll("'", String.raw`'\''`)}; exec "$@"' sh "$@"`
}

function messagesOf(all: readonly Finding[], ...checks: readonly string[]): readonly (string | undefined)[] {
  return checks.map((name) => all.find(({ check }) => check === name)?.message)
}

/** Makes another server the API of the profile, and keeps its consent page. */
function useApi(url: string): void {
  nameHost(configDir, url)
  useConsole(login.emulator.url)
}

function useConsole(url: string): void {
  const config = readProfile(configDir, 'configs')
  const authentication = { ...(config['authentication'] as object), console_url: url }
  writeProfile(configDir, 'configs', { ...config, authentication })
}

async function serve(listener: RequestListener): Promise<string> {
  return listen(createServer(listener))
}

/** A server whose clock is some minutes ahead. */
async function serveTime(minutes: number): Promise<string> {
  return serve((_request, response) => {
    const now = new Date(Date.now() + minutes * 60_000)
    response.writeHead(401, { date: now.toUTCString() }).end()
  })
}

async function refusingProxy(status: number): Promise<string> {
  const proxy = createServer()
  proxy.on('connect', (_request: unknown, socket: Duplex) => socket.end(`HTTP/1.1 ${status} No\r\n\r\n`))
  return listen(proxy)
}

async function listen(server: ReturnType<typeof createServer>): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.close()
    server.closeAllConnections()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** The URL of a server that has ended, where nothing listens. */
async function closedServer(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return `http://127.0.0.1:${port}`
}
