import type { Emulator } from '@anthropic-auth/testing'
import { expect, it, vi } from 'vitest'
import { startProgram } from '../../profile-store/test/child-program.ts'
import { temporaryFolder } from '../../profile-store/test/temporary-folder.ts'
import { readProfile } from './tool-login.ts'
import { runTool, startTool } from './tool-process.ts'
import { startTestEmulator } from '../../testing/test/test-emulator.ts'

const WATCHDOG_MS = 60_000
const MESSAGE = /^This is the emulator: your token or key was accepted/

it(
  'a login into a profile serves the official SDK, and each request reaches its own origin',
  async () => {
    const clock = { now: Date.now() }
    const emulator = await startTestEmulator({ separateApiOrigin: true, now: () => clock.now })
    const configDir = temporaryFolder()

    const flags = ['--profile', 'work', '--base-url', emulator.apiUrl, '--console-url', emulator.url]
    const tool = startTool(['login', '--no-browser', ...flags], { configDir, stdin: 'pipe' })
    await vi.waitUntil(() => linkIn(tool.said(), emulator) !== null, { timeout: WATCHDOG_MS })
    const code = await emulator.approve(linkIn(tool.said(), emulator) ?? '')
    tool.stdin?.write(`${code}\n`)
    const login = await tool.ended
    expect(login).toMatchObject({ code: 0, stdout: '' })
    expect(login.stderr).toMatch(
      /\nLogged in as .*\. Saved to profile 'work'\.\nIt is now the active profile\.\n$/,
    )
    expect(readProfile(configDir, 'configs', 'work')).toMatchObject({ base_url: emulator.apiUrl })

    await expectSdkToWork(configDir)
    clock.now += 9 * 3_600_000
    await expectSdkToWork(configDir)
    // The commands do the same, with only the settings of the profile.
    for (const command of ['refresh', 'create-key', 'logout']) {
      expect(await runTool([command, '--profile', 'work'], { configDir })).toMatchObject({ code: 0 })
    }

    expect(requestsOf(emulator, emulator.apiUrl)).toEqual([
      '/v1/oauth/token 200',
      '/v1/messages 200',
      '/v1/messages 401',
      '/v1/oauth/token 200',
      '/v1/messages 200',
      '/v1/oauth/token 200',
      '/api/oauth/claude_cli/create_api_key 200',
      '/v1/oauth/token/revoke 200',
    ])
    const elsewhere = requestsOf(emulator, emulator.url).filter((request) => !request.startsWith('/oauth/'))
    expect(elsewhere).toEqual([])
    expect(requestsOf(emulator, emulator.url)).toHaveLength(emulator.requests.length - 8)
  },
  2 * WATCHDOG_MS,
)

function linkIn(text: string, { url }: Emulator): string | null {
  return text.match(/https?:\S+/g)?.find((link) => link.startsWith(`${url}/oauth/authorize?`)) ?? null
}

async function expectSdkToWork(configDir: string): Promise<void> {
  const environment = {
    PATH: process.env['PATH'],
    ANTHROPIC_CONFIG_DIR: configDir,
    ANTHROPIC_PROFILE: 'work',
  }
  const { code, output, problem } = await startProgram('sdk-process.ts', [], environment).ended
  expect(problem).toBe('')
  expect(output).toMatch(MESSAGE)
  expect(code).toBe(0)
}

/** Returns the paths and statuses of the requests that reached an origin, in order. */
function requestsOf(emulator: Emulator, origin: string): readonly string[] {
  return emulator.requests
    .filter(({ headers }) => headers['host'] === new URL(origin).host)
    .map(({ path, status }) => `${path.replace(/\?.*/, '')} ${status}`)
}
