import { existsSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { startTestEmulator } from '../../testing/test/test-emulator.ts'
import {
  countOf,
  logInto,
  nameHost,
  pasteLogin,
  profilePath,
  readProfile,
  type ToolLogin,
  writeProfile,
} from './tool-login.ts'
import { runTool, type ToolEnd } from './tool-process.ts'

const WATCHDOG_MS = 300_000
const TOKEN = '/v1/oauth/token'
const LOGIN = 'anthropic-auth login --profile default'
const ALIVE =
  /^Warning: This login has ended\. Its access token works until [-\d]+ [:\d]+ UTC at most, if the server still accepts it\. Run: anthropic-auth login --profile default\n$/
const REFUSED =
  /^Error: Your login has ended \(the refresh token is no longer valid\)\.\n.*\bRun: anthropic-auth login --profile default\n/s

interface EndedLogin extends ToolLogin {
  readonly run: (...args: readonly string[]) => Promise<ToolEnd>
  /** Sets the lifetime that is left to the access token, in seconds. */
  readonly expireIn: (seconds: number) => void
}

async function logIn(settings: Parameters<typeof logInto>[0] = {}): Promise<EndedLogin> {
  const login = await logInto(settings)
  const { configDir } = login
  return {
    ...login,
    run: async (...args) => runTool(args, { configDir }),
    expireIn(seconds) {
      const expires_at = Math.floor(Date.now() / 1000) + seconds
      writeProfile(configDir, 'credentials', { ...readProfile(configDir, 'credentials'), expires_at })
    },
  }
}

/** Returns a login that the server has ended, after a command has found out. Its access token has not expired. */
async function endedLogin(): Promise<EndedLogin> {
  const login = await logIn()
  login.emulator.endLogins()
  const { code, stderr } = await login.run('refresh')
  expect([code, stderr]).toEqual([3, expect.stringMatching(REFUSED)])
  expect(countOf(login.emulator, TOKEN)).toBe(2)
  return login
}

describe('a host that did not issue the tokens', { timeout: WATCHDOG_MS }, () => {
  it.each(['--base-url', 'the config'])('does not end the login when %s names it', async (source) => {
    const { run, configDir, emulator } = await logIn()
    const other = await startTestEmulator()
    const host = source === 'the config' ? { base_url: other.apiUrl } : {}
    writeProfile(configDir, 'configs', { ...readProfile(configDir, 'configs'), ...host })
    expect((await run('refresh', '--base-url', other.apiUrl)).code).toBe(3)
    expect(other.requests.length).toBeGreaterThan(0)
    expect(existsSync(`${profilePath(configDir, 'credentials')}.ended`)).toBe(false)
    expect((await run('refresh', '--base-url', emulator.apiUrl)).code).toBe(0)
  })
})

describe('a login that the server has ended', { timeout: WATCHDOG_MS }, () => {
  it('is shown as such while its access token is still valid', async () => {
    const { run, expireIn } = await endedLogin()
    const status = await run('status')
    expect([status.code, status.stderr]).toEqual([3, expect.stringMatching(ALIVE)])
    expect(status.stdout).toMatch(/^Status +login has ended$/m)
    expect(status.stdout).toMatch(/^Access token +expires in .*, log in again$/m)
    expect(status.stdout).toMatch(/^Login ended +/m)
    const json = await run('status', '--json')
    expect([json.code, JSON.parse(json.stdout)]).toEqual([
      3,
      expect.objectContaining({ isUsable: false, isRenewable: false, hasEnded: true }),
    ])
    expireIn(-60)
    const expired = await run('status')
    expect([expired.code, expired.stderr]).toEqual([3, `Warning: This login has ended. Run: ${LOGIN}\n`])
  })

  it('is named by use, which makes its profile the active one', async () => {
    const { run } = await endedLogin()
    const { code, stderr } = await run('use', 'default')
    const [active, warning] = stderr.split(/(?<=\n)/)
    expect([code, active]).toEqual([0, expect.stringMatching(/^Profile 'default' is now active \(.+\)\.\n$/)])
    expect(warning).toMatch(ALIVE)
  })

  it('is shown as such in the list and by doctor', async () => {
    const { run } = await endedLogin()
    expect((await run('list')).stdout).toMatch(/^\* +default .*login has ended, at 127\.0\.0\.1:\d+ *$/m)
    expect(JSON.parse((await run('list', '--json')).stdout)).toEqual([
      expect.objectContaining({ profile: 'default', isLoggedIn: true, hasEnded: true }),
    ])
    const findings = JSON.parse((await run('doctor', '--json')).stdout) as readonly object[]
    expect(findings).toContainEqual(
      expect.objectContaining({
        check: 'login',
        status: 'problem',
        message: expect.stringMatching(
          /^The login of \S+ has ended\. Its access token works until [-\d]+ [:\d]+ UTC at most, if the server still accepts it$/,
        ) as string,
        remedy: `Run: ${LOGIN}`,
      }),
    )
  })

  it('is not asked about again by refresh, nor by token once the access token has expired', async () => {
    const { run, emulator, expireIn } = await endedLogin()
    const again = await run('refresh')
    expect([again.code, again.stderr]).toEqual([3, expect.stringMatching(REFUSED)])
    expireIn(-60)
    const token = await run('token')
    expect([token.code, token.stdout, token.stderr]).toEqual([3, '', expect.stringMatching(REFUSED)])
    expect((await run('run', '--', 'true')).code).toBe(3)
    expect((await run('status', '--check')).code).toBe(3)
    expect((await run('create-key')).code).toBe(3)
    expect(countOf(emulator, TOKEN)).toBe(2)
  })

  it.each([3600, 90])('gives its access token with a warning for the %i s that are left', async (seconds) => {
    const { run, tokens, emulator, expireIn } = await endedLogin()
    expireIn(seconds)
    for (let times = 1; times <= 2; times += 1) {
      const { code, stdout, stderr } = await run('token')
      expect([code, stdout, stderr]).toEqual([0, `${tokens.accessToken}\n`, expect.stringMatching(ALIVE)])
    }
    const program = await run('run', '--token', '--', 'printenv', 'ANTHROPIC_AUTH_TOKEN')
    expect([program.code, program.stdout, program.stderr]).toEqual([
      0,
      `${tokens.accessToken}\n`,
      expect.stringMatching(ALIVE),
    ])
    expect(countOf(emulator, TOKEN)).toBe(2)
  })

  it('does not give a script less than the lifetime that it asks for', async () => {
    const { run, emulator, expireIn } = await endedLogin()
    expireIn(90)
    const { code, stdout, stderr } = await run('token', '--min-ttl', '10m')
    expect([code, stdout, stderr]).toEqual([3, '', expect.stringMatching(REFUSED)])
    expect(countOf(emulator, TOKEN)).toBe(2)
  })

  it('is reported with the first token after its end', async () => {
    const { run, emulator, tokens, expireIn } = await logIn()
    emulator.endLogins()
    expireIn(90)
    const { code, stdout, stderr } = await run('token')
    expect([code, stdout, stderr]).toEqual([0, `${tokens.accessToken}\n`, expect.stringMatching(ALIVE)])
    expect((await run('status')).code).toBe(3)
    expect(countOf(emulator, TOKEN)).toBe(2)
  })

  it('makes no key once the API refuses its access token', async () => {
    const { run, emulator } = await logIn()
    emulator.endLogins()
    emulator.expireAccessTokens()
    for (let times = 1; times <= 2; times += 1) {
      const { code, stdout, stderr } = await run('create-key')
      expect([code, stdout, stderr]).toEqual([3, '', expect.stringMatching(REFUSED)])
    }
    expect(countOf(emulator, TOKEN)).toBe(2)
    const check = await run('status', '--check')
    expect([check.code, check.stderr]).toEqual([3, expect.stringMatching(REFUSED)])
  })

  it('is over with the next login', async () => {
    const { run, configDir, emulator } = await endedLogin()
    const login = await pasteLogin(emulator, ['--profile', 'default'], { configDir })
    expect([login.code, login.stderr.split('\n')[0]]).toEqual([
      0,
      "Profile 'default' holds the login of person@example.com, which has ended. The new login will replace it.",
    ])
    const status = await run('status')
    expect([status.code, status.stderr]).toEqual([0, ''])
    expect((await run('refresh')).code).toBe(0)
  })

  it('says the same once its known end has passed, but still asks the server when a token is needed', async () => {
    const { run, configDir, emulator, expireIn } = await logIn()
    const credentials = readProfile(configDir, 'credentials')
    writeProfile(configDir, 'credentials', { ...credentials, refresh_token_expires_at: 1_700_000_000 })
    const status = await run('status')
    expect([status.code, status.stderr]).toEqual([3, expect.stringMatching(ALIVE)])
    expect((await run('list')).stdout).toContain('login has ended')
    const token = await run('token')
    expect([token.code, token.stderr]).toEqual([0, expect.stringMatching(ALIVE)])
    expireIn(-60)
    const renewed = await run('token')
    expect([renewed.code, renewed.stderr]).toEqual([0, ''])
    expect(countOf(emulator, TOKEN)).toBe(2)
    expect((await run('status')).code).toBe(0)
  })

  it('is not marked when a host refuses it that the profile does not name', async () => {
    const { run, emulator, configDir } = await logIn()
    const other = await startTestEmulator()
    nameHost(configDir, '')
    const refused = await run('refresh', '--base-url', other.apiUrl)
    expect([refused.code, countOf(other, TOKEN)]).toEqual([3, 1])
    expect((await run('refresh', '--base-url', emulator.apiUrl)).code).toBe(0)
    expect(countOf(emulator, TOKEN)).toBe(2)
  })

  it('has not ended without a refresh token, until the access token expires', async () => {
    const { run, configDir, expireIn } = await logIn()
    const credentials = { ...readProfile(configDir, 'credentials'), refresh_token: '' }
    writeProfile(configDir, 'credentials', credentials)
    const status = await run('status')
    expect([status.code, status.stderr]).toEqual([0, ''])
    expect(status.stdout).toMatch(/^Status +logged in, until the access token expires$/m)
    expireIn(-60)
    const expired = await run('status')
    expect([expired.code, expired.stderr]).toEqual([3, `Warning: This login has ended. Run: ${LOGIN}\n`])
  })
})

describe('anthropic-auth create-key', { timeout: WATCHDOG_MS }, () => {
  it('refreshes once when the API refuses the access token', async () => {
    const { run, emulator } = await logIn()
    emulator.expireAccessTokens()
    const { code, stdout } = await run('create-key')
    expect([code, stdout]).toEqual([0, expect.stringMatching(/^sk-ant-\S+\n$/)])
    expect(countOf(emulator, TOKEN)).toBe(2)
  })
})
