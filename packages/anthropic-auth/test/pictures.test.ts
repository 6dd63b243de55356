// Compares the pictures of the documentation with the tool's present output. `pnpm pictures` draws them again.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Emulator, startEmulator } from '@anthropic-auth/testing'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { Terminal, visit } from './terminal.ts'
import { drawTerminal } from './terminal-picture.ts'
import { profilePath, writeProfile } from './tool-login.ts'

const COLUMNS = 80
const NOW = Date.UTC(2026, 10, 26, 9, 30)
const HOURS = 3600
const DAYS = 24 * HOURS
/** The folder in a picture, in place of one of this machine. Both have the same length, so that lines break alike. */
const HOME = '/home/person'

let emulator: Emulator
beforeAll(async () => void (emulator = await startEmulator()))
afterAll(async () => emulator.close())

interface Stage {
  readonly home: string
  readonly configDir: string
  readonly run: (command: string, env?: NodeJS.ProcessEnv, at?: number | null) => Terminal
  readonly draw: (command: string, output: string) => Promise<string>
}

function setStage(): Stage {
  const home = mkdtempSync('/tmp/p')
  onTestFinished(() => rmSync(home, { recursive: true, force: true }))
  const module = new URL('picture-stage.ts', import.meta.url).href
  const run: Stage['run'] = (command, env = {}, at = NOW) =>
    new Terminal(command.split(' ').slice(1), {
      emulator,
      columns: COLUMNS,
      env: {
        HOME: home,
        TZ: 'UTC',
        NODE_OPTIONS: `--import=${module}`,
        PICTURE_STAGE: JSON.stringify({ at, emulator: emulator.url }),
        ANTHROPIC_CONFIG_DIR: '',
        ANTHROPIC_BASE_URL: '',
        ANTHROPIC_CONSOLE_URL: '',
        ...env,
      },
    })
  const draw: Stage['draw'] = async (command, output) =>
    drawTerminal(command, output.replaceAll(home, HOME), COLUMNS)
  return { home, configDir: join(home, '.config', 'anthropic'), run, draw }
}

const ORGANIZATION = {
  organization_uuid: '8e1f4a6d-2b93-4c57-b0d8-71c5e3a9f624',
  organization_name: 'Example Organization',
}

function saveLogin(configDir: string, profile: string, changes: object = {}, mode = 'console'): void {
  writeProfile(configDir, 'configs', { authentication: { type: 'user_oauth', login_mode: mode } }, profile)
  const credentials = {
    access_token: 'example',
    refresh_token: 'example',
    expires_at: NOW / 1000 + 7 * HOURS + 1200,
    scope: 'org:create_api_key user:profile user:inference',
    account_email: 'person@example.com',
    ...ORGANIZATION,
    ...changes,
  }
  writeProfile(configDir, 'credentials', credentials, profile)
}

/** Replaces the link, whose end is always different. */
const LINK = 'https://platform.claude.com/oauth/authorize?code=true&client_id=9d1c250a-…'

async function expectPicture(name: string, picture: string): Promise<void> {
  const path = fileURLToPath(new URL(`../../../docs/pictures/${name}.svg`, import.meta.url))
  await expect(picture).toMatchFileSnapshot(path)
}

// On Linux, the tool prints a little more about files than elsewhere.
describe.skipIf(process.platform !== 'linux')(
  'the pictures of the documentation',
  { timeout: 200_000 },
  () => {
    it('show login', async () => {
      const { run, draw } = setStage()
      const terminal = run('anthropic-auth login')
      await terminal.shows("Save to profile 'default'? [Y/n]")
      terminal.type('\r')
      await terminal.shows('paste the code here:')
      const { pathname, search } = new URL(await terminal.openedLink())
      await visit(await emulator.approve(`${emulator.url}${pathname}${search}`))
      expect(await terminal.end()).toBe(0)
      const output = terminal.output.replace(await terminal.link(), LINK)
      await expectPicture('login', await draw('anthropic-auth login', output))
    })

    it('show status', async () => {
      const { configDir, run, draw } = setStage()
      saveLogin(configDir, 'default', {
        refresh_token_expires_at: NOW / 1000 + 29 * DAYS,
        workspace_id: 'wrkspc_01ExampleWorkspace',
        workspace_name: 'Example Workspace',
      })
      const terminal = run('anthropic-auth status')
      expect(await terminal.end()).toBe(0)
      await expectPicture('status', await draw('anthropic-auth status', terminal.output))
    })

    it('show list', async () => {
      const { configDir, run, draw } = setStage()
      saveLogin(configDir, 'work', { refresh_token_expires_at: NOW / 1000 + 29 * DAYS })
      const home = { account_email: 'me@example.org', organization_name: 'Example Family' }
      saveLogin(configDir, 'home', home, 'max')
      saveLogin(configDir, 'old', {
        refresh_token_expires_at: NOW / 1000 - DAYS,
        expires_at: NOW / 1000 - DAYS,
      })
      writeProfile(configDir, 'configs', { authentication: { type: 'oidc_federation' } }, 'ci')
      writeFileSync(join(configDir, 'active_config'), 'work\n')
      const terminal = run('anthropic-auth list')
      expect(await terminal.end()).toBe(0)
      await expectPicture('list', await draw('anthropic-auth list', terminal.output))
    })

    it('show doctor', async () => {
      const { configDir, run, draw } = setStage()
      saveLogin(configDir, 'default')
      chmodSync(profilePath(configDir, 'credentials'), 0o644)
      // This needs the real time, since the doctor compares it with the server's.
      const terminal = run('anthropic-auth doctor', { ANTHROPIC_API_KEY: 'example' }, null)
      expect(await terminal.end()).toBe(8)
      await expectPicture('doctor', await draw('anthropic-auth doctor', terminal.output))
    })
  },
)
