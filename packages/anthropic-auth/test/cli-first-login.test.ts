import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createFileLock } from 'anthropic-auth/file-lock'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { temporaryFolder } from '../../profile-store/test/temporary-folder.ts'
import { startTestEmulator } from '../../testing/test/test-emulator.ts'
import { pasteLogin, readProfile, writeProfile } from './tool-login.ts'
import { runTool, startTool } from './tool-process.ts'

const WATCHDOG_MS = 300_000
const IN_CI =
  'In CI, use workload identity federation: set ANTHROPIC_FEDERATION_RULE_ID, ANTHROPIC_ORGANIZATION_ID and ANTHROPIC_IDENTITY_TOKEN_FILE.\nOr set ANTHROPIC_API_KEY to an API key. To create one, run anthropic-auth create-key on a machine where you are logged in.\n'

let configDir: string

beforeEach(() => {
  configDir = temporaryFolder()
})

async function untilSaved(...names: readonly string[]): Promise<void> {
  const paths = names.map((name) => join(configDir, 'credentials', `${name}.json`))
  await vi.waitUntil(() => paths.every((path) => existsSync(path)), { timeout: WATCHDOG_MS })
}

describe('the profile of a first login', { timeout: WATCHDOG_MS }, () => {
  it('becomes the active one, so that the next command uses it', async () => {
    const at = await startTestEmulator()
    const first = await pasteLogin(at, ['--profile', 'private', '--base-url', at.apiUrl], { configDir })
    expect([first.code, first.stderr]).toEqual([
      0,
      expect.stringMatching(/Saved to profile 'private'\.\nIt is now the active profile\.\n$/),
    ])
    expect(readFileSync(join(configDir, 'active_config'), 'utf8')).toBe('private\n')
    expect(await runTool(['status'], { configDir })).toMatchObject({ code: 0, stderr: '' })
    const second = await pasteLogin(at, ['--profile', 'work', '--base-url', at.apiUrl], { configDir })
    expect(second.stderr).toMatch(
      /Saved to profile 'work'\.\nTo use this profile by default, run: anthropic-auth use work\n$/,
    )
    const again = await pasteLogin(at, ['--profile', 'private'], { configDir })
    expect(again.stderr).toMatch(/Saved to profile 'private'\.\n$/)
    expect(readFileSync(join(configDir, 'active_config'), 'utf8')).toBe('private\n')
  })

  it('waits for another login that becomes the active one, and leaves that', async () => {
    const at = await startTestEmulator()
    const names = ['one', 'two']
    const logins = await createFileLock(join(configDir, 'active_config.lock'))(async () => {
      const started = names.map(async (name) =>
        pasteLogin(at, ['--profile', name, '--base-url', at.apiUrl], { configDir }),
      )
      await untilSaved(...names)
      return { started }
    })
    const ends = (await Promise.all(logins.started)).map(({ stderr }) => stderr.split('\n').at(-2))
    const active = readFileSync(join(configDir, 'active_config'), 'utf8').trim()
    const advice = (name: string): string => `To use this profile by default, run: anthropic-auth use ${name}`
    expect(ends).toEqual(
      names.map((name) => (name === active ? 'It is now the active profile.' : advice(name))),
    )
  })

  it('leaves the profile that another process has chosen meanwhile', async () => {
    const at = await startTestEmulator()
    writeProfile(configDir, 'credentials', { access_token: 'a' }, 'chosen')
    const login = await createFileLock(join(configDir, 'active_config.lock'))(async () => {
      const started = pasteLogin(at, ['--profile', 'new', '--base-url', at.apiUrl], { configDir })
      await untilSaved('new')
      expect(await runTool(['use', 'chosen'], { configDir })).toMatchObject({ code: 0 })
      return { started }
    })
    expect((await login.started).stderr).toContain(
      '\nTo use this profile by default, run: anthropic-auth use new\n',
    )
    expect(readFileSync(join(configDir, 'active_config'), 'utf8')).toBe('chosen\n')
    expect(readdirSync(configDir).toSorted()).toEqual(['active_config', 'configs', 'credentials'])
  })

  it('stays inactive while ANTHROPIC_PROFILE names another one', async () => {
    const at = await startTestEmulator()
    const env = { ANTHROPIC_PROFILE: 'work' }
    const { code, stderr } = await pasteLogin(at, ['--profile', 'private', '--base-url', at.apiUrl], {
      configDir,
      env,
    })
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/To use this profile by default, run: export ANTHROPIC_PROFILE=private\n$/),
    ])
    expect(readdirSync(configDir).toSorted()).toEqual(['configs', 'credentials'])
  })

  it("is saved even if it can't be made the active one", async () => {
    const at = await startTestEmulator()
    mkdirSync(join(configDir, 'active_config', 'in-use'), { recursive: true })
    const { code, stderr } = await pasteLogin(at, ['--profile', 'private', '--base-url', at.apiUrl], {
      configDir,
    })
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/Warning: The profile could not be made the active one: .*active_config/),
    ])
    expect(await runTool(['token', '--profile', 'private'], { configDir })).toMatchObject({ code: 0 })
  })
})

describe('a login that fails or is cancelled', { timeout: WATCHDOG_MS }, () => {
  const flags = ['login', '--profile', 'w', '--no-browser', '--base-url', 'http://127.0.0.1:9']

  it('leaves no folder behind that it has made', async () => {
    const parent = temporaryFolder()
    const root = join(parent, 'config', 'anthropic')
    expect((await runTool(flags, { configDir: root })).code).toBe(7)
    expect(readdirSync(parent)).toEqual([])
    const tool = startTool(flags, { configDir: root, stdin: 'pipe' })
    await vi.waitUntil(() => tool.said().includes('Open this link'), { timeout: WATCHDOG_MS })
    expect(readdirSync(parent)).toEqual(['config'])
    tool.process.kill('SIGINT')
    expect((await tool.ended).code).toBe(130)
    expect(readdirSync(parent)).toEqual([])
  })

  it('leaves the folders that were there, and what others have put into its own', async () => {
    mkdirSync(join(configDir, 'configs'), { mode: 0o700 })
    const tool = startTool(flags, { configDir, stdin: 'pipe' })
    await vi.waitUntil(() => tool.said().includes('Open this link'), { timeout: WATCHDOG_MS })
    writeProfile(configDir, 'credentials', { access_token: 'a' }, 'other')
    tool.stdin?.end()
    expect((await tool.ended).code).toBe(7)
    expect(readdirSync(configDir, { recursive: true }).map(String).toSorted()).toEqual([
      'configs',
      'credentials',
      'credentials/other.json',
    ])
  })
})

describe('the mode of a login', { timeout: WATCHDOG_MS }, () => {
  it('is remembered, shown, and used by the next login', async () => {
    const at = await startTestEmulator()
    const page = `${at.url}/cai/oauth/authorize?`
    const args = ['--profile', 'default', '--base-url', at.apiUrl]
    const first = await pasteLogin(at, ['--mode', 'max', ...args], { configDir })
    expect([first.code, first.link]).toEqual([0, expect.stringContaining(page)])
    expect(readProfile(configDir, 'configs')).toMatchObject({ authentication: { login_mode: 'max' } })
    const status = await runTool(['status'], { configDir })
    expect(status.stdout).toMatch(/^Mode +max \(Claude Pro or Max\)$/m)
    const next = await pasteLogin(at, ['--profile', 'default'], { configDir })
    expect([next.code, next.link]).toEqual([0, expect.stringContaining(page)])
    expect(next.stderr).toContain('terms restrict')
    const changed = await pasteLogin(at, ['--profile', 'default', '--mode', 'console'], { configDir })
    expect(changed.link).toContain(`${at.url}/oauth/authorize?`)
    const json = await runTool(['status', '--json'], { configDir })
    expect(JSON.parse(json.stdout)).toMatchObject({ mode: 'console' })
  })

  it('is kept next to the keys of other programs, and an unknown mode counts as no mode', async () => {
    const at = await startTestEmulator()
    const authentication = { type: 'user_oauth', login_mode: 'future', other_key: [1] }
    writeProfile(configDir, 'configs', { base_url: at.apiUrl, authentication })
    const { code, link } = await pasteLogin(at, ['--profile', 'default'], { configDir })
    expect([code, link]).toEqual([0, expect.stringContaining(`${at.url}/oauth/authorize?`)])
    expect(readProfile(configDir, 'configs')).toMatchObject({
      authentication: { login_mode: 'console', other_key: [1] },
    })
  })
})

describe('a command without a login', { timeout: WATCHDOG_MS }, () => {
  const commands = [['status'], ['token'], ['run', 'true']]

  it.each(commands)('names ANTHROPIC_PROFILE, which took precedence: %s', async (...args) => {
    writeProfile(configDir, 'credentials', { access_token: 'a' }, 'private')
    const end = await runTool(args, { configDir, env: { ANTHROPIC_PROFILE: 'wrok' } })
    expect([end.code, end.stderr]).toEqual([
      3,
      "Error: There is no profile 'wrok' (ANTHROPIC_PROFILE).\nExisting profiles: private\nTo use an existing profile, run: export ANTHROPIC_PROFILE=private\nTo use the active profile, run: unset ANTHROPIC_PROFILE\nTo create this profile, run: anthropic-auth login --profile wrok\n",
    ])
  })

  it.each(commands)('says what works in CI: %s', async (...args) => {
    const end = await runTool(args, { configDir, env: { CI: 'true' } })
    expect([end.code, end.stderr]).toEqual([3, `Error: Not logged in (profile 'default').\n${IN_CI}`])
  })

  it.each(['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN'])('says that the SDKs use %s', async (name) => {
    const problem = `Error: Not logged in (profile 'default').\n${name} is set: the official SDKs use it, and need no login.\n`
    const env = { [name]: 'sk-ant-x' }
    expect(await runTool(['token'], { configDir, env: { ...env, CI: 'true' } })).toMatchObject({
      code: 3,
      stderr: problem,
    })
    expect((await runTool(['token'], { configDir, env })).stderr).toBe(
      `${problem}To use a login instead, run: anthropic-auth login --profile default\n`,
    )
  })
})

describe('a command in CI', { timeout: WATCHDOG_MS }, () => {
  const env = { CI: 'true' }
  const login = ['login', '--profile', 'ci']

  it.each([
    [['login'], 2, 'No profile was given, and there is no terminal to ask in'],
    [login, 9, 'Could not open the browser. This is a CI job, where nobody would see the browser'],
  ])('says what works there, and creates no folder: %s', async (args, code, problem) => {
    const folder = join(configDir, 'new')
    const end = await runTool(args, { configDir: folder, env })
    expect([end.code, end.stderr]).toEqual([code, `Error: ${problem}.\n${IN_CI}`])
    expect(existsSync(folder)).toBe(false)
  })

  it('names what a job of GitHub needs', async () => {
    const end = await runTool(login, { configDir, env: { ...env, GITHUB_ACTIONS: 'true' } })
    expect(end.stderr).toContain(
      'In CI, use workload identity federation: give the job the permission id-token: write, and set ANTHROPIC_FEDERATION_RULE_ID and ANTHROPIC_ORGANIZATION_ID.\n',
    )
  })

  it('says nothing of a login where a key or token is set', async () => {
    const end = await runTool(login, { configDir, env: { ...env, ANTHROPIC_AUTH_TOKEN: 'sk-ant-oat01-x' } })
    expect(end.stderr).toBe(
      'Error: Could not open the browser. This is a CI job, where nobody would see the browser.\nANTHROPIC_AUTH_TOKEN is set: the official SDKs use it, and need no login.\n',
    )
  })

  it('says that the federation variables need no login where they are set', async () => {
    const federation = {
      ANTHROPIC_FEDERATION_RULE_ID: 'fdrl_ci',
      ANTHROPIC_ORGANIZATION_ID: '8e1f4a6d-2b93-4c57-b0d8-71c5e3a9f624',
    }
    const set = 'The federation variables are set, and need no login. Without --profile'
    for (const [more, advice] of [
      [
        { ANTHROPIC_IDENTITY_TOKEN: 'x' },
        `${set}, anthropic-auth token, anthropic-auth run and the official SDKs use them.`,
      ],
      [
        { ANTHROPIC_IDENTITY_TOKEN: 'x', ANTHROPIC_PROFILE: 'ci' },
        `${set} and ANTHROPIC_PROFILE, anthropic-auth token, anthropic-auth run and the official SDKs use them.`,
      ],
      [
        { GITHUB_ACTIONS: 'true', ACTIONS_ID_TOKEN_REQUEST_URL: 'https://example.com' },
        `${set}, anthropic-auth token and anthropic-auth run use them.`,
      ],
    ] as const) {
      const end = await runTool(login, { configDir, env: { ...env, ...federation, ...more } })
      expect(end.stderr.split('\n').slice(-2)).toEqual([advice, ''])
    }
  })

  it('says how to authenticate where there are no profiles', async () => {
    expect((await runTool(['list'], { configDir, env })).stderr).toBe(`No profiles yet. ${IN_CI}`)
  })

  it('corrects a name with a typing error, and says nothing else', async () => {
    writeProfile(configDir, 'credentials', { access_token: 'a' }, 'work')
    const end = await runTool(['token'], { configDir, env: { ...env, ANTHROPIC_PROFILE: 'wrok' } })
    expect([end.code, end.stderr]).toEqual([
      3,
      "Error: There is no profile 'wrok' (ANTHROPIC_PROFILE).\nDid you mean 'work'? Run: export ANTHROPIC_PROFILE=work\n",
    ])
  })

  it('says elsewhere that a login needs a terminal', async () => {
    const end = await runTool(login, { configDir, env: { BROWSER: 'none' } })
    expect([end.code, end.stderr]).toEqual([
      9,
      expect.stringContaining(
        '\nRun the command in a terminal, or add --no-browser to read the code from standard input.\n',
      ),
    ])
    expect((await runTool(['login'], { configDir })).stderr).toBe(
      'Error: No profile was given, and there is no terminal to ask in.\nAdd --profile NAME to save the login, or --print-tokens to print the tokens.\n',
    )
  })
})

describe("a profile that the tool can't name", { timeout: WATCHDOG_MS }, () => {
  it.each(['status', 'token', 'logout', 'login'])('is refused: %s', async (command) => {
    const args = command === 'login' ? ['login', '--profile=--all'] : [command]
    writeProfile(configDir, 'credentials', { access_token: 'a' }, '--all')
    const variable = await runTool(args, { configDir, env: { ANTHROPIC_PROFILE: '--all' } })
    expect([variable.code, variable.stderr]).toEqual([2, expect.stringContaining('must not start with "-"')])
    writeFileSync(join(configDir, 'active_config'), '--all')
    expect(await runTool(args, { configDir })).toMatchObject({ code: 2 })
    writeFileSync(join(configDir, 'active_config'), '../../x')
    if (command === 'login') return
    expect(await runTool(args, { configDir })).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /^Error: .*active_config does not contain the name of a profile\.\nChoose the active profile again: anthropic-auth use NAME\n$/,
      ),
    })
  })
})
