import { once } from 'node:events'
import { createServer } from 'node:net'
import { createProfileStore } from 'anthropic-auth/profile-store'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { logInto, pasteLogin, readProfile, writeProfile } from './tool-login.ts'
import { runTool, startTool, type ToolEnd } from './tool-process.ts'

const WATCHDOG_MS = 300_000
const OTHER_UUID = '00000000-0000-4000-8000-000000000000'
const LOGIN = 'anthropic-auth login --profile work'

/** The lines of standard error. */
function lines({ stderr }: ToolEnd): readonly string[] {
  return stderr.trimEnd().split('\n')
}

describe('what to do next', { timeout: WATCHDOG_MS }, () => {
  it('names the profile whose login has ended', async () => {
    const { configDir, emulator } = await logInto({ profile: 'work' })
    emulator.endLogins()
    const end = await runTool(['refresh', '--profile', 'work'], { configDir })
    expect([end.code, lines(end)]).toEqual([3, expect.arrayContaining([`Run: ${LOGIN}`])])
    const json = await runTool(['refresh', '--profile', 'work', '--json'], { configDir })
    expect(JSON.parse(json.stderr)).toMatchObject({
      error: { code: 'reauthentication_required', hint: `Run: ${LOGIN}` },
    })
  })

  it('names the profile without a refresh token', async () => {
    const { configDir } = await logInto({ profile: 'work' })
    const credentials = { ...readProfile(configDir, 'credentials', 'work'), refresh_token: '' }
    writeProfile(configDir, 'credentials', credentials, 'work')
    const end = await runTool(['refresh'], { configDir, env: { ANTHROPIC_PROFILE: 'work' } })
    expect([end.code, lines(end)]).toEqual([3, expect.arrayContaining([`Run: ${LOGIN}`])])
  })

  it('names the scopes that a key needs', async () => {
    const { configDir } = await logInto({ profile: 'work', scopes: ['user:profile'] })
    const end = await runTool(['create-key', '--profile', 'work'], { configDir })
    expect([end.code, lines(end).at(-1)]).toEqual([
      10,
      `Log in again, with an account that can create API keys: ${LOGIN} --scope org:create_api_key user:profile user:inference`,
    ])
  })

  it('gives the link of an account on hold, and no command', async () => {
    const { configDir, emulator } = await logInto({ profile: 'work' })
    emulator.setAccountOnHold(true)
    const end = await runTool(['refresh', '--profile', 'work'], { configDir })
    expect(end.code).toBe(4)
    expect(end.stderr).toContain('To see why, open the link below. The login works again')
    expect(end.stderr).toMatch(/^More information: https:\S+$/m)
    expect(end.stderr).not.toContain('anthropic-auth login')
  })

  it('names the profile that a login replaces', async () => {
    const { configDir, emulator } = await logInto({ profile: 'work' })
    const end = await pasteLogin(emulator, ['--profile', 'work'], { configDir })
    expect([end.code, end.stderr]).toEqual([
      0,
      expect.stringContaining('To revoke it first, run: anthropic-auth logout --profile work\n'),
    ])
  })

  it('names the flags when the login was for another organization', async () => {
    const { configDir, emulator, tokens } = await logInto({ profile: 'work' })
    emulator.faults.next('token', { type: 'other_organization', id: OTHER_UUID })
    const flags = ['--profile', 'work', '--organization', tokens.organization?.id ?? '']
    const end = await pasteLogin(emulator, flags, { configDir })
    expect([end.code, end.stderr]).toEqual([
      4,
      expect.stringContaining('To log in to different ones, use --organization and --workspace.\n'),
    ])
  })

  it('names the flag of a port that is taken', async () => {
    const { configDir } = await logInto({ profile: 'work' })
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    const address = server.address()
    const port = typeof address === 'object' ? String(address?.port) : ''
    const env = { BROWSER: 'true' }
    const end = await runTool(['login', '--profile', 'work', '--port', port], { configDir, env })
    expect([end.code, end.stderr]).toEqual([
      9,
      expect.stringContaining('Choose another port with --port, or leave it out to use any free port.\n'),
    ])
  })

  it('names the flag of the time limit', async () => {
    const { configDir } = await logInto({ profile: 'work' })
    const args = ['login', '--profile', 'work', '--no-browser', '--timeout', '1']
    const end = await startTool(args, { configDir, stdin: 'pipe' }).ended
    expect([end.code, lines(end).at(-1)]).toEqual([
      5,
      'Run the command again, and allow access in the browser before the time limit. To get more time, add: --timeout DURATION',
    ])
  })

  it('shows what the server says', async () => {
    const { configDir, emulator } = await logInto({ profile: 'work' })
    const body = JSON.stringify({ error: 'invalid_client', error_description: 'Client is suspended' })
    emulator.faults.next('token', { type: 'body', status: 400, body })
    const end = await runTool(['refresh', '--profile', 'work'], { configDir })
    expect(end.code).toBe(6)
    expect(end.stderr).toContain('Client is suspended')
    expect(end.stderr).toContain('The server does not know this client. Check --client-id and --base-url.')
  })

  it.each(['logout', 'refresh'])('says that it waits for another process: %s', async (command) => {
    const { configDir } = await logInto({ profile: 'work' })
    const store = createProfileStore({ profile: 'work', configDir })
    const tool = await store.lock(async () => {
      const started = startTool([command, '--profile', 'work'], { configDir })
      await vi.waitUntil(() => started.said().includes('Waiting for another process'), {
        timeout: WATCHDOG_MS,
      })
      return started
    })
    const { code, stderr } = await tool.ended
    expect([code, stderr.match(/Warning/g)]).toEqual([0, ['Warning']])
    expect(stderr).toMatch(/^Warning: Waiting for another process that uses this profile\./)
  })
})
