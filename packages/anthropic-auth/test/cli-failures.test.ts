import {
  chmodSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import type { Fault } from '@anthropic-auth/testing'
import { describe, expect, it, vi } from 'vitest'
import { temporaryFolder } from '../../profile-store/test/temporary-folder.ts'
import { countOf, gateFor, logInto, profilePath, readProfile, writeProfile } from './tool-login.ts'
import { runTool, startTool, type ToolEnd } from './tool-process.ts'

const WATCHDOG_MS = 300_000
const COMMANDS = ['token', 'status', 'refresh', 'create-key', 'run', 'logout']
const TOKEN = '/v1/oauth/token'
const REVOKE = '/v1/oauth/token/revoke'
const API_KEY = '/api/oauth/claude_cli/create_api_key'

describe('anthropic-auth, at a server that fails', { timeout: WATCHDOG_MS }, () => {
  it.each<[string, Fault]>([
    ['rate_limited', { type: 'rate_limit', retryAfter: 3600 }],
    ['http_error', { type: 'html', status: 502 }],
    ['http_error', { type: 'redirect', location: 'https://example.com' }],
    ['network_error', { type: 'reset_before' }],
    ['invalid_token_response', { type: 'oversize', bytes: 2_000_000 }],
    ['invalid_token_response', { type: 'body', body: '{"access_token":5}' }],
  ])('exits with 6 after %s, and keeps the tokens', async (code, fault) => {
    const { configDir, emulator } = await logInto()
    const before = readProfile(configDir, 'credentials')
    emulator.faults.always('token', fault)
    emulator.faults.always('apiKey', fault)
    for (const command of ['refresh', 'create-key']) {
      const end = await runTool([command, '--json'], { configDir })
      expect([command, end.code, end.stdout]).toEqual([command, 6, ''])
      expect(JSON.parse(end.stderr)).toMatchObject({ error: { code, hint: expect.stringMatching(/\w/) } })
    }
    expect(readProfile(configDir, 'credentials')).toEqual(before)
    expect(readdirSync(join(configDir, 'credentials'))).toEqual(['default.json'])
  })

  it('says how long to wait, and which request it was', async () => {
    const { configDir, emulator } = await logInto()
    emulator.faults.always('token', { type: 'rate_limit', retryAfter: 3600 })
    const { stderr } = await runTool(['refresh'], { configDir })
    expect(stderr).toContain('\nTry again in 3600 seconds.\nRequest id: ')
  })
})

describe('anthropic-auth, at files that it must not use', { timeout: WATCHDOG_MS }, () => {
  it.each<[string, string, (path: string) => void]>([
    ['corrupt', 'corrupt_file', (path) => write(path, '{"access_token":"sk-ant-oat01-sec')],
    [
      'no login',
      'corrupt_file',
      (path) => write(path, '{"type":"api_key","access_token":"sk-ant-api03-secret"}'),
    ],
    ['readable by others', 'unsafe_file', (path) => chmodSync(path, 0o644)],
    ['writable by others', 'unsafe_file', (path) => chmodSync(path, 0o620)],
    ['a symbolic link', 'unsafe_file', makeLink],
    ['a folder', 'unsafe_file', makeFolder],
  ])('ends with 8 when the credentials are %s, and leaves them', async (_what, reason, spoil) => {
    const { configDir, emulator } = await logInto()
    const path = profilePath(configDir, 'credentials')
    spoil(path)
    const before = listing(configDir)
    for (const command of COMMANDS.filter((one) => one !== 'logout')) {
      const end = await runTool([command, '--json', ...argumentsOf(command)], { configDir })
      expect([command, end.code, end.stdout]).toEqual([command, 8, ''])
      expect(JSON.parse(end.stderr)).toMatchObject({
        error: { code: 'store_failed', reason, message: expect.stringContaining(path) },
      })
      expect(end.stderr).not.toMatch(/sk-ant|-sec/)
    }
    expect(listing(configDir)).toEqual(before)
    expect(countOf(emulator, TOKEN)).toBe(1)
  })

  it.each<[string, string, (path: string) => void]>([
    ['corrupt', 'corrupt_file', (path) => write(path, '{"authentication":')],
    [
      'of another kind',
      'foreign_profile',
      (path) => write(path, '{"authentication":{"type":"another_kind"}}'),
    ],
    ['writable by others', 'unsafe_file', (path) => chmodSync(path, 0o664)],
    ['a symbolic link', 'unsafe_file', makeLink],
  ])('ends with 8 when the config is %s, and leaves it', async (what, reason, spoil) => {
    const { configDir, emulator } = await logInto()
    spoil(profilePath(configDir, 'configs'))
    const before = listing(configDir)
    // A logout doesn't read a damaged config.
    for (const command of COMMANDS.filter((one) => what !== 'corrupt' || one !== 'logout')) {
      const end = await runTool([command, '--json', ...argumentsOf(command)], { configDir })
      expect([command, end.code, end.stdout]).toEqual([command, 8, ''])
      expect(JSON.parse(end.stderr)).toMatchObject({ error: { code: 'store_failed', reason } })
    }
    expect(listing(configDir)).toEqual(before)
    expect(countOf(emulator, TOKEN)).toBe(1)
  })

  it("exits with 8 when the folder isn't a folder", async () => {
    const configDir = join(temporaryFolder(), 'file')
    write(configDir, '')
    for (const command of [...COMMANDS.map((one) => [one, ...argumentsOf(one)]), ['logout', '--all']]) {
      const { code, stderr } = await runTool(command, { configDir })
      expect([command, code]).toEqual([command, 8])
      expect(stderr).toMatch(
        /^Error: .*ENOTDIR.*\nANTHROPIC_CONFIG_DIR is .+, and a part of that path is a file\. Set it to/,
      )
    }
  })

  it("exits with 8 when it can't write, and revokes nothing", async () => {
    const { configDir, emulator } = await logInto()
    // The lock can't be taken: a folder is in its place.
    mkdirSync(`${profilePath(configDir, 'credentials')}.lock/in-use`, { recursive: true })
    const before = readProfile(configDir, 'credentials')
    for (const command of ['refresh', 'logout']) {
      const { code, stderr } = await runTool([command], { configDir })
      expect([command, code]).toEqual([command, 8])
      expect(stderr).toMatch(/^Error: .*lock/)
      expect(stderr.includes(' Nothing was removed.\n')).toBe(command === 'logout')
    }
    expect(readProfile(configDir, 'credentials')).toEqual(before)
    expect(emulator.requests.at(-1)?.path).toBe(TOKEN)
    expect(countOf(emulator, TOKEN)).toBe(1)
  })
})

describe('anthropic-auth, asked to end', { timeout: WATCHDOG_MS }, () => {
  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'exits with 130 at %s, and saves the result of a request that was sent',
    async (signal) => {
      const profile = await logInto()
      const { configDir, tokens } = profile
      const gate = await gateFor(profile)
      const tool = startTool(['refresh'], { configDir })
      await gate.reached
      tool.process.kill(signal)
      await vi.waitUntil(() => tool.said() !== '', { timeout: WATCHDOG_MS })
      gate.open()
      expect(await tool.ended).toEqual({
        code: 130,
        signal: null,
        stdout: '',
        stderr: expect.stringMatching(
          /^Warning: A refresh is still under way\. Waiting .* To stop now, press Ctrl-C again; .*\nError: Interrupted\.\nRun the command again to continue\.\n$/,
        ),
      })
      expect(readdirSync(join(configDir, 'credentials'))).toEqual(['default.json'])
      const saved = readProfile(configDir, 'credentials')
      expect(saved['refresh_token']).not.toBe(tokens.refreshToken)
      expect(await runTool(['refresh'], { configDir })).toMatchObject({ code: 0 })
    },
  )

  it.each([
    ['create-key', 'apiKey', API_KEY],
    ['logout', 'revoke', REVOKE],
  ] as const)('stops %s at once, and keeps the login', async (command, endpoint, path) => {
    const { configDir, emulator } = await logInto()
    const before = readProfile(configDir, 'credentials')
    emulator.faults.always(endpoint, { type: 'no_answer' })
    for (const args of command === 'logout' ? [[command], [command, '--all']] : [[command]]) {
      const earlier = countOf(emulator, path)
      const tool = startTool([...args, '--json'], { configDir })
      await vi.waitUntil(() => countOf(emulator, path) > earlier, { timeout: WATCHDOG_MS })
      tool.process.kill('SIGINT')
      const { code, stderr } = await tool.ended
      expect([args, code]).toEqual([args, 130])
      expect(JSON.parse(stderr)).toMatchObject({ error: { code: 'aborted' } })
    }
    expect(readProfile(configDir, 'credentials')).toEqual(before)
    expect(readdirSync(join(configDir, 'credentials'))).toEqual(['default.json'])
  })

  it.each(['SIGINT', 'SIGTERM'] as const)('ends at once at a second %s', async (signal) => {
    const { configDir, emulator } = await logInto()
    emulator.faults.always('token', { type: 'no_answer' })
    const tool = startTool(['refresh'], { configDir })
    await vi.waitUntil(() => countOf(emulator, TOKEN) === 2, { timeout: WATCHDOG_MS })
    tool.process.kill('SIGINT')
    await vi.waitUntil(() => tool.said() !== '', { timeout: WATCHDOG_MS })
    tool.process.kill(signal)
    expect(await tool.ended).toMatchObject({ code: null, signal })
  })
})

describe('anthropic-auth, and the secrets', { timeout: WATCHDOG_MS }, () => {
  it('prints secrets only where the user asked for them, whatever happens', async () => {
    const { configDir, emulator } = await logInto({ tokenLifetimeSeconds: 60 })
    const secrets = new Set<string>()
    const ends: [string, ToolEnd][] = []
    const runAll = async (): Promise<void> => {
      for (const command of ['token', 'status', 'refresh', 'create-key']) {
        for (const flags of [['--debug'], ['--debug', '--json']]) {
          const { access_token: access, refresh_token: refresh } = readProfile(configDir, 'credentials')
          for (const secret of [access, refresh]) secrets.add(String(secret))
          ends.push([command, await runTool([command, ...flags], { configDir })])
        }
      }
    }
    await runAll()
    const { refresh_token: sent } = readProfile(configDir, 'credentials')
    const echo = JSON.stringify({ error: 'invalid_request', error_description: `What is ${String(sent)}?` })
    emulator.faults.always('apiKey', {
      type: 'body',
      status: 400,
      body: '{"raw_key":"sk-ant-api03-unasked"}',
    })
    for (const fault of [
      { type: 'body', status: 400, body: echo },
      { type: 'body', body: `{"access_token":"sk-ant-oat01-unasked","token_type":"other"}` },
      { type: 'reset_after' },
    ] as const) {
      emulator.faults.always('token', fault)
      await runAll()
    }
    writeProfile(
      configDir,
      'credentials',
      readFileSync(profilePath(configDir, 'credentials'), 'utf8').slice(0, -9),
    )
    for (const command of COMMANDS) {
      ends.push([
        command,
        await runTool([command, '--debug', '--json', ...argumentsOf(command)], { configDir }),
      ])
    }
    expect(new Set(ends.map(([, { code }]) => code))).toEqual(new Set([0, 6, 8]))
    for (const [command, { stdout, stderr }] of ends) {
      const isPrinter = command === 'token' || command === 'create-key'
      const text = isPrinter ? stderr : stdout + stderr
      expect(text).not.toMatch(/sk-ant-|unasked/)
      for (const secret of secrets) expect(text).not.toContain(secret.slice(-8))
      expect(stdout).not.toContain('sk-ant-ort01-')
    }
  })
})

/** A program that `run` must not start. */
function argumentsOf(command: string): readonly string[] {
  return command === 'run' ? ['echo', 'started'] : []
}

function write(path: string, text: string): void {
  writeFileSync(path, text, { mode: 0o600 })
}

function makeLink(path: string): void {
  renameSync(path, `${path}-target`)
  symlinkSync(`${path}-target`, path)
}

function makeFolder(path: string): void {
  rmSync(path)
  mkdirSync(path)
}

/** Returns all files with their content, to prove that nothing was changed, added or removed. */
function listing(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).map((entry) => {
    const path = join(entry.parentPath, entry.name)
    const content = entry.isFile() ? readFileSync(path, 'utf8') : ''
    return `${path} ${entry.isSymbolicLink() ? 'link' : ''} ${content}`
  })
}
