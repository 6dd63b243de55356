import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../profile-store/test/temporary-folder.ts'
import { logInto, writeProfile } from './tool-login.ts'
import { runTool } from './tool-process.ts'

const WATCHDOG_MS = 300_000
const ANT = '41077d10-94b8-4194-be48-d251e9eb21b4'

let configDir: string

beforeEach(() => {
  configDir = temporaryFolder()
})

describe('anthropic-auth list', { timeout: WATCHDOG_MS }, () => {
  it('shows the kind of each profile, and marks the active one', async () => {
    const { tokens, emulator } = await logInto({ profile: 'work', configDir })
    const credentials = { access_token: 'a', refresh_token: 'r' }
    writeProfile(configDir, 'configs', { authentication: { type: 'user_oauth', client_id: ANT } }, 'ants')
    writeProfile(configDir, 'credentials', { ...credentials, expires_at: 1 }, 'ants')
    writeProfile(configDir, 'configs', { authentication: { type: 'user_oauth', client_id: 'x' } }, 'other')
    writeProfile(configDir, 'configs', { authentication: { type: 'oidc_federation' } }, 'machine')
    writeProfile(configDir, 'credentials', '{', 'broken')
    writeProfile(
      configDir,
      'credentials',
      { ...credentials, expires_at: 1, refresh_token_expires_at: 1 },
      'over',
    )
    writeFileSync(join(configDir, 'active_config'), 'work\n')
    const text = await runTool(['list'], { configDir })
    expect([text.code, text.stderr]).toEqual([0, ''])
    expect(text.stdout.split('\n')).toEqual([
      expect.stringMatching(/^ {3}PROFILE +ACCOUNT +ORGANIZATION +MODE +STATUS$/),
      expect.stringMatching(/^ {3}ants +logged in \(by ant\)$/),
      expect.stringMatching(/^ {3}broken +can't be read: see status$/),
      expect.stringMatching(/^ {3}machine +machine +federation$/),
      expect.stringMatching(/^ {3}other +logged out \(by another program\)$/),
      expect.stringMatching(/^ {3}over +login has ended$/),
      expect.stringMatching(
        new RegExp(`^\\* {2}work +${tokens.account?.email} .*logged in, at 127\\.0\\.0\\.1:\\d+$`),
      ),
      '',
    ])
    const json = await runTool(['list', '--json'], { configDir })
    expect(JSON.parse(json.stdout)).toContainEqual({
      profile: 'work',
      isActive: true,
      type: 'user',
      isLoggedIn: true,
      hasEnded: false,
      account: tokens.account?.email,
      organization: tokens.organization?.name,
      mode: null,
      baseUrl: emulator.apiUrl,
      expiresAt: tokens.expiresAt,
      refreshTokenExpiresAt: tokens.refreshTokenExpiresAt,
    })
    expect(json.stdout).not.toContain(tokens.accessToken.slice(20))
  })

  it('shows the mode of each login, also as JSON', async () => {
    for (const mode of ['max', 'console']) {
      writeProfile(
        configDir,
        'configs',
        { authentication: { type: 'user_oauth', login_mode: mode } },
        `my-${mode}`,
      )
      writeProfile(
        configDir,
        'credentials',
        { access_token: 'a', refresh_token: 'r', expires_at: 1 },
        `my-${mode}`,
      )
    }
    writeProfile(configDir, 'configs', { authentication: { type: 'oidc_federation' } }, 'ci')
    writeFileSync(join(configDir, 'active_config'), 'ci\n')
    const { stdout } = await runTool(['list'], { configDir })
    expect(stdout.split('\n').slice(1, -1)).toEqual([
      expect.stringMatching(/^\* {2}ci +machine +federation$/),
      expect.stringMatching(/^ {3}my-console +console +logged in$/),
      expect.stringMatching(/^ {3}my-max +max +logged in$/),
    ])
    const json: unknown = JSON.parse((await runTool(['list', '--json'], { configDir })).stdout)
    expect(json).toMatchObject([
      { profile: 'ci', type: 'federation', mode: null, baseUrl: 'https://api.anthropic.com' },
      { profile: 'my-console', type: 'user', mode: 'console' },
      { profile: 'my-max', type: 'user', mode: 'max', baseUrl: 'https://api.anthropic.com' },
    ])
  })

  it('says how to create a profile when there is none', async () => {
    expect(await runTool(['list'], { configDir })).toMatchObject({
      code: 0,
      stdout: '',
      stderr: 'No profiles yet. To create one, run: anthropic-auth login --profile NAME\n',
    })
    expect((await runTool(['list', '--json'], { configDir })).stdout).toBe('[]\n')
  })
})

describe('anthropic-auth use', { timeout: WATCHDOG_MS }, () => {
  it('activates a profile for all commands', async () => {
    writeProfile(configDir, 'credentials', { access_token: 'token-of-work' }, 'work')
    const { code, stderr } = await runTool(['use', 'work'], { configDir })
    expect([code, stderr]).toEqual([0, "Profile 'work' is now active.\n"])
    expect(readFileSync(join(configDir, 'active_config'), 'utf8')).toBe('work\n')
    expect((await runTool(['token'], { configDir })).stdout).toBe('token-of-work\n')
    writeProfile(configDir, 'credentials', { access_token: 'a', account_email: 'person@example.com' }, 'home')
    expect((await runTool(['use', 'home'], { configDir })).stderr).toBe(
      "Profile 'home' is now active (person@example.com).\n",
    )
    expect((await runTool(['use', 'work', '--json'], { configDir })).stdout).toBe('{"profile":"work"}\n')
  })

  it('says that ANTHROPIC_PROFILE takes precedence', async () => {
    writeProfile(configDir, 'credentials', { access_token: 'a' }, 'work')
    const env = { ANTHROPIC_PROFILE: 'home' }
    expect((await runTool(['use', 'work'], { configDir, env })).stderr).toBe(
      "Profile 'work' is now active.\nWarning: ANTHROPIC_PROFILE is set to 'home' in this shell, and takes precedence. Run: unset ANTHROPIC_PROFILE\n",
    )
  })

  it('refuses a missing profile, and changes nothing', async () => {
    writeFileSync(join(configDir, 'active_config'), 'home\n')
    const { code, stderr } = await runTool(['use', 'work'], { configDir })
    expect([code, stderr]).toEqual([
      3,
      "Error: There is no profile 'work'.\nTo create this profile, run: anthropic-auth login --profile work\n",
    ])
    expect(readFileSync(join(configDir, 'active_config'), 'utf8')).toBe('home\n')
    const wrong = await runTool(['use', '../x'], { configDir })
    expect([wrong.code, wrong.stderr]).toEqual([
      2,
      expect.stringContaining("Invalid profile '../x': must contain"),
    ])
  })

  it.each(['configs', 'credentials'] as const)('refuses a profile whose %s are damaged', async (kind) => {
    writeFileSync(join(configDir, 'active_config'), 'home\n')
    writeProfile(configDir, kind, '{', 'work')
    const { code, stderr } = await runTool(['use', 'work'], { configDir })
    expect([code, stderr]).toEqual([
      8,
      `Error: Profile 'work' can't be used: ${join(configDir, kind, 'work.json')} is not a JSON object.\nThe active profile was not changed. To see how to fix this one, run: anthropic-auth doctor --profile work\n`,
    ])
    expect(readFileSync(join(configDir, 'active_config'), 'utf8')).toBe('home\n')
  })

  it("accepts a machine's profile, and one without a login, which it warns of", async () => {
    writeProfile(configDir, 'configs', { authentication: { type: 'oidc_federation' } }, 'machine')
    writeProfile(configDir, 'configs', { authentication: { type: 'user_oauth' } }, 'work')
    const machine = await runTool(['use', 'machine'], { configDir })
    expect([machine.code, machine.stderr]).toEqual([0, "Profile 'machine' is now active.\n"])
    const work = await runTool(['use', 'work'], { configDir })
    expect([work.code, work.stderr]).toEqual([
      0,
      "Profile 'work' is now active.\nWarning: Not logged in to it yet. Run: anthropic-auth login --profile work\n",
    ])
  })

  it('refuses a folder that other users can write to', async () => {
    writeProfile(configDir, 'credentials', { access_token: 'a' }, 'work')
    chmodSync(configDir, 0o777)
    expect(await runTool(['use', 'work'], { configDir })).toMatchObject({ code: 8 })
  })
})

describe('a command for a profile that is not there', { timeout: WATCHDOG_MS }, () => {
  it('names the existing profiles, and how to use one', async () => {
    await logInto({ profile: 'work', configDir })
    for (const args of [['status'], ['token'], ['run', 'true']]) {
      const end = await runTool(args, { configDir })
      expect([args, end.code, end.stdout]).toEqual([args, 3, ''])
      expect(end.stderr).toBe(
        "Error: The active profile 'default' does not exist.\nExisting profiles: work\nTo use an existing profile, run: anthropic-auth use work\nTo create this profile, run: anthropic-auth login --profile default\n",
      )
    }
  })

  it.each([
    ['status', '--profile', 'wrok'],
    ['token', '--profile', 'wrok'],
    ['run', '--profile', 'wrok', 'true'],
    ['refresh', '--profile', 'wrok'],
    ['create-key', '--profile', 'wrok'],
    ['logout', '--profile', 'wrok'],
    ['use', 'wrok'],
  ])('suggests the one with a similar name, with the same exit code: %s', async (...args) => {
    for (const name of ['home', 'work']) writeProfile(configDir, 'credentials', { access_token: 'a' }, name)
    const end = await runTool(args, { configDir })
    const create = 'To create this profile, run: anthropic-auth login --profile wrok\n'
    expect([end.code, end.stderr]).toEqual([
      3,
      `Error: There is no profile 'wrok'.\nDid you mean 'work'?\n${args[0] === 'logout' ? '' : create}`,
    ])
    const named = args.filter((arg) => arg !== '--profile' && arg !== 'wrok')
    if (args[0] === 'use') return
    const variable = await runTool(named, { configDir, env: { ANTHROPIC_PROFILE: 'wrok' } })
    expect([variable.code, variable.stderr]).toEqual([
      3,
      expect.stringContaining(
        "There is no profile 'wrok' (ANTHROPIC_PROFILE).\nDid you mean 'work'? Run: export ANTHROPIC_PROFILE=work\n",
      ),
    ])
  })

  it('points to the list where there are too many to name', async () => {
    for (let count = 1; count <= 11; count += 1) {
      writeProfile(configDir, 'credentials', { access_token: 'a' }, `customer-${count}`)
    }
    expect((await runTool(['token', '--profile', 'x'], { configDir })).stderr).toBe(
      "Error: There is no profile 'x'.\nTo see the profiles, run: anthropic-auth list\nTo create this profile, run: anthropic-auth login --profile x\n",
    )
  })
})
