import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { createProfileStore } from 'anthropic-auth/profile-store'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { temporaryFolder } from '../../profile-store/test/temporary-folder.ts'
import { countOf, logInto, nameHost, pasteLogin, readProfile, writeProfile } from './tool-login.ts'
import { runTool, startTool } from './tool-process.ts'
import { startTestEmulator } from '../../testing/test/test-emulator.ts'

const WATCHDOG_MS = 300_000
const TOKEN = '/v1/oauth/token'
const REVOKE = '/v1/oauth/token/revoke'
const DEFAULT_HOST = 'https://api.anthropic.com'
const ANT = '41077d10-94b8-4194-be48-d251e9eb21b4'
const OTHER_UUID = '00000000-0000-4000-8000-000000000000'
const DEFAULT_CLIENT = '9d1c250a-e61b-44d9-88ed-5944d1962f5e'

let configDir: string

beforeEach(() => {
  configDir = temporaryFolder()
})

function parametersOf(link: string | undefined): Record<string, string> {
  return Object.fromEntries(new URL(link ?? '').searchParams)
}

describe('the tool with a profile that names its host', { timeout: WATCHDOG_MS }, () => {
  it.each(['token', 'refresh', 'create-key', 'logout'])(
    'sends nothing to the host of ANTHROPIC_BASE_URL: %s',
    async (command) => {
      const { emulator: own, configDir: folder } = await logInto({ tokenLifetimeSeconds: 20 })
      const other = await startTestEmulator()
      const env = { ANTHROPIC_BASE_URL: other.apiUrl }
      const { code, stderr } = await runTool([command], { configDir: folder, env })
      expect([code, stderr.includes('Warning')]).toEqual([0, false])
      expect(other.requests).toEqual([])
      expect(own.requests.length).toBeGreaterThan(2)
    },
  )

  it('requests its own organization and workspace, whatever the environment says', async () => {
    const { emulator: at, tokens } = await logInto()
    const [organization = '', workspace = ''] = [tokens.organization?.id, tokens.workspace?.id]
    writeProfile(configDir, 'configs', {
      base_url: at.url,
      organization_id: organization,
      workspace_id: workspace,
    })
    const env = { ANTHROPIC_ORGANIZATION_ID: OTHER_UUID, ANTHROPIC_WORKSPACE_ID: 'wrkspc_of_variable' }
    const { code, link, stderr } = await pasteLogin(at, ['--profile', 'default'], { configDir, env })
    expect(code).toBe(0)
    expect(parametersOf(link)).toMatchObject({ orgUUID: organization, workspace_id: workspace })
    expect(stderr).toContain(
      `ANTHROPIC_WORKSPACE_ID is ignored: the profile has its own value (${workspace}). To change it, use --workspace.`,
    )
  })
})

describe('a login to another server while a command waits', { timeout: WATCHDOG_MS }, () => {
  it.each(['token', 'refresh', 'create-key', 'run -- true'])(
    'sends none of its tokens to the old server: %s',
    async (line) => {
      const old = await logInto()
      const other = await logInto()
      const credentials = { ...readProfile(old.configDir, 'credentials'), expires_at: 1 }
      writeProfile(old.configDir, 'credentials', credentials)
      const asked = old.emulator.requests.length
      const store = createProfileStore({
        profile: 'default',
        configDir: old.configDir,
        baseUrl: other.emulator.apiUrl,
      })
      const tool = await store.lock(async () => {
        const started = startTool(line.split(' '), { configDir: old.configDir })
        await vi.waitUntil(() => started.said().includes('Waiting for another process'), {
          timeout: WATCHDOG_MS,
        })
        await store.save(other.tokens)
        return started
      })
      const { code, stdout, stderr } = await tool.ended
      expect([code, stdout, stderr]).toEqual([
        8,
        '',
        expect.stringContaining('now belongs to another server'),
      ])
      expect(stderr).toContain('Run the command again to use the new login.\n')
      expect(old.emulator.requests.slice(asked)).toEqual([])
      expect(await runTool(['token'], { configDir: old.configDir })).toMatchObject({
        code: 0,
        stdout: `${other.tokens.accessToken}\n`,
      })
    },
  )
})

describe('anthropic-auth login', { timeout: WATCHDOG_MS }, () => {
  it('writes the default host, too, so that no login of another process moves its tokens', async () => {
    const at = await startTestEmulator()
    writeProfile(configDir, 'configs', { base_url: at.url, authentication: { type: 'user_oauth' } })
    const store = createProfileStore({ profile: 'default', configDir, baseUrl: null })
    await store.save((await logInto()).tokens)
    expect(readProfile(configDir, 'configs')).not.toHaveProperty('base_url')
  })

  it.each([[['http://127.0.0.1:1']], [5], [true], [{}]])(
    'refuses a base_url that is not a text: %j',
    async (baseUrl) => {
      const { configDir: folder } = await logInto({ tokenLifetimeSeconds: 20 })
      const other = await startTestEmulator()
      writeProfile(folder, 'configs', { ...readProfile(folder, 'configs'), base_url: baseUrl })
      const { code, stderr } = await runTool(['token'], {
        configDir: folder,
        env: { ANTHROPIC_BASE_URL: other.url },
      })
      expect([code, stderr]).toEqual([8, expect.stringContaining('has a base_url that is not a text')])
      expect(other.requests).toEqual([])
    },
  )

  it('knows the same host in another spelling', async () => {
    const flags = ['--profile', 'default', '--no-browser', '--base-url', 'https://API.anthropic.com:443/']
    writeProfile(configDir, 'configs', { organization_id: OTHER_UUID, workspace_id: 'wrkspc_1' })
    const { stderr } = await runTool(['login', ...flags], { configDir })
    expect(parametersOf(/^https:\S+$/m.exec(stderr)?.[0])).toMatchObject({
      orgUUID: OTHER_UUID,
      workspace_id: 'wrkspc_1',
    })
  })

  it('remembers its options, and uses them at the next login', async () => {
    const at = await startTestEmulator({ separateApiOrigin: true })
    const { organization } = (await logInto()).tokens
    const hosts = ['--base-url', at.apiUrl, '--console-url', at.url]
    const who = ['--organization', organization?.id ?? '', '--workspace', 'default']
    const flags = [...hosts, ...who, '--scope', 'user:profile', '--scope', 'user:inference']
    const first = await pasteLogin(at, ['--profile', 'work', ...flags], { configDir })
    expect([first.code, first.link]).toEqual([0, expect.stringContaining(at.url)])
    const credentials = readProfile(configDir, 'credentials', 'work')
    expect(readProfile(configDir, 'configs', 'work')).toEqual({
      version: '1.0',
      authentication: {
        type: 'user_oauth',
        client_id: DEFAULT_CLIENT,
        login_mode: 'console',
        scope: 'user:profile user:inference',
        console_url: at.url,
      },
      base_url: at.apiUrl,
      organization_id: organization?.id,
      workspace_id: credentials['workspace_id'],
    })
    const second = await pasteLogin(at, ['--profile', 'work'], { configDir })
    expect([second.code, second.link]).toEqual([0, expect.stringContaining(at.url)])
    expect(parametersOf(second.link)).toMatchObject({
      orgUUID: organization?.id,
      workspace_id: credentials['workspace_id'],
      scope: 'user:profile user:inference',
    })
  })

  it('needs one flag on loopback', async () => {
    const at = await startTestEmulator()
    const { code, link } = await pasteLogin(at, ['--profile', 'w', '--base-url', at.url], { configDir })
    expect([code, link]).toEqual([0, expect.stringContaining(`${at.url}/oauth/authorize?`)])
    expect(readProfile(configDir, 'configs', 'w')['base_url']).toBe(at.url)
  })

  it('remembers a host from the environment, and says so', async () => {
    const at = await startTestEmulator()
    const env = { ANTHROPIC_BASE_URL: at.url }
    const { code, stderr } = await pasteLogin(at, ['--profile', 'w'], { configDir, env })
    expect(code).toBe(0)
    expect(stderr).toContain(
      `Warning: This login uses ANTHROPIC_BASE_URL (${at.url}), and the profile will remember it.`,
    )
    expect((await runTool(['refresh', '--profile', 'w'], { configDir })).code).toBe(0)
    expect(countOf(at, TOKEN)).toBe(2)
  })

  it('forgets the settings of another server', async () => {
    const at = await startTestEmulator()
    writeProfile(configDir, 'configs', {
      base_url: 'https://gateway.example',
      authentication: { type: 'user_oauth', console_url: 'https://console.example' },
      organization_id: 'organization-there',
      workspace_id: 'wrkspc_there',
    })
    const { code, link } = await pasteLogin(at, ['--profile', 'default', '--base-url', at.url], { configDir })
    expect(code).toBe(0)
    expect(parametersOf(link)).not.toHaveProperty('orgUUID')
    const config = readProfile(configDir, 'configs')
    expect(config).toMatchObject({ base_url: at.url, authentication: { console_url: at.url } })
    expect(config).not.toHaveProperty('organization_id')
    expect(config).not.toHaveProperty('workspace_id')
  })

  it.each<[string, object, string[], string]>([
    ["ant's profile", { client_id: ANT }, [], 'Log in with ant: ant auth login --profile default\n'],
    ["ant's profile, a flag", { client_id: ANT }, ['--client-id', DEFAULT_CLIENT], 'ant auth login'],
    ["ant's client", {}, ['--client-id', ANT], 'ant auth login --profile default\n'],
    ['another client', { client_id: 'theirs' }, [], 'If the client is yours, add: --client-id theirs\n'],
  ])('refuses to log in as the client of another program: %s', async (_what, client, flags, hint) => {
    const at = await startTestEmulator()
    const config = { base_url: at.url, authentication: { type: 'user_oauth', ...client } }
    writeProfile(configDir, 'configs', config)
    const { code, link, stderr } = await pasteLogin(at, ['--profile', 'default', ...flags], { configDir })
    expect([code, link]).toEqual([2, undefined])
    expect(stderr).toContain(hint)
    expect(stderr).toContain('Or log in to another profile: anthropic-auth login --profile NAME\n')
    expect(readProfile(configDir, 'configs')).toEqual(config)
    expect(at.requests).toEqual([])
  })

  it.each<[string[], NodeJS.ProcessEnv]>([
    [['--client-id', 'theirs'], {}],
    [[], { ANTHROPIC_OAUTH_CLIENT_ID: 'theirs' }],
  ])('logs in again as a client that the user names: %o, %o', async (flags, env) => {
    const at = await startTestEmulator()
    const authentication = { type: 'user_oauth', client_id: 'theirs' }
    writeProfile(configDir, 'configs', { base_url: at.url, authentication })
    const args = ['login', '--profile', 'default', '--no-browser', ...flags]
    const { code, stderr } = await runTool(args, { configDir, env })
    expect([code, parametersOf(/^http\S+$/m.exec(stderr)?.[0])['client_id']]).toEqual([7, 'theirs'])
  })

  it.each<[string[], NodeJS.ProcessEnv, string]>([
    [['--organization', 'Acme'], {}, '--organization is not a UUID'],
    [[], { ANTHROPIC_ORGANIZATION_ID: 'org_5' }, 'ANTHROPIC_ORGANIZATION_ID is not a UUID'],
  ])('refuses an organization that is not a UUID: %o, %o', async (flags, env, message) => {
    const { code, stderr } = await runTool(['login', '--profile', 'w', ...flags], { configDir, env })
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)])
  })

  it.each<[string, string[], NodeJS.ProcessEnv, string]>([
    [
      'tokens elsewhere',
      ['--base-url', 'https://gateway.example'],
      {},
      'Tokens would come from https://gateway.example (--base-url), but the consent page is at Anthropic',
    ],
    [
      'tokens elsewhere, by a variable',
      [],
      { ANTHROPIC_BASE_URL: 'https://gateway.example' },
      'Tokens would come from https://gateway.example (ANTHROPIC_BASE_URL)',
    ],
    [
      'consent elsewhere',
      ['--console-url', 'https://console.example'],
      {},
      'The consent page is at https://console.example (--console-url), but tokens would come from Anthropic',
    ],
    [
      'a path in the flag',
      ['--base-url', 'https://api.anthropic.com/v1'],
      {},
      '--base-url must be the URL of a host, without a path.\nUse https://api.anthropic.com\n',
    ],
    [
      'a path in the variable',
      [],
      { ANTHROPIC_BASE_URL: 'http://127.0.0.1:9/v1/' },
      'ANTHROPIC_BASE_URL must be the URL of a host, without a path.\nUse http://127.0.0.1:9\n',
    ],
    [
      'a path in the console URL',
      ['--base-url', 'http://127.0.0.1:9', '--console-url', 'http://127.0.0.1:9/login'],
      {},
      '--console-url must be the URL of a host, without a path',
    ],
  ])("refuses hosts that can't work before it shows a link: %s", async (_what, flags, env, message) => {
    const { code, stdout, stderr } = await runTool(['login', '--profile', 'w', ...flags], { configDir, env })
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain(message)
    expect(stderr).not.toMatch(/^http\S+$/m)
    expect(readdirSync(configDir)).toEqual([])
  })

  it('uses a profile with a path in its base URL as it is', async () => {
    writeProfile(configDir, 'configs', { base_url: 'http://127.0.0.1:9/v1' })
    writeProfile(configDir, 'credentials', { access_token: 'a', expires_at: 1_999_999_999 })
    const { stdout } = await runTool(['status', '--json'], { configDir })
    expect(JSON.parse(stdout)).toMatchObject({ baseUrl: 'http://127.0.0.1:9/v1' })
  })
})

describe('the folder of the profiles', { timeout: WATCHDOG_MS }, () => {
  it.each(['~/x', './x', 'x', '../x', '~'])(
    'is not a relative path: ANTHROPIC_CONFIG_DIR=%s',
    async (folder) => {
      const workingFolder = temporaryFolder()
      for (const command of ['login', 'status', 'token', 'logout']) {
        const { code, stderr } = await runTool([command, '--profile', 'w'], {
          configDir: folder,
          before: `cd '${workingFolder}'`,
          env: { HOME: '/home/person' },
        })
        expect([command, code]).toEqual([command, 2])
        expect(stderr).toContain(`ANTHROPIC_CONFIG_DIR is not an absolute path: "${folder}"`)
      }
      expect(readdirSync(workingFolder)).toEqual([])
    },
  )

  it('is not in a relative XDG_CONFIG_HOME', async () => {
    const home = temporaryFolder()
    mkdirSync(join(home, '.config', 'anthropic', 'configs'), { recursive: true, mode: 0o700 })
    const folder = join(home, '.config', 'anthropic')
    writeProfile(folder, 'credentials', { access_token: 'token-at-home' })
    const env = { HOME: home, XDG_CONFIG_HOME: './config', ANTHROPIC_CONFIG_DIR: '' }
    expect((await runTool(['token'], { configDir: '', env })).stdout).toBe('token-at-home\n')
  })
})

describe('a profile of another client', { timeout: WATCHDOG_MS }, () => {
  it.each([
    [ANT, 'ant auth login --profile w'],
    ['theirs', 'anthropic-auth login --profile w --client-id theirs'],
  ])('gets a hint with the command that logs in to it: %s', async (clientId, command) => {
    writeProfile(configDir, 'configs', { authentication: { type: 'user_oauth', client_id: clientId } }, 'w')
    const { code, stderr } = await runTool(['token', '--profile', 'w'], { configDir })
    expect([code, stderr.split('\n')[1]]).toEqual([3, `Run: ${command}`])
  })
})

describe('a host in the environment', { timeout: WATCHDOG_MS }, () => {
  it('causes a warning when the profile names another host, since SDKs send the access token there', async () => {
    const { configDir: folder, emulator: at } = await logInto()
    const env = { ANTHROPIC_BASE_URL: 'https://gateway.example' }
    const { code, stderr } = await runTool(['status'], { configDir: folder, env })
    expect([code, stderr]).toEqual([
      0,
      `Warning: ANTHROPIC_BASE_URL is set, so the official SDKs send the access token of this login to https://gateway.example, not to ${at.apiUrl}. To send it to its own host, run: unset ANTHROPIC_BASE_URL\n`,
    ])
    const run = ['run', '--', process.execPath, '-p', 'process.env.ANTHROPIC_BASE_URL']
    expect((await runTool(run, { configDir: folder, env })).stdout).toBe('undefined\n')
  })

  it.each(['nonsense', 'localhost:8080', 'ftp://example.com'])(
    'is named when it is no URL: %s',
    async (url) => {
      const { configDir: folder } = await logInto()
      const env = { ANTHROPIC_BASE_URL: url }
      for (const command of ['status', 'list']) {
        expect((await runTool([command], { configDir: folder, env })).stderr).toBe(
          "Warning: ANTHROPIC_BASE_URL is not an http or https URL, so the official SDKs can't send requests. Set it to a URL such as https://host, or run: unset ANTHROPIC_BASE_URL\n",
        )
      }
    },
  )

  it('is shown without its password, and in no command, when it has one', async () => {
    const { tokens } = await logInto()
    await createProfileStore({ profile: 'default', configDir, baseUrl: null }).save(tokens)
    const env = { ANTHROPIC_BASE_URL: 'https://user:s3cretpass@gateway.example' }
    expect((await runTool(['token'], { configDir, env })).stderr).toBe(
      `Warning: ANTHROPIC_BASE_URL is ignored: the tokens of profile 'default' belong to ${DEFAULT_HOST}.\n`,
    )
    expect((await runTool(['status'], { configDir, env })).stderr).toContain(
      `send the access token of this login to https://gateway.example, not to ${DEFAULT_HOST}.`,
    )
    for (const command of ['token', 'status', 'list']) {
      const { stdout, stderr } = await runTool([command], { configDir, env })
      expect(stdout + stderr).not.toContain('s3cretpass')
    }
  })

  it('does not move the tokens of a login at the default host', async () => {
    const { tokens } = await logInto()
    await createProfileStore({ profile: 'default', configDir, baseUrl: null }).save(tokens)
    const other = await startTestEmulator()
    const env = { ANTHROPIC_BASE_URL: other.apiUrl }
    const token = await runTool(['token', '--json'], { configDir, env })
    expect([token.code, JSON.parse(token.stdout)]).toMatchObject([0, { baseUrl: DEFAULT_HOST }])
    expect(token.stderr).toBe(
      `{"warning":{"message":"ANTHROPIC_BASE_URL is ignored: the tokens of profile 'default' belong to ${DEFAULT_HOST}. To log in to ${other.apiUrl}, run: anthropic-auth login --profile default --base-url ${other.apiUrl}"}}\n`,
    )
    const run = ['run', '--', process.execPath, '-p', 'process.env.ANTHROPIC_BASE_URL']
    expect((await runTool(run, { configDir, env })).stdout).toBe(`${DEFAULT_HOST}\n`)
    const list = await runTool(['list', '--json'], { configDir, env })
    expect(JSON.parse(list.stdout)).toMatchObject([{ baseUrl: DEFAULT_HOST }])
    const status = await runTool(['status'], { configDir, env })
    expect(status.stderr).toContain(
      `ANTHROPIC_BASE_URL is set, so the official SDKs send the access token of this login to ${other.apiUrl}, not to ${DEFAULT_HOST}.`,
    )
    expect(other.requests).toEqual([])
  })
})

describe('a --base-url that is not the host of the login', { timeout: WATCHDOG_MS }, () => {
  it.each(['token', 'refresh', 'status --check', 'create-key'])(
    'gets the tokens of %s, with a warning, since the user says so',
    async (line) => {
      const { configDir: folder, emulator: at } = await logInto({ tokenLifetimeSeconds: 20 })
      const other = await startTestEmulator()
      const sent = at.requests.length
      const [command = '', ...rest] = line.split(' ')
      const { stderr } = await runTool([command, '--base-url', other.url, ...rest], { configDir: folder })
      expect(stderr).toContain(
        `Warning: --base-url sends the tokens of profile 'default' to ${other.url}. They belong to ${at.apiUrl}.\n`,
      )
      expect(other.requests.length).toBeGreaterThan(0)
      expect(at.requests.length).toBe(sent)
    },
  )

  it('is the host of the tokens that it issues, and they go nowhere else', async () => {
    const { configDir: folder, emulator: at } = await logInto()
    const gateway = at.apiUrl.replace('127.0.0.1', 'localhost')
    const flag = ['--base-url', gateway]
    expect((await runTool(['refresh', ...flag], { configDir: folder })).code).toBe(0)
    expect(readProfile(folder, 'credentials')).toMatchObject({ login_base_url: gateway })
    const sent = at.requests.length
    const { code, stderr } = await runTool(['refresh'], { configDir: folder })
    expect([code, stderr]).toEqual([
      8,
      `Error: The tokens of profile 'default' belong to ${gateway}, but its settings name ${at.apiUrl}.\nTo keep ${gateway}, run: anthropic-auth login --profile default --base-url ${gateway}\nTo use ${at.apiUrl}, run: anthropic-auth login --profile default --base-url ${at.apiUrl}\n`,
    ])
    expect(at.requests.length).toBe(sent)
    const again = await runTool(['refresh', ...flag], { configDir: folder })
    expect([again.code, again.stderr]).toEqual([0, expect.not.stringContaining('Warning')])
  })

  it('becomes the host of the tokens if nothing names theirs', async () => {
    const { configDir: folder, emulator: at } = await logInto()
    nameHost(folder, '')
    const flag = ['--base-url', at.apiUrl]
    expect((await runTool(['refresh', ...flag], { configDir: folder })).code).toBe(0)
    expect(readProfile(folder, 'credentials')).toMatchObject({ login_base_url: at.apiUrl })
    const { code, stderr } = await runTool(['refresh'], { configDir: folder })
    expect([code, stderr]).toEqual([8, expect.stringContaining(`belong to ${at.apiUrl}, but its settings`)])
    expect((await runTool(['refresh', ...flag], { configDir: folder })).code).toBe(0)
  })

  it('does not get the tokens that a logout revokes', async () => {
    const { configDir: folder, emulator: at } = await logInto()
    const other = await startTestEmulator()
    const { code, stderr } = await runTool(['logout', '--base-url', other.url], { configDir: folder })
    expect([code, stderr]).toEqual([
      0,
      `Warning: The tokens of profile 'default' belong to ${at.apiUrl}, so they are revoked there, and not at ${other.url}.\nLogged out of profile 'default'.\n`,
    ])
    expect([other.requests, countOf(at, REVOKE)]).toEqual([[], 1])
  })
})

describe('a config that someone has changed', { timeout: WATCHDOG_MS }, () => {
  it.each([
    ['https://u:s3cr3t@gateway.example/v1?key=s3cr3t', 'https://gateway.example/v1'],
    ['u:s3cr3t@gateway.example', 'a value that is not the URL of a host'],
  ])('has its password shown nowhere: %s', async (url, shown) => {
    const { configDir: folder, emulator: at } = await logInto()
    writeProfile(folder, 'configs', { ...readProfile(folder, 'configs'), base_url: url })
    for (const args of [['doctor'], ['use', 'default']]) {
      const { stdout, stderr } = await runTool(args, { configDir: folder })
      expect(stdout + stderr).toContain(`belong to ${at.apiUrl}, but its settings name ${shown}`)
      expect(stdout + stderr).not.toMatch(/s3cr3t|To use/)
    }
  })

  it('sends no tokens of the default host to the host that it names', async () => {
    const { tokens } = await logInto()
    await createProfileStore({ profile: 'default', configDir, baseUrl: null }).save(tokens)
    const other = await startTestEmulator()
    writeProfile(configDir, 'configs', { ...readProfile(configDir, 'configs'), base_url: other.apiUrl })
    for (const command of ['token', 'refresh', 'status', 'create-key']) {
      const { code, stderr } = await runTool([command], { configDir })
      expect([code, stderr]).toEqual([
        8,
        `Error: The tokens of profile 'default' belong to ${DEFAULT_HOST}, but its settings name ${other.apiUrl}.\nTo keep ${DEFAULT_HOST}, run: anthropic-auth login --profile default --base-url ${DEFAULT_HOST}\nTo use ${other.apiUrl}, run: anthropic-auth login --profile default --base-url ${other.apiUrl}\n`,
      ])
    }
    expect(other.requests).toEqual([])
    const flags = ['--profile', 'default', '--base-url', other.apiUrl]
    const { code, stderr } = await pasteLogin(other, flags, { configDir })
    expect([code, (await runTool(['refresh'], { configDir })).code]).toEqual([0, 0])
    expect(stderr).toContain(
      "Profile 'default' holds the login of person@example.com, which the new login will replace. To revoke it first, run: anthropic-auth logout --profile default\n",
    )
  })
})

describe('a key in the environment', { timeout: WATCHDOG_MS }, () => {
  it.each(['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN'])('causes a warning: %s', async (name) => {
    const at = await startTestEmulator()
    const env = { [name]: 'sk-ant-stale' }
    const warning = `Warning: ${name} is set, so the official SDKs use it and ignore this login. To use the login, run: unset ${name}\n`
    const flags = ['--profile', 'w', '--base-url', at.url]
    expect((await pasteLogin(at, flags, { configDir, env })).stderr).toContain(warning)
    const status = await runTool(['status', '--profile', 'w'], { configDir, env })
    expect([status.code, status.stderr]).toEqual([0, warning])
    const json = await runTool(['status', '--profile', 'w', '--json'], { configDir, env })
    expect(JSON.parse(json.stderr)).toEqual({ warning: { message: expect.stringContaining(name) } })
  })

  it('gets the only warning when a host is set, too: the access token is sent nowhere', async () => {
    const { configDir: folder } = await logInto()
    const env = { ANTHROPIC_API_KEY: 'sk-ant-stale', ANTHROPIC_BASE_URL: 'https://gateway.example' }
    const ignores = 'ANTHROPIC_API_KEY is set, so the official SDKs use it and ignore'
    const remedy = 'To use the login, run: unset ANTHROPIC_API_KEY'
    expect((await runTool(['status'], { configDir: folder, env })).stderr).toBe(
      `Warning: ${ignores} this login. ${remedy}\n`,
    )
    expect((await runTool(['list'], { configDir: folder, env })).stderr).toBe(
      `Warning: ${ignores} the active profile. ${remedy}\n`,
    )
  })

  it('is no problem when it is empty', async () => {
    const { configDir: folder } = await logInto()
    const env = { ANTHROPIC_API_KEY: '' }
    expect((await runTool(['status'], { configDir: folder, env })).stderr).toBe('')
  })
})
