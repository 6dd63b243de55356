import { existsSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { diagnose, expectOnly } from './doctor-run.ts'
import {
  countOf,
  leaveBehind,
  logInAt,
  logInto,
  nameHost,
  pasteLogin,
  profilePath,
  readProfile,
  writeProfile,
} from './tool-login.ts'
import { runTool } from './tool-process.ts'
import { startTestEmulator } from '../../testing/test/test-emulator.ts'

const WATCHDOG_MS = 300_000
const REVOKE = '/v1/oauth/token/revoke'
const DEFAULT_HOST = 'https://api.anthropic.com'
const LOST =
  'The settings in this file are lost with a new login. If the file named a client, add --client-id.'

async function logIn() {
  const login = await logInto()
  const { configDir, emulator } = login
  return {
    ...login,
    run: async (...args: readonly string[]) => runTool(args, { configDir }),
    configPath: profilePath(configDir, 'configs'),
    credentialsPath: profilePath(configDir, 'credentials'),
    command: `anthropic-auth login --profile default --base-url ${emulator.apiUrl}`,
  }
}

describe('a profile whose config is lost', { timeout: WATCHDOG_MS }, () => {
  it.each(['token', 'refresh', 'status', 'create-key', 'run'])(
    'sends nothing with %s, and names both hosts and the command',
    async (name) => {
      const { run, configPath, command, emulator } = await logIn()
      rmSync(configPath)
      const sent = emulator.requests.length
      const { code, stdout, stderr } = await run(name, ...(name === 'run' ? ['--', 'true'] : []))
      expect([code, stdout, stderr]).toEqual([
        8,
        '',
        `Error: The tokens of profile 'default' belong to ${emulator.apiUrl}, but its settings name no host, so they would be sent to ${DEFAULT_HOST}.\nRun: ${command}\n`,
      ])
      expect(emulator.requests).toHaveLength(sent)
    },
  )

  it('names the host again once a command with --base-url has refreshed the tokens', async () => {
    const { run, configPath, configDir, emulator } = await logIn()
    const { login_console_url: before } = readProfile(configDir, 'credentials')
    rmSync(configPath)
    expect((await run('refresh', '--base-url', emulator.apiUrl)).code).toBe(0)
    expect(readProfile(configDir, 'configs')).toMatchObject({ base_url: emulator.apiUrl })
    expect(readProfile(configDir, 'credentials')['login_console_url']).toBe(before)
    expect(await run('refresh')).toMatchObject({ code: 0 })
  })

  it('is found by doctor, also when the config names another host', async () => {
    const { configDir, command, emulator } = await logIn()
    const other = await startTestEmulator()
    writeProfile(configDir, 'configs', { ...readProfile(configDir, 'configs'), base_url: other.apiUrl })
    await expectOnly(
      { configDir },
      {
        check: 'login',
        status: 'problem',
        message: `The tokens of profile 'default' belong to ${emulator.apiUrl}, but its settings name ${other.apiUrl}`,
        remedy: `To keep ${emulator.apiUrl}, run: ${command}`,
      },
      8,
    )
  })

  it.each(['', '{', null])('has its hosts checked by doctor, and no other: config %j', async (config) => {
    const { configDir, configPath, emulator } = await logIn()
    if (config === null) rmSync(configPath)
    else writeProfile(configDir, 'configs', config)
    const { all } = await diagnose({ configDir, env: { ANTHROPIC_BASE_URL: 'https://gateway.example.com' } })
    expect(all.filter(({ check }) => check.endsWith('_host'))).toEqual(
      ['api_host', 'console_host'].map((check) => ({
        check,
        status: 'ok',
        message: `${emulator.apiUrl} responds (the credentials of profile 'default')`,
        remedy: null,
      })),
    )
  })

  it('has only its API host checked where the console is not known', async () => {
    const { configDir, configPath } = await logIn()
    rmSync(configPath)
    const credentials = { ...readProfile(configDir, 'credentials'), login_base_url: 'https://api.invalid' }
    writeProfile(configDir, 'credentials', credentials)
    const { all } = await diagnose({ configDir })
    expect(all.filter(({ check }) => check.endsWith('_host'))).toEqual([
      expect.objectContaining({
        check: 'api_host',
        status: 'problem',
        message: expect.stringMatching(/^https:\/\/api\.invalid /) as string,
        remedy: expect.stringMatching(/the credentials of profile 'default'/) as string,
      }),
    ])
  })

  it('has its host in the command that pastes a code', async () => {
    const { configDir, configPath, command } = await logIn()
    rmSync(configPath)
    const { all } = await diagnose({ configDir, env: { BROWSER: '' } })
    expect(all.find(({ check }) => check === 'browser')?.remedy).toBe(
      `Open the link on any machine, and paste the code: ${command} --no-browser`,
    )
  })

  it('is whole again after the login that the hint names', async () => {
    const { run, configDir, configPath, command, emulator } = await logIn()
    rmSync(configPath)
    const args = command.split(' ').slice(2)
    expect((await pasteLogin(emulator, args, { configDir })).code).toBe(0)
    expect(readProfile(configDir, 'configs')).toMatchObject({ base_url: emulator.apiUrl })
    expect((await run('refresh')).code).toBe(0)
  })

  it('has the same mode after the login that the hint names', async () => {
    const { run, configDir, configPath, command, emulator } = await logIn()
    expect((await pasteLogin(emulator, ['--profile', 'default', '--mode', 'max'], { configDir })).code).toBe(
      0,
    )
    rmSync(configPath)
    const hint = `${command} --mode max`
    expect((await run('status')).stderr).toContain(`Run: ${hint}\n`)
    const { link } = await pasteLogin(emulator, hint.split(' ').slice(2), { configDir })
    expect(link).toContain(`${emulator.apiUrl}/cai/oauth/authorize?`)
    expect(readProfile(configDir, 'configs')).toMatchObject({ authentication: { login_mode: 'max' } })
  })

  it.each([[], ['--base-url']])('can be logged out of, at the host of its tokens: %o', async (...flags) => {
    const { run, configPath, credentialsPath, emulator } = await logIn()
    rmSync(configPath)
    const { code, stderr } = await run('logout', ...flags.flatMap((flag) => [flag, emulator.apiUrl]))
    expect([code, stderr]).toEqual([0, "Logged out of profile 'default'.\n"])
    expect(existsSync(credentialsPath)).toBe(false)
    expect(countOf(emulator, REVOKE)).toBe(1)
  })

  it.each([
    ['{', /default\.json is not a JSON object\. The tokens are removed, but can't be revoked: /],
    ['', /default\.json is empty or blank\. The tokens are removed, but can't be revoked: /],
    ['{"base_url": 5}', /has a base_url that is not a text\. The tokens are removed, but can't be revoked: /],
    ['{"base_url": "nonsense"}', /could not be revoked, .* base_url of profile 'default' must be /],
  ])(
    'is logged out of where nothing names the host, and its tokens are sent nowhere: config %j',
    async (config, warning) => {
      const { run, configDir, credentialsPath, emulator } = await logIn()
      nameHost(configDir, '')
      writeProfile(configDir, 'configs', config)
      const { code, stderr } = await run('logout')
      expect([code, stderr]).toEqual([0, expect.stringMatching(warning)])
      expect(stderr).toMatch(/\nLogged out of profile 'default' on this machine only\.\n$/)
      expect([existsSync(credentialsPath), countOf(emulator, REVOKE)]).toEqual([false, 0])
    },
  )

  it("has its tokens revoked at their host, if only the config's host is invalid", async () => {
    const { run, configDir, emulator } = await logIn()
    writeProfile(configDir, 'configs', '{"base_url": "nonsense"}')
    expect(await run('logout')).toMatchObject({ code: 0, stderr: "Logged out of profile 'default'.\n" })
    expect(countOf(emulator, REVOKE)).toBe(1)
  })

  it.each(['{', '', '{"base_url": "nonsense"}'])(
    'has its tokens revoked where a flag says so: config %j',
    async (config) => {
      const { run, configDir, emulator } = await logIn()
      nameHost(configDir, '')
      writeProfile(configDir, 'configs', config)
      const { code, stderr } = await run('logout', '--base-url', emulator.apiUrl)
      expect([code, stderr]).toEqual([0, "Logged out of profile 'default'.\n"])
      expect(countOf(emulator, REVOKE)).toBe(1)
    },
  )

  it('has each of its leftovers revoked at its own host', async () => {
    const { run, configDir, credentialsPath, emulator } = await logIn()
    const other = await logInto()
    for (const tokens of [await logInAt(emulator), await logInAt(emulator)]) {
      await leaveBehind(credentialsPath, { login_base_url: emulator.apiUrl, tokens })
    }
    await leaveBehind(credentialsPath, { login_base_url: other.emulator.apiUrl, tokens: other.tokens })
    const { code, stderr } = await run('logout')
    expect([code, stderr]).toEqual([0, "Logged out of profile 'default'.\n"])
    expect([countOf(emulator, REVOKE), countOf(other.emulator, REVOKE)]).toEqual([3, 1])
    expect(readdirSync(dirname(credentialsPath))).toEqual([])
    expect(configDir).not.toBe(other.configDir)
  })

  it("has the tokens named that can't be revoked, and all others revoked", async () => {
    const { run, credentialsPath, emulator } = await logIn()
    const gone = 'https://gone.invalid'
    await leaveBehind(credentialsPath, { login_base_url: gone, tokens: await logInAt(emulator) })
    const { code, stderr } = await run('logout')
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(
        /^Warning: The tokens could not be revoked, and stay valid until they expire\. .*gone\.invalid.*\nLogged out of profile 'default' on this machine only\.\n$/s,
      ),
    ])
    expect(countOf(emulator, REVOKE)).toBe(1)
  })

  it('has its consent page in the command that logs in again', async () => {
    const { configDir, configPath, run } = await logIn()
    const at = await startTestEmulator({ separateApiOrigin: true })
    const flags = ['--profile', 'default', '--base-url', at.apiUrl, '--console-url', at.url]
    expect((await pasteLogin(at, flags, { configDir })).code).toBe(0)
    expect((await run('refresh')).code).toBe(0)
    rmSync(configPath)
    const command = `anthropic-auth login --profile default --base-url ${at.apiUrl} --console-url ${at.url}`
    const { all } = await diagnose({ configDir })
    expect(all.find(({ check }) => check === 'console_host')).toMatchObject({
      status: 'ok',
      message: `${at.url} responds (the credentials of profile 'default')`,
    })
    expect((await run('token')).stderr).toContain(`Run: ${command}\n`)
    const again = await pasteLogin(at, command.split(' ').slice(2), { configDir })
    expect([again.code, readProfile(configDir, 'configs')]).toMatchObject([
      0,
      { base_url: at.apiUrl, authentication: { console_url: at.url } },
    ])
  })
})

describe('a damaged profile', { timeout: WATCHDOG_MS }, () => {
  it.each(['token', 'status'])('names the way to a new login with %s, and what is lost', async (name) => {
    const { run, configDir, configPath, command } = await logIn()
    writeProfile(configDir, 'configs', '{')
    const { code, stderr } = await run(name)
    expect([code, stderr]).toEqual([
      8,
      `Error: ${configPath} is not a JSON object.\nRepair the file, or log in again after you run: mv '${configPath}' '${configPath}.damaged'\nTo log in, run: ${command}\n${LOST}\n`,
    ])
    writeProfile(configDir, 'configs', '')
    const blank = await run(name)
    expect([blank.code, blank.stderr]).toEqual([
      8,
      `Error: ${configPath} is empty or blank.\nLog in again, or restore ${configPath} from a backup.\nTo log in, run: ${command}\n${LOST}\n`,
    ])
  })

  it('has the same remedy in doctor, which works when pasted', async () => {
    const { configDir, configPath, command, emulator } = await logIn()
    writeProfile(configDir, 'configs', '{')
    const remedy = `${LOST} Repair it, or run: mv '${configPath}' '${configPath}.damaged' && ${command}`
    const finding = {
      check: 'config_file',
      status: 'problem',
      message: `${configPath} is not a JSON object`,
      remedy,
    }
    await expectOnly({ configDir }, finding, 8)
    renameSync(configPath, `${configPath}.damaged`)
    const args = command.split(' ').slice(2)
    expect((await pasteLogin(emulator, args, { configDir })).code).toBe(0)
  })

  it('loses the damaged credentials with a logout, which says that their tokens may still work', async () => {
    const { run, configPath, credentialsPath: path } = await logIn()
    renameSync(path, `${path}.damaged`)
    rmSync(configPath)
    const { code, stderr } = await run('logout', '--all')
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining(
        `Warning: ${path}.damaged is removed, too. Any tokens in it can't be revoked: they stay valid until they expire.\n`,
      ),
    ])
    expect(existsSync(`${path}.damaged`)).toBe(false)
    expect((await run('list', '--json')).stdout).toBe('[]\n')
  })

  it.each(['token', 'status'])('names the login for damaged credentials with %s', async (name) => {
    const { run, configDir, credentialsPath } = await logIn()
    writeProfile(configDir, 'credentials', '{')
    const { code, stderr } = await run(name)
    expect([code, stderr]).toEqual([
      8,
      `Error: ${credentialsPath} is not a JSON object.\nRepair the file, or log in again after you run: mv '${credentialsPath}' '${credentialsPath}.damaged'\nTo log in, run: anthropic-auth login --profile default\n`,
    ])
  })

  it('loses the files that were moved away, when the profile is removed', async () => {
    const { run, configDir, configPath, credentialsPath } = await logIn()
    const damaged = [`${configPath}.damaged`, `${credentialsPath}.damaged`]
    const [config, credentials] = [readProfile(configDir, 'configs'), readProfile(configDir, 'credentials')]
    for (const path of damaged) renameSync(path.replace('.damaged', ''), path)
    writeProfile(configDir, 'configs', config)
    writeProfile(configDir, 'credentials', credentials)
    expect((await run('logout')).code).toBe(0)
    expect(damaged.map((path) => existsSync(path))).toEqual([true, false])
    const { code, stderr } = await run('logout', '--remove')
    expect([code, stderr]).toEqual([0, "Not logged in (profile 'default'). Removed its settings.\n"])
    expect([...damaged, configPath].map((path) => existsSync(path))).toEqual([false, false, false])
  })
})
