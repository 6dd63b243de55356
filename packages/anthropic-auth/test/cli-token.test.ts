import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { countOf, logInto, nameHost, readProfile, writeProfile } from './tool-login.ts'
import { runTool } from './tool-process.ts'

const WATCHDOG_MS = 300_000
const TOKEN = '/v1/oauth/token'

describe('anthropic-auth token --min-ttl', { timeout: WATCHDOG_MS }, () => {
  it('refreshes a token that expires sooner, once, however many processes ask', async () => {
    const { configDir, emulator, tokens } = await logInto({ tokenLifetimeSeconds: 3600 })
    expireIn(configDir, 1800)
    const kept = await runTool(['token', '--min-ttl', '20m'], { configDir })
    expect(kept).toMatchObject({ code: 0, stdout: `${tokens.accessToken}\n`, stderr: '' })
    const ends = await Promise.all(
      [1, 2, 3, 4].map(async () => runTool(['token', '--min-ttl', '50m'], { configDir })),
    )
    expect(ends.map(({ code, stderr }) => [code, stderr])).toEqual(ends.map(() => [0, '']))
    const saved = String(readProfile(configDir, 'credentials')['access_token'])
    expect(saved).not.toBe(tokens.accessToken)
    expect(ends.map(({ stdout }) => stdout)).toEqual(ends.map(() => `${saved}\n`))
    expect(countOf(emulator, TOKEN)).toBe(2)
  })

  it('is two minutes by default', async () => {
    const { configDir, emulator } = await logInto({ tokenLifetimeSeconds: 3600 })
    expireIn(configDir, 600)
    await runTool(['token'], { configDir })
    expect(countOf(emulator, TOKEN)).toBe(1)
    expireIn(configDir, 100)
    await runTool(['token'], { configDir })
    expect(countOf(emulator, TOKEN)).toBe(2)
  })

  it('warns when even a new token has a shorter life', async () => {
    const { configDir, emulator } = await logInto({ tokenLifetimeSeconds: 600 })
    const { code, stdout, stderr } = await runTool(['token', '--min-ttl', '2h'], { configDir })
    expect([code, stdout]).toEqual([0, `${String(readProfile(configDir, 'credentials')['access_token'])}\n`])
    expect(stderr).toMatch(/^Warning: The server issued a token that is valid for only \d+ min\.\n$/)
    expect(countOf(emulator, TOKEN)).toBe(2)
  })

  it("fails when the token can't be refreshed: a script must not go on with less", async () => {
    const { configDir, emulator, tokens } = await logInto({ tokenLifetimeSeconds: 3600 })
    emulator.faults.always('token', { type: 'rate_limit' })
    expect(await runTool(['token', '--min-ttl', '2h'], { configDir })).toMatchObject({ code: 6, stdout: '' })
    emulator.faults.clear()
    emulator.endLogins()
    expect(await runTool(['token', '--min-ttl', '2h'], { configDir })).toMatchObject({ code: 3, stdout: '' })
    // Without it, a token that is still valid is enough.
    expect((await runTool(['token'], { configDir })).stdout).toBe(`${tokens.accessToken}\n`)
  })
})

describe('anthropic-auth token, its formats', { timeout: WATCHDOG_MS }, () => {
  it('--header gives the two headers of a request', async () => {
    const { configDir, tokens } = await logInto()
    expect((await runTool(['token', '--header'], { configDir })).stdout).toBe(
      `Authorization: Bearer ${tokens.accessToken}\nanthropic-beta: oauth-2025-04-20\n`,
    )
    expect(JSON.parse((await runTool(['token', '--header', '--json'], { configDir })).stdout)).toEqual({
      Authorization: `Bearer ${tokens.accessToken}`,
      'anthropic-beta': 'oauth-2025-04-20',
    })
  })

  it('--env gives the host of the profile, whatever the environment says', async () => {
    const { configDir, emulator, tokens } = await logInto()
    const env = { ANTHROPIC_BASE_URL: 'https://gateway.example', ANTHROPIC_CUSTOM_HEADERS: 'X-Team: core' }
    const variables = {
      ANTHROPIC_AUTH_TOKEN: tokens.accessToken,
      ANTHROPIC_CUSTOM_HEADERS: 'X-Team: core\nanthropic-beta: oauth-2025-04-20',
      ANTHROPIC_BASE_URL: emulator.apiUrl,
      ANTHROPIC_API_KEY: null,
    }
    const json = await runTool(['token', '--env', '--json'], { configDir, env })
    expect(JSON.parse(json.stdout)).toEqual(variables)
    const sh = await runTool(['token', '--env'], { configDir, env })
    expect([sh.stdout, sh.stderr]).toEqual([
      `export ANTHROPIC_AUTH_TOKEN='${tokens.accessToken}'\n` +
        "export ANTHROPIC_CUSTOM_HEADERS='X-Team: core\nanthropic-beta: oauth-2025-04-20'\n" +
        `export ANTHROPIC_BASE_URL='${emulator.apiUrl}'\nunset ANTHROPIC_API_KEY\n`,
      '',
    ])
  })

  it('--env names no host when neither profile nor environment does', async () => {
    const { configDir } = await logInto()
    nameHost(configDir, '')
    const { stdout } = await runTool(['token', '--env=dotenv'], { configDir })
    expect(stdout.split('\n').map((line) => line.split(/[=:]/)[0])).toEqual([
      'ANTHROPIC_AUTH_TOKEN',
      'ANTHROPIC_CUSTOM_HEADERS',
      '# Unset ANTHROPIC_API_KEY',
      '',
    ])
  })
})

describe('the tool behind a proxy', { timeout: WATCHDOG_MS }, () => {
  it('sends requests to other hosts through it, and none to loopback', async () => {
    const proxy = await startProxy()
    const { configDir } = await logInto()
    const env = { HTTPS_PROXY: proxy.url, HTTP_PROXY: proxy.url }
    expect((await runTool(['refresh'], { configDir, env })).code).toBe(0)
    expect(proxy.hosts).toEqual([])
    nameHost(configDir, '')
    const away = ['refresh', '--base-url', 'https://api.example.test']
    const { code, stderr } = await runTool(away, { configDir, env })
    expect(code).toBe(6)
    expect(proxy.hosts).toContain('api.example.test:443')
    expect(stderr).toMatch(/proxy/i)
    // A proxy without a scheme, as curl accepts it. The lower-case variable takes precedence.
    const small = { https_proxy: proxy.url.replace('http://', ''), HTTPS_PROXY: 'http://127.0.0.1:1' }
    proxy.hosts.length = 0
    await runTool(away, { configDir, env: small })
    expect(proxy.hosts).toContain('api.example.test:443')
    proxy.hosts.length = 0
    await runTool(away, { configDir, env: { ...env, NO_PROXY: '.test' } })
    expect(proxy.hosts).toEqual([])
  })

  it('names a variable that is not the URL of a proxy, without its value', async () => {
    const { configDir } = await logInto()
    const env = { HTTPS_PROXY: 'socks5://person:secret@127.0.0.1:1' }
    const { code, stderr } = await runTool(['refresh'], { configDir, env })
    expect([code, stderr]).toEqual([
      2,
      'Error: HTTPS_PROXY is not the URL of a proxy.\nUse the form HTTPS_PROXY=http://host:port, or run: unset HTTPS_PROXY\n',
    ])
  })
})

function expireIn(configDir: string, seconds: number): void {
  const expiresAt = Math.floor(Date.now() / 1000) + seconds
  writeProfile(configDir, 'credentials', { ...readProfile(configDir, 'credentials'), expires_at: expiresAt })
}

/** A proxy that refuses every connection, and notes the requested hosts. */
async function startProxy(): Promise<{ readonly url: string; readonly hosts: string[] }> {
  const hosts: string[] = []
  const server = createServer()
  server.on('connect', ({ url }, socket) => {
    hosts.push(url ?? '')
    socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n')
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, hosts }
}
