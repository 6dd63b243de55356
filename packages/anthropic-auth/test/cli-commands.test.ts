import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { dirname, join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { temporaryFolder } from '../../profile-store/test/temporary-folder.ts'
import { countOf, logInto, nameHost, profilePath, readProfile, writeProfile } from './tool-login.ts'
import { runTool } from './tool-process.ts'

const WATCHDOG_MS = 300_000
const TOKEN = '/v1/oauth/token'
const REVOKE = '/v1/oauth/token/revoke'
/** A port on which nothing listens. */
const NOWHERE = 'http://127.0.0.1:1'

describe('anthropic-auth token', { timeout: WATCHDOG_MS }, () => {
  it('prints only the access token, and sends no request while it is fresh', async () => {
    const { configDir, tokens, emulator } = await logInto()
    const { accessToken: token, expiresAt } = tokens
    for (const [args, output] of [
      [[], token],
      [['--json'], JSON.stringify({ token, expiresAt, baseUrl: emulator.apiUrl })],
    ] as const) {
      const end = await runTool(['token', ...args], { configDir })
      expect(end).toEqual({ code: 0, signal: null, stdout: `${output}\n`, stderr: '' })
    }
    expect(countOf(emulator, TOKEN)).toBe(1)
  })

  it('refreshes a token that is due, and saves the new tokens', async () => {
    const { configDir, tokens, emulator } = await logInto({ tokenLifetimeSeconds: 20 })
    const { code, stdout, stderr } = await runTool(['token'], { configDir })
    expect([code, stderr]).toEqual([0, ''])
    const saved = readProfile(configDir, 'credentials')
    expect(stdout).toBe(`${String(saved['access_token'])}\n`)
    expect(saved['access_token']).not.toBe(tokens.accessToken)
    expect(saved['refresh_token']).not.toBe(tokens.refreshToken)
    expect(saved['account_email']).toBe(tokens.account?.email)
    expect(countOf(emulator, TOKEN)).toBe(2)
  })

  it('refreshes it once, however many processes ask for it', async () => {
    const clock = { now: Date.now() }
    const { configDir, emulator, tokens } = await logInto({ now: () => clock.now })
    expire(configDir)
    clock.now += 9 * 3_600_000
    const ends = await Promise.all(Array.from({ length: 5 }, async () => runTool(['token'], { configDir })))
    expect(ends.map(({ code, stderr }) => [code, stderr])).toEqual(Array.from({ length: 5 }, () => [0, '']))
    const written = new Set(ends.map(({ stdout }) => stdout))
    expect([...written]).toEqual([`${String(readProfile(configDir, 'credentials')['access_token'])}\n`])
    expect(written).not.toContain(`${tokens.accessToken}\n`)
    expect(countOf(emulator, TOKEN)).toBe(2)
  })

  it("prints a token that it couldn't save, and then fails", async () => {
    const configDir = temporaryFolder()
    const path = profilePath(configDir, 'credentials')
    const url = await serveTokens(() => chmodSync(path, 0o644))
    const credentials = { access_token: 'sk-ant-oat01-old', refresh_token: 'sk-ant-ort01-old', expires_at: 1 }
    writeProfile(configDir, 'credentials', credentials)
    const { code, stdout, stderr } = await runTool(['token', '--base-url', url], { configDir })
    expect([code, stdout]).toEqual([8, 'sk-ant-oat01-new\n'])
    expect(stderr).toMatch(
      /^Error: The tokens were refreshed, but not saved: .*\n.*\nThe saved .* run: anthropic-auth login --profile default\n$/,
    )
    expect(readProfile(configDir, 'credentials')).toEqual(credentials)
  })

  it("creates no key with a login that it couldn't save", async () => {
    const configDir = temporaryFolder()
    const path = profilePath(configDir, 'credentials')
    const paths: unknown[] = []
    const url = await serveTokens((request) => {
      paths.push(request)
      chmodSync(path, 0o644)
    })
    writeProfile(configDir, 'credentials', { access_token: 'a', refresh_token: 'r', expires_at: 1 })
    const { code, stdout } = await runTool(['create-key', '--json'], {
      configDir,
      env: { ANTHROPIC_BASE_URL: url },
    })
    expect([code, stdout, paths]).toEqual([8, '', [TOKEN]])
  })

  it("prints a token that is still valid, with a warning, when it can't be refreshed", async () => {
    const { configDir, emulator, tokens } = await logInto({ tokenLifetimeSeconds: 60 })
    emulator.faults.always('token', { type: 'rate_limit' })
    const text = await runTool(['token'], { configDir })
    expect([text.code, text.stdout]).toEqual([0, `${tokens.accessToken}\n`])
    expect(text.stderr).toMatch(/^Warning: The tokens could not be refreshed, but are still valid: .*\n$/)
    const json = await runTool(['token', '--json'], { configDir })
    expect(JSON.parse(json.stderr)).toEqual({ warning: { message: expect.stringContaining('still valid') } })
  })

  it("doesn't claim a refresh when the lock was not free", async () => {
    const { configDir, tokens } = await logInto({ tokenLifetimeSeconds: 60 })
    // The lock can't be taken: a folder is in its place.
    writeProfile(configDir, 'credentials', {}, 'default.json.lock/in-use')
    const { code, stdout, stderr } = await runTool(['token'], { configDir })
    expect([code, stdout]).toEqual([0, `${tokens.accessToken}\n`])
    expect(stderr).toMatch(/^Warning: The tokens could not be refreshed, but are still valid: .*lock/)
  })
})

describe('anthropic-auth, which settings count', { timeout: WATCHDOG_MS }, () => {
  it('uses the profile of the flag, else of ANTHROPIC_PROFILE, else the active one, else `default`', async () => {
    const configDir = temporaryFolder()
    for (const profile of ['flag', 'variable', 'active', 'default']) {
      writeProfile(configDir, 'credentials', { access_token: `token-of-${profile}` }, profile)
    }
    const env = { ANTHROPIC_PROFILE: 'variable' }
    expect((await runTool(['token'], { configDir })).stdout).toBe('token-of-default\n')
    writeFileSync(join(configDir, 'active_config'), 'active\n')
    expect((await runTool(['token'], { configDir })).stdout).toBe('token-of-active\n')
    expect((await runTool(['token'], { configDir, env })).stdout).toBe('token-of-variable\n')
    const flag = ['token', '--profile', 'flag']
    expect((await runTool(flag, { configDir, env })).stdout).toBe('token-of-flag\n')
  })

  it('uses the host of the flag, else of the profile, else of ANTHROPIC_BASE_URL', async () => {
    const { configDir, emulator } = await logInto()
    const setProfileHost = (url: string): void => nameHost(configDir, url)
    const refresh = async (flags: string[], env: NodeJS.ProcessEnv): Promise<number | null> =>
      (await runTool(['refresh', ...flags], { configDir, env })).code
    expect(await refresh([], {})).toBe(0)
    setProfileHost(NOWHERE)
    expect(await refresh([], {})).toBe(6)
    expect(await refresh([], { ANTHROPIC_BASE_URL: emulator.apiUrl })).toBe(6)
    setProfileHost('')
    expect(await refresh(['--base-url', `${emulator.apiUrl}/`], { ANTHROPIC_BASE_URL: NOWHERE })).toBe(0)
    setProfileHost('')
    expect(await refresh([], { ANTHROPIC_BASE_URL: emulator.apiUrl })).toBe(0)
    setProfileHost(emulator.apiUrl)
    expect(await refresh([], { ANTHROPIC_BASE_URL: NOWHERE })).toBe(0)
    // Only a login changes the profile's host.
    expect(readProfile(configDir, 'configs')['base_url']).toBe(emulator.apiUrl)
  })

  it('uses the client that the tokens are bound to, before ANTHROPIC_OAUTH_CLIENT_ID', async () => {
    const { configDir, emulator } = await logInto()
    const env = { ANTHROPIC_OAUTH_CLIENT_ID: 'client-of-another' }
    expect(await runTool(['refresh'], { configDir, env })).toMatchObject({ code: 0 })
    writeProfile(configDir, 'configs', { base_url: emulator.apiUrl })
    expect(await runTool(['refresh'], { configDir, env })).toMatchObject({ code: 6 })
    expect(JSON.parse(emulator.requests.at(-1)?.body ?? '')).toMatchObject({ client_id: 'client-of-another' })
  })
})

describe('anthropic-auth status', { timeout: WATCHDOG_MS }, () => {
  it('shows the account, the host and the lifetime, and no part of a token', async () => {
    const { configDir, emulator, tokens } = await logInto()
    const { code, stdout, stderr } = await runTool(['status'], { configDir })
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout.split('\n').map((line) => line.replace(/\d+ (min|h)/g, 'N $1'))).toEqual([
      'Status        logged in',
      `Account       ${tokens.account?.email}`,
      `Organization  ${tokens.organization?.name} (${tokens.organization?.id})`,
      `Workspace     ${tokens.workspace === null ? 'none' : `${tokens.workspace.name} (${tokens.workspace.id})`}`,
      'Profile       default',
      `Host          ${emulator.apiUrl}`,
      'Scopes        org:create_api_key user:profile user:inference',
      expect.stringMatching(
        /^Access token {2}expires in N h( N min)? \(\d{4}-\d\d-\d\d \d\d:\d\d UTC\), refreshed when due$/,
      ),
      'SDKs use      this login (active profile)',
      '',
    ])
    const json = await runTool(['status', '--json'], { configDir })
    expect(JSON.parse(json.stdout)).toEqual({
      profile: 'default',
      account: { email: tokens.account?.email },
      organization: tokens.organization,
      workspace: tokens.workspace,
      scopes: ['org:create_api_key', 'user:profile', 'user:inference'],
      baseUrl: emulator.apiUrl,
      consoleUrl: null,
      mode: null,
      clientId: tokens.clientId,
      expiresAt: tokens.expiresAt,
      refreshTokenExpiresAt: null,
      isRenewable: true,
      isUsable: true,
      hasEnded: false,
      sdkCredential: { type: 'profile', source: 'active profile', profile: 'default' },
      sdkOrder: [
        'ANTHROPIC_API_KEY',
        'ANTHROPIC_AUTH_TOKEN',
        'ANTHROPIC_PROFILE',
        'federation variables',
        'active profile',
      ],
    })
    for (const { accessToken, refreshToken } of [tokens]) {
      for (const part of [...piecesOf(accessToken), ...piecesOf(refreshToken ?? '')]) {
        expect(stdout + json.stdout).not.toContain(part)
      }
    }
    expect(emulator.requests.at(-1)?.path).toBe(TOKEN)
    expect(countOf(emulator, TOKEN)).toBe(1)
  })

  it('shows the host that the other commands would use', async () => {
    const configDir = temporaryFolder()
    writeProfile(configDir, 'credentials', { access_token: 'sk-ant-oat01-a' })
    const host = async (flags: string[], env: NodeJS.ProcessEnv): Promise<unknown> =>
      JSON.parse((await runTool(['status', '--json', ...flags], { configDir, env })).stdout)
    expect(await host([], {})).toMatchObject({ baseUrl: 'https://api.anthropic.com' })
    const env = { ANTHROPIC_BASE_URL: 'https://variable.example/' }
    expect(await host([], env)).toMatchObject({ baseUrl: 'https://variable.example' })
    const flag = ['--base-url', 'https://flag.example']
    expect(await host(flag, env)).toMatchObject({ baseUrl: 'https://flag.example' })
    writeProfile(configDir, 'configs', { base_url: 'https://profile.example' })
    expect(await host([], env)).toMatchObject({ baseUrl: 'https://profile.example' })
  })

  it('exits with 3 when nobody is logged in, and says how to log in', async () => {
    const configDir = temporaryFolder()
    for (const command of ['status', 'token', 'refresh', 'create-key']) {
      const { code, stdout, stderr } = await runTool([command, '--profile', 'work'], { configDir })
      expect([command, code, stdout, stderr]).toEqual([
        command,
        3,
        '',
        "Error: Not logged in (profile 'work').\nRun: anthropic-auth login --profile work\n",
      ])
    }
    expect(readdirSync(configDir)).toEqual([])
  })

  it.each<[string, object, number, string]>([
    [
      'expired, renewable',
      { refresh_token: 'r', expires_at: 1_700_000_000 },
      0,
      'ago (2023-11-14 22:13 UTC), refreshed at the next use',
    ],
    ['expired, not renewable', { expires_at: 1_700_000_000 }, 3, 'ago (2023-11-14 22:13 UTC), log in again'],
    [
      'valid, not renewable',
      { expires_at: 1_999_999_999 },
      0,
      "can't be refreshed: log in again when it expires",
    ],
    ['of unknown expiry', {}, 0, "expiry unknown, can't be refreshed: log in again when it expires"],
    ['with an expiry in milliseconds', { expires_at: 1_999_999_999_000 }, 0, 'unknown'],
  ])('tells of tokens that are %s', async (_what, tokens, exitCode, text) => {
    const configDir = temporaryFolder()
    writeProfile(configDir, 'credentials', { access_token: 'a', ...tokens })
    const { code, stdout, stderr } = await runTool(['status'], { configDir })
    const remedy = 'Warning: This login has ended. Run: anthropic-auth login --profile default\n'
    expect([code, stderr]).toEqual([exitCode, exitCode === 0 ? '' : remedy])
    expect(stdout).toContain(text)
  })

  it('shows instants in local time', async () => {
    const configDir = temporaryFolder()
    writeProfile(configDir, 'credentials', { access_token: 'a', expires_at: 1_700_000_000 })
    for (const [zone, text] of [
      ['Asia/Kolkata', '(2023-11-15 03:43 UTC+05:30)'],
      ['America/New_York', '(2023-11-14 17:13 UTC-05:00)'],
    ] as const) {
      expect((await runTool(['status'], { configDir, env: { TZ: zone } })).stdout).toContain(text)
    }
  })

  it.each<[NodeJS.ProcessEnv, string]>([
    [{}, 'this login (active profile)'],
    [{ ANTHROPIC_PROFILE: 'default' }, 'this login (ANTHROPIC_PROFILE)'],
    [{ ANTHROPIC_PROFILE: 'work' }, "profile 'work' (ANTHROPIC_PROFILE), not this login"],
    [
      { ANTHROPIC_API_KEY: 'k', ANTHROPIC_PROFILE: 'default' },
      'the key in ANTHROPIC_API_KEY, not this login',
    ],
    // Without an identity token, the SDKs go on to the active profile.
    [
      { ANTHROPIC_FEDERATION_RULE_ID: 'fdrl_1', ANTHROPIC_ORGANIZATION_ID: 'o' },
      'this login (active profile)',
    ],
    [{ ANTHROPIC_AUTH_TOKEN: 't' }, 'the token in ANTHROPIC_AUTH_TOKEN, not this login'],
    [
      {
        ANTHROPIC_FEDERATION_RULE_ID: 'fdrl_1',
        ANTHROPIC_ORGANIZATION_ID: 'o',
        ANTHROPIC_IDENTITY_TOKEN: 't',
      },
      'workload identity federation (ANTHROPIC_FEDERATION_RULE_ID), not this login',
    ],
  ])('shows which credential an official SDK uses with %j', async (env, text) => {
    const { configDir } = await logInto()
    const { stdout } = await runTool(['status', '--profile', 'default'], { configDir, env })
    expect(stdout).toContain(`\nSDKs use      ${text}\n`)
    const order =
      '\nSDKs check    ANTHROPIC_API_KEY, ANTHROPIC_AUTH_TOKEN, ANTHROPIC_PROFILE, federation variables, then the active profile\n'
    expect(stdout.includes(order)).toBe(text.endsWith('not this login'))
  })

  it('lets no name steer the terminal', async () => {
    const configDir = temporaryFolder()
    writeProfile(configDir, 'credentials', {
      access_token: 'a',
      organization_uuid: 'o',
      organization_name: 'Exa\u001B]0;x\u0007mple\r\n\u202EForged  line\u009B2J',
    })
    const { stdout } = await runTool(['status'], { configDir })
    expect(stdout).toContain('Organization  Exa]0;xmpleForged  line2J (o)\n')
  })
})

describe('anthropic-auth refresh', { timeout: WATCHDOG_MS }, () => {
  it('refreshes fresh tokens, saves them, and prints no part of them', async () => {
    const { configDir, tokens, emulator } = await logInto()
    const text = await runTool(['refresh'], { configDir })
    expect([text.code, text.stdout]).toEqual([0, ''])
    expect(text.stderr).toMatch(
      /^Refreshed the login of profile 'default'\. The access token expires in .*\n$/,
    )
    const saved = readProfile(configDir, 'credentials')
    expect(saved['access_token']).not.toBe(tokens.accessToken)
    const json = await runTool(['refresh', '--json'], { configDir })
    expect(json).toMatchObject({ code: 0, stderr: '' })
    expect(JSON.parse(json.stdout)).toEqual({ profile: 'default', expiresAt: expect.any(Number) })
    expect(countOf(emulator, TOKEN)).toBe(3)
  })

  it('leaves files 0600 in folders 0700, whatever the umask', async () => {
    const { configDir } = await logInto()
    await runTool(['refresh'], { configDir, before: 'umask 0' })
    const path = profilePath(configDir, 'credentials')
    expect([path, dirname(path)].map((one) => statSync(one).mode & 0o777)).toEqual([0o600, 0o700])
    expect(readdirSync(dirname(path))).toEqual(['default.json'])
  })

  it("exits with 3 when the tokens can't be refreshed, says what to do, and keeps them", async () => {
    const { configDir, emulator } = await logInto()
    emulator.faults.always('token', { type: 'body', status: 400, body: '{"error":"invalid_grant"}' })
    const before = readProfile(configDir, 'credentials')
    for (const credentials of [before, { ...before, refresh_token: '' }]) {
      writeProfile(configDir, 'credentials', credentials)
      const { code, stdout, stderr } = await runTool(['refresh'], { configDir })
      expect([code, stdout]).toEqual([3, ''])
      expect(stderr).toMatch(/^Error: .*\n(.*\n)?Run: anthropic-auth login --profile default\n/)
      expect(readProfile(configDir, 'credentials')).toMatchObject(credentials)
    }
  })
})

describe('anthropic-auth create-key', { timeout: WATCHDOG_MS }, () => {
  it('prints the key, and saves it nowhere', async () => {
    const { configDir, emulator } = await logInto()
    const before = readProfile(configDir, 'credentials')
    const text = await runTool(['create-key'], { configDir })
    expect(text).toMatchObject({ code: 0, stdout: expect.stringMatching(/^sk-ant-api03-\S+\n$/) })
    expect(text.stderr).toBe(
      `Created in the organization Example Organization (8e1f4a6d-2b93-4c57-b0d8-71c5e3a9f624).\nThis key is shown only once, and is not saved. To manage your keys, open ${emulator.apiUrl}/settings/keys\n`,
    )
    const json = await runTool(['create-key', '--json'], { configDir })
    expect(JSON.parse(json.stdout)).toEqual({ apiKey: expect.stringMatching(/^sk-ant-api03-\S+$/) })
    expect(readProfile(configDir, 'credentials')).toEqual(before)
    expect(readdirSync(configDir, { recursive: true }).map(String).toSorted()).toEqual([
      'configs',
      'configs/default.json',
      'credentials',
      'credentials/default.json',
    ])
  })

  it('exits with 10 when the login lacks the scope, and sends nothing', async () => {
    const { configDir, emulator } = await logInto({ scopes: ['user:profile', 'user:inference'] })
    const { code, stdout, stderr } = await runTool(['create-key'], { configDir })
    expect([code, stdout]).toEqual([10, ''])
    expect(stderr).toContain('org:create_api_key')
    expect(countOf(emulator, '/api/oauth/claude_cli/create_api_key')).toBe(0)
  })
})

describe('anthropic-auth with ANTHROPIC_BASE_URL', { timeout: WATCHDOG_MS }, () => {
  it('says where the tokens of a profile without a host go', async () => {
    const { configDir, emulator } = await logInto()
    const env = { ANTHROPIC_BASE_URL: emulator.apiUrl }
    for (const command of ['token', 'refresh', 'create-key', 'logout']) {
      nameHost(configDir, '')
      const { code, stderr } = await runTool([command], { configDir, env })
      expect([command, code]).toEqual([command, 0])
      expect(stderr).toContain(
        `Warning: Profile 'default' names no host, so its tokens go to ${emulator.apiUrl} (ANTHROPIC_BASE_URL). To send them to Anthropic, add: --base-url https://api.anthropic.com\n`,
      )
    }
  })

  it('says nothing when the profile or a flag names the host', async () => {
    const { configDir, emulator } = await logInto()
    const env = { ANTHROPIC_BASE_URL: NOWHERE }
    expect((await runTool(['refresh'], { configDir, env })).stderr).not.toContain('Warning')
    nameHost(configDir, '')
    const flag = ['--base-url', emulator.apiUrl]
    expect((await runTool(['token', ...flag], { configDir, env })).stderr).toBe('')
  })
})

describe('anthropic-auth logout', { timeout: WATCHDOG_MS }, () => {
  it('revokes the tokens, then removes them, and leaves the rest of the profile', async () => {
    const { configDir, emulator, tokens } = await logInto()
    const config = readProfile(configDir, 'configs')
    const { code, stdout, stderr } = await runTool(['logout'], { configDir })
    expect([code, stdout, stderr]).toEqual([0, '', "Logged out of profile 'default'.\n"])
    const revocation = emulator.requests.at(-1)
    expect(revocation).toMatchObject({ path: REVOKE, status: 200 })
    expect(revocation?.body).toContain(tokens.refreshToken)
    expect(readdirSync(join(configDir, 'credentials'))).toEqual([])
    expect(readProfile(configDir, 'configs')).toEqual(config)
  })

  it('does nothing when nobody is logged in', async () => {
    const configDir = temporaryFolder()
    const text = await runTool(['logout'], { configDir })
    expect(text).toMatchObject({ code: 0, stderr: "Not logged in (profile 'default').\n" })
    const json = await runTool(['logout', '--json'], { configDir })
    expect(JSON.parse(json.stdout)).toEqual([{ profile: 'default', removed: false, revoked: false }])
    const all = await runTool(['logout', '--all'], { configDir })
    expect(all).toMatchObject({ code: 0, stderr: 'No profiles to log out of.\n' })
    expect(readdirSync(configDir)).toEqual([])
  })

  it("removes the tokens even if they can't be revoked, and says so", async () => {
    const { configDir, emulator } = await logInto()
    writeProfile(configDir, 'credentials', readProfile(configDir, 'credentials'), 'work')
    await emulator.close()
    const url = ['--base-url', emulator.apiUrl]
    const text = await runTool(['logout', ...url], { configDir })
    expect([text.code, text.stdout]).toEqual([0, ''])
    expect(text.stderr).toMatch(
      /^Warning: The tokens could not be revoked, and stay valid until they expire\. [^\n]*\.\nLogged out of profile 'default' on this machine only\.\n$/,
    )
    const json = await runTool(['logout', '--json', '--profile', 'work', ...url], { configDir })
    expect(JSON.parse(json.stdout)).toEqual([{ profile: 'work', removed: true, revoked: false }])
    expect(JSON.parse(json.stderr)).toHaveProperty('warning.message')
    expect(readdirSync(join(configDir, 'credentials'))).toEqual([])
  })

  it('says in one sentence how the server responded', async () => {
    const { configDir, emulator } = await logInto()
    emulator.faults.next('revoke', { type: 'server_error' })
    expect(await runTool(['logout'], { configDir })).toMatchObject({
      code: 0,
      stderr:
        "Warning: The tokens could not be revoked, and stay valid until they expire: the server responded with HTTP 500.\nLogged out of profile 'default' on this machine only.\n",
    })
  })

  it('refuses a name without a profile', async () => {
    const { configDir, emulator } = await logInto({ profile: 'work' })
    const requests = emulator.requests.length
    const named = await runTool(['logout', '--profile', 'wrok'], { configDir })
    expect([named.code, named.stderr]).toEqual([
      3,
      "Error: There is no profile 'wrok'.\nDid you mean 'work'?\n",
    ])
    const env = { ANTHROPIC_PROFILE: 'wrok' }
    expect(await runTool(['logout'], { configDir, env })).toMatchObject({
      code: 3,
      stderr:
        "Error: There is no profile 'wrok' (ANTHROPIC_PROFILE).\nDid you mean 'work'? Run: export ANTHROPIC_PROFILE=work\n",
    })
    expect(emulator.requests).toHaveLength(requests)
    const first = await runTool(['logout', '--profile', 'work'], { configDir })
    const twice = await runTool(['logout', '--profile', 'work'], { configDir })
    expect([first.code, twice.code, twice.stderr]).toEqual([0, 0, "Not logged in (profile 'work').\n"])
  })

  it("doesn't claim to have removed tokens when a folder is in place of the file", async () => {
    const configDir = temporaryFolder()
    mkdirSync(profilePath(configDir, 'credentials'), { recursive: true })
    const { code, stderr } = await runTool(['logout'], { configDir })
    expect([code, stderr]).toEqual([
      8,
      expect.stringMatching(/^Error: .* can't be removed .* Nothing was removed\.\n/),
    ])
    expect(stderr).not.toMatch(/are removed|still logged in/)
  })

  it('removes nothing when a setting is wrong', async () => {
    const { configDir } = await logInto()
    const { code } = await runTool(['logout', '--base-url', 'ftp://example.com'], { configDir })
    expect(code).toBe(2)
    expect(existsSync(profilePath(configDir, 'credentials'))).toBe(true)
    expect(readdirSync(join(configDir, 'credentials'))).toEqual(['default.json'])
  })

  it('ends the logins of all profiles, each at its own server', async () => {
    const { configDir, emulator, tokens } = await logInto({ profile: 'a' })
    const other = await logInto({ profile: 'b', configDir })
    writeProfile(configDir, 'configs', { base_url: 'https://example.com' }, 'c')
    const { code, stdout } = await runTool(['logout', '--all', '--json'], { configDir })
    expect(code).toBe(0)
    expect(JSON.parse(stdout)).toEqual([
      { profile: 'a', removed: true, revoked: true },
      { profile: 'b', removed: true, revoked: true },
      { profile: 'c', removed: false, revoked: false },
    ])
    expect(readdirSync(join(configDir, 'credentials'))).toEqual([])
    expect(emulator.requests.at(-1)?.body).toContain(tokens.refreshToken)
    expect(other.emulator.requests.at(-1)?.body).toContain(other.tokens.refreshToken)
  })

  it('also removes the settings with --remove, and the active profile', async () => {
    const { configDir } = await logInto({ profile: 'work' })
    writeFileSync(join(configDir, 'active_config'), 'work\n')
    const { code, stderr } = await runTool(['logout', '--profile', 'work', '--remove'], { configDir })
    expect([code, stderr]).toEqual([0, "Logged out of profile 'work'. Removed its settings.\n"])
    expect(readdirSync(join(configDir, 'configs'))).toEqual([])
    expect(readdirSync(configDir).toSorted()).toEqual(['configs', 'credentials'])
    writeProfile(configDir, 'configs', {}, 'home')
    writeFileSync(join(configDir, 'active_config'), 'other\n')
    const home = await runTool(['logout', '--profile', 'home', '--remove', '--json'], { configDir })
    expect(JSON.parse(home.stdout)).toEqual([
      { profile: 'home', removed: false, revoked: false, settingsRemoved: true },
    ])
    expect(readFileSync(join(configDir, 'active_config'), 'utf8')).toBe('other\n')
  })

  it('never removes the settings of a machine or of another program', async () => {
    const { configDir } = await logInto({ profile: 'mine' })
    const [ants, machine] = [
      { authentication: { type: 'user_oauth', client_id: '41077d10-94b8-4194-be48-d251e9eb21b4' } },
      { authentication: { type: 'oidc_federation' } },
    ]
    writeProfile(configDir, 'configs', ants, 'ants')
    writeProfile(configDir, 'credentials', { access_token: 'a' }, 'ants')
    writeProfile(configDir, 'configs', machine, 'machine')
    writeProfile(configDir, 'configs', '{', 'broken')
    for (const [profile, code] of [
      ['ants', 2],
      ['machine', 8],
      ['broken', 8],
    ] as const) {
      const end = await runTool(['logout', '--profile', profile, '--remove'], { configDir })
      expect([profile, end.code]).toEqual([profile, code])
    }
    expect(readProfile(configDir, 'credentials', 'ants')).toEqual({ access_token: 'a' })
    expect(await runTool(['logout', '--all', '--remove'], { configDir })).toMatchObject({ code: 0 })
    expect(readdirSync(join(configDir, 'configs')).toSorted()).toEqual([
      'ants.json',
      'broken.json',
      'machine.json',
    ])
    expect(readdirSync(join(configDir, 'credentials'))).toEqual([])
  })

  it("logs out of the others when one profile can't be removed, reports each, and fails", async () => {
    const { configDir } = await logInto({ profile: 'good' })
    for (const profile of ['bad-1', 'bad-2']) {
      mkdirSync(join(profilePath(configDir, 'credentials', profile), 'in-use'), { recursive: true })
    }
    writeProfile(configDir, 'configs', { authentication: { type: 'oidc_federation' } }, 'foreign')
    const { code, stdout, stderr } = await runTool(['logout', '--all', '--json'], { configDir })
    expect(code).toBe(8)
    expect(JSON.parse(stdout)).toEqual([{ profile: 'good', removed: true, revoked: true }])
    const told = stderr.split('\n').filter((line) => line.startsWith('{"error"'))
    expect(told.toSorted().map((line) => (JSON.parse(line) as { error: unknown }).error)).toEqual([
      expect.objectContaining({
        message: expect.stringContaining(profilePath(configDir, 'credentials', 'bad-1')),
      }),
      expect.objectContaining({
        message: expect.stringContaining(profilePath(configDir, 'credentials', 'bad-2')),
      }),
    ])
    expect(readdirSync(join(configDir, 'credentials')).toSorted()).toEqual(['bad-1.json', 'bad-2.json'])
    expect(readProfile(configDir, 'configs', 'foreign')).toEqual({
      authentication: { type: 'oidc_federation' },
    })
  })
})

/** A server that issues new tokens, after it has run `before`. */
async function serveTokens(before: (path: string | undefined) => void): Promise<string> {
  const server = createServer((request, response) => {
    before(request.url)
    const tokens = { access_token: 'sk-ant-oat01-new', refresh_token: 'sk-ant-ort01-new', expires_in: 28_800 }
    request.resume().on('end', () => response.end(JSON.stringify(tokens)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

/** Makes the login look a day old. */
function expire(configDir: string): void {
  const credentials = readProfile(configDir, 'credentials')
  writeProfile(configDir, 'credentials', { ...credentials, expires_at: Math.floor(Date.now() / 1000) - 60 })
}

/** All parts of 8 characters of a token, without the common prefix. */
function piecesOf(token: string): readonly string[] {
  const secret = token.replace(/^sk-ant-o.t01-/, '')
  return Array.from({ length: Math.floor(secret.length / 8) }, (_, index) =>
    secret.slice(8 * index, 8 * index + 8),
  )
}
