import { existsSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../profile-store/test/temporary-folder.ts'
import { countOf, logInto, pasteLogin, profilePath, readProfile, writeProfile } from './tool-login.ts'
import { runTool } from './tool-process.ts'

const WATCHDOG_MS = 300_000

/** Logs in to the profile 'a', whose credentials file the profile 'b' names, too. */
async function shareLogin() {
  const login = await logInto({ profile: 'a' })
  const { configDir } = login
  const { authentication, ...config } = readProfile(configDir, 'configs', 'a')
  const path = profilePath(configDir, 'credentials', 'a')
  const shared = { ...(authentication as object), credentials_path: path }
  writeProfile(configDir, 'configs', { ...config, authentication: shared }, 'b')
  const run = async (...args: readonly string[]) => runTool(args, { configDir })
  return { ...login, path, run }
}

describe('two profiles with one credentials file', { timeout: WATCHDOG_MS }, () => {
  it('share a refresh, and the profile in use stays the same', async () => {
    const { run, emulator } = await shareLogin()
    expect(await run('refresh', '--profile', 'b')).toMatchObject({ code: 0 })
    expect((await run('use', 'b')).code).toBe(0)
    const tokens = await Promise.all([run('token', '--profile', 'a'), run('token')])
    expect(tokens.map(({ code, stderr }) => [code, stderr])).toEqual([
      [0, ''],
      [0, ''],
    ])
    expect(tokens[0]?.stdout).toBe(tokens[1]?.stdout)
    expect(countOf(emulator, '/v1/oauth/token')).toBe(2)
  })

  it.each([
    ['a', 'b'],
    ['b', 'a'],
  ])('share a new login, and the user is told: to %s', async (profile, other) => {
    const { run, configDir, emulator } = await shareLogin()
    const { code, stderr } = await pasteLogin(emulator, ['--profile', profile], { configDir })
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining(
        `Warning: Profile '${other}' uses the same credentials file, so the new login will be used there, too.\n`,
      ),
    ])
    expect((await run('refresh', '--profile', other)).code).toBe(0)
  })

  it.each([
    ['a', []],
    ['b', []],
    ['b', ['--remove']],
  ])('share a logout, and the user is told: from %s, %o', async (profile, flags) => {
    const { run, configDir, emulator, path } = await shareLogin()
    const other = profile === 'a' ? 'b' : 'a'
    const { code, stderr } = await run('logout', '--profile', profile, ...flags)
    const removed = flags.length > 0 ? ' Removed its settings.' : ''
    expect([code, stderr]).toEqual([
      0,
      `Warning: Profile '${other}' uses the same credentials file, so you are logged out there, too.\nLogged out of profile '${profile}'.${removed}\n`,
    ])
    expect([existsSync(path), countOf(emulator, '/v1/oauth/token/revoke')]).toEqual([false, 1])
    expect(existsSync(profilePath(configDir, 'configs', other))).toBe(true)
    expect((await run('logout', '--profile', profile)).stderr).not.toContain('Warning')
  })

  it('are all logged out without a warning by --all', async () => {
    const { run, emulator } = await shareLogin()
    expect((await run('logout', '--all')).stderr).toBe(
      "Logged out of profile 'a'.\nNot logged in (profile 'b').\n",
    )
    expect(countOf(emulator, '/v1/oauth/token/revoke')).toBe(1)
  })

  it('are found through a link to the folder', async () => {
    const { run, configDir } = await shareLogin()
    const link = join(temporaryFolder(), 'link')
    symlinkSync(join(configDir, 'credentials'), link)
    const config = readProfile(configDir, 'configs', 'b')
    const authentication = { ...(config['authentication'] as object), credentials_path: join(link, 'a.json') }
    writeProfile(configDir, 'configs', { ...config, authentication }, 'b')
    expect((await run('logout', '--profile', 'a')).stderr).toContain("Profile 'b' uses the same credentials")
  })
})
