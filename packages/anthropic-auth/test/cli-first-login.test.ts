import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeEach, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../profile-store/test/temporary-folder.ts'
import { startTestEmulator } from '../../testing/test/test-emulator.ts'
import { pasteLogin, readProfile, writeProfile } from './tool-login.ts'
import { runTool } from './tool-process.ts'

const WATCHDOG_MS = 300_000

let configDir: string

beforeEach(() => {
  configDir = temporaryFolder()
})

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

  it('is saved even if it can not be made the active one', async () => {
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

  it('is kept with the keys of other programs, and an unknown one counts as none', async () => {
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
      "Error: Not logged in (profile 'wrok', from ANTHROPIC_PROFILE). Existing profiles: private.\nTo use an existing profile, run: export ANTHROPIC_PROFILE=private\nTo use the active profile, run: unset ANTHROPIC_PROFILE\nTo log in to this profile, run: anthropic-auth login --profile wrok\n",
    ])
  })

  it.each(commands)('says what works in CI: %s', async (...args) => {
    const end = await runTool(args, { configDir, env: { CI: 'true' } })
    expect([end.code, end.stderr]).toEqual([
      3,
      "Error: Not logged in (profile 'default').\nIn CI, set ANTHROPIC_API_KEY to a key that you made with: anthropic-auth create-key\nOr use workload identity federation: set ANTHROPIC_FEDERATION_RULE_ID, ANTHROPIC_ORGANIZATION_ID and ANTHROPIC_IDENTITY_TOKEN_FILE.\n",
    ])
  })

  it.each(commands)('says that the SDKs use a key: %s', async (...args) => {
    const end = await runTool(args, { configDir, env: { CI: 'true', ANTHROPIC_API_KEY: 'sk-ant-x' } })
    expect([end.code, end.stderr]).toEqual([
      3,
      "Error: Not logged in (profile 'default').\nANTHROPIC_API_KEY is set: the official SDKs use it, and need no login.\nTo use a login instead, run: anthropic-auth login --profile default\n",
    ])
  })

  it('says at login what works in CI', async () => {
    const at = await startTestEmulator()
    const end = await runTool(['login', '--profile', 'ci', '--base-url', at.apiUrl], { configDir })
    expect([end.code, end.stderr]).toEqual([
      9,
      expect.stringContaining('In CI, use an API key (ANTHROPIC_API_KEY) or workload identity federation'),
    ])
  })
})

describe('a profile that the tool can not name', { timeout: WATCHDOG_MS }, () => {
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
