import { existsSync, readFileSync, renameSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { temporaryFolder } from '../../profile-store/test/temporary-folder.ts'
import { countOf, logInto, profilePath, writeProfile } from './tool-login.ts'
import { runTool } from './tool-process.ts'

const WATCHDOG_MS = 300_000
const REVOKE = '/v1/oauth/token/revoke'

/** Logs in, and moves the credentials elsewhere. */
async function logInElsewhere() {
  const { configDir, emulator } = await logInto()
  const path = profilePath(configDir, 'credentials')
  const target = join(temporaryFolder(), 'tokens.json')
  renameSync(path, target)
  return { configDir, emulator, path, target }
}

describe.skipIf(process.platform === 'win32')(
  'a logout from credentials that are a symbolic link',
  { timeout: WATCHDOG_MS },
  () => {
    it('removes only the link, and says where the tokens still are', async () => {
      const { configDir, emulator, path, target } = await logInElsewhere()
      symlinkSync(target, path)
      const before = readFileSync(target, 'utf8')
      const { code, stderr } = await runTool(['logout'], { configDir })
      expect([code, stderr]).toEqual([
        0,
        `Warning: ${path} was a symbolic link. Only the link is removed: the tokens are still in ${target}, and stay valid until they expire. To remove them, run: rm '${target}'\nRemoved the login of profile 'default', but not its tokens.\n`,
      ])
      expect([existsSync(path), readFileSync(target, 'utf8')]).toEqual([false, before])
      expect(countOf(emulator, REVOKE)).toBe(0)
    })

    it('names the file in its JSON', async () => {
      const { configDir, path, target } = await logInElsewhere()
      symlinkSync(target, path)
      const { code, stdout } = await runTool(['logout', '--json'], { configDir })
      expect([code, JSON.parse(stdout)]).toEqual([
        0,
        [{ profile: 'default', removed: true, revoked: false, tokensIn: target }],
      ])
    })

    it('says that a link led nowhere', async () => {
      const { configDir, path, target } = await logInElsewhere()
      symlinkSync(target, path)
      unlinkSync(target)
      const { code, stderr } = await runTool(['logout'], { configDir })
      expect([code, stderr]).toEqual([
        0,
        `Warning: ${path} was a symbolic link that led nowhere. Only the link is removed.\nLogged out of profile 'default' on this machine only.\n`,
      ])
    })
  },
)

describe(
  'a logout with a damaged config that names another credentials file',
  { timeout: WATCHDOG_MS },
  () => {
    it.each([
      ['base_url', { base_url: 5 }, {}],
      ['client_id', {}, { client_id: 7 }],
    ])('removes that file: its %s is invalid', async (key, config, authentication) => {
      const { configDir, target } = await logInElsewhere()
      writeProfile(configDir, 'configs', {
        ...config,
        authentication: { ...authentication, credentials_path: target },
      })
      const { code, stdout, stderr } = await runTool(['logout', '--json'], { configDir })
      expect([code, JSON.parse(stdout)]).toEqual([0, [{ profile: 'default', removed: true, revoked: false }]])
      expect(stderr).toContain(
        `has a ${key} that is not a text. The tokens are removed, but can't be revoked`,
      )
      expect(existsSync(target)).toBe(false)
    })

    it('keeps that file if it holds no tokens', async () => {
      const { configDir, target } = await logInElsewhere()
      writeFileSync(target, 'my notes', { mode: 0o600 })
      writeProfile(configDir, 'configs', { base_url: 5, authentication: { credentials_path: target } })
      const { code } = await runTool(['logout'], { configDir })
      expect([code, readFileSync(target, 'utf8')]).toEqual([8, 'my notes'])
    })

    it.each([
      ['{"authentication": {"credentials_pa', 'is not a JSON object'],
      ['', 'is empty or blank'],
      ['{"authentication": {"credentials_path": 5}}', 'has a credentials_path that is not a text'],
    ])('says that it may exist, if the config does not say where: %s', async (config, problem) => {
      const { configDir, target } = await logInElsewhere()
      writeProfile(configDir, 'configs', config)
      const { code, stderr } = await runTool(['logout'], { configDir })
      expect([code, stderr]).toEqual([
        0,
        `Warning: ${profilePath(configDir, 'configs')} ${problem}. If it named another credentials file, the tokens in that file are still there.\nNot logged in (profile 'default').\n`,
      ])
      expect(existsSync(target)).toBe(true)
    })

    it('does not warn of a file that the config does not name', async () => {
      const { configDir } = await logInElsewhere()
      writeProfile(configDir, 'configs', { base_url: 5 })
      const { stderr } = await runTool(['logout'], { configDir })
      expect(stderr).toBe("Not logged in (profile 'default').\n")
    })
  },
)
