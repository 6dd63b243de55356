import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it, vi } from 'vitest'
import { temporaryFolder } from '../../profile-store/test/temporary-folder.ts'
import { countOf, logInto, readProfile, writeProfile } from './tool-login.ts'
import { runTool, startTool } from './tool-process.ts'

const WATCHDOG_MS = 300_000
const TOKEN = '/v1/oauth/token'
const SDK_PROGRAM = fileURLToPath(new URL('../../profile-store/test/sdk-process.ts', import.meta.url))
const SDK_LOOP = fileURLToPath(new URL('sdk-loop-process.ts', import.meta.url))
const MESSAGE = /^This is the emulator: your token or key was accepted/

/** A program in JavaScript, as arguments of `run`. */
function program(code: string): readonly string[] {
  return ['--', process.execPath, '-e', code]
}

const PRINT_ENVIRONMENT = program(
  'console.log(JSON.stringify(Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith("ANTHROPIC_")))))',
)

describe('anthropic-auth run', { timeout: WATCHDOG_MS }, () => {
  it('runs a program with an official SDK, whatever key is in the environment', async () => {
    const { configDir, emulator } = await logInto({ profile: 'work' })
    const env = { ANTHROPIC_API_KEY: 'sk-ant-stale', ANTHROPIC_AUTH_TOKEN: 'stale' }
    const command = ['--', process.execPath, SDK_PROGRAM]
    const { code, stdout, stderr } = await runTool(['run', '--profile', 'work', ...command], {
      configDir,
      env,
    })
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(MESSAGE)
    expect(emulator.requests.at(-1)).toMatchObject({ path: '/v1/messages', status: 200 })
  })

  it('gives a program the name of the profile, or a token with its host and headers', async () => {
    const { configDir, emulator, tokens } = await logInto({ profile: 'work' })
    const env = { ANTHROPIC_API_KEY: 'stale', ANTHROPIC_CUSTOM_HEADERS: 'X-Team: core' }
    const byProfile = await runTool(['run', '--profile', 'work', ...PRINT_ENVIRONMENT], { configDir, env })
    expect(JSON.parse(byProfile.stdout)).toEqual({
      ANTHROPIC_CONFIG_DIR: configDir,
      ANTHROPIC_PROFILE: 'work',
      ANTHROPIC_CUSTOM_HEADERS: 'X-Team: core',
    })
    const byToken = await runTool(['run', '--profile', 'work', '--token', ...PRINT_ENVIRONMENT], {
      configDir,
      env,
    })
    expect(JSON.parse(byToken.stdout)).toEqual({
      ANTHROPIC_CONFIG_DIR: configDir,
      ANTHROPIC_AUTH_TOKEN: tokens.accessToken,
      ANTHROPIC_BASE_URL: emulator.apiUrl,
      ANTHROPIC_CUSTOM_HEADERS: 'X-Team: core\nanthropic-beta: oauth-2025-04-20',
    })
  })

  it('passes on arguments, options and the exit code', async () => {
    const { configDir } = await logInto()
    const code = 'console.log(JSON.stringify(process.argv.slice(1))); process.exitCode = 42'
    const args = ['run', ...program(code), '--', '--json', '--help', 'a b', '']
    const end = await runTool(args, { configDir })
    expect([end.code, end.stderr]).toEqual([42, ''])
    expect(JSON.parse(end.stdout)).toEqual(['--json', '--help', 'a b', ''])
    // The options of a program need no -- before it.
    const short = await runTool(['run', process.execPath, '-p', '6 * 7'], { configDir })
    expect([short.code, short.stdout]).toEqual([0, '42\n'])
  })

  it('passes on standard input', async () => {
    const { configDir } = await logInto()
    const tool = startTool(['run', '--', 'cat'], { configDir, stdin: 'pipe' })
    tool.stdin?.end('typed\n')
    expect(await tool.ended).toMatchObject({ code: 0, stdout: 'typed\n' })
  })

  it.each(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'] as const)(
    'passes %s on to the program',
    async (signal) => {
      const { configDir } = await logInto()
      const code = `process.on('${signal}', () => { console.log('heard'); process.exit(7) }); setInterval(() => {}, 1000); console.log('ready')`
      const tool = startTool(['run', ...program(code)], { configDir })
      await tool.writes('ready')
      tool.process.kill(signal)
      expect(await tool.ended).toMatchObject({ code: 7, signal: null, stdout: 'ready\nheard\n' })
    },
  )

  it('ends like its program when a signal kills that', async () => {
    const { configDir } = await logInto()
    const code = "console.log('ready'); setInterval(() => {}, 1000)"
    const tool = startTool(['run', ...program(code)], { configDir })
    await tool.writes('ready')
    tool.process.kill('SIGTERM')
    expect(await tool.ended).toMatchObject({ code: null, signal: 'SIGTERM', stderr: '' })
    const killed = await runTool(['run', '--', 'sh', '-c', 'kill -KILL $$'], { configDir })
    expect(killed).toMatchObject({ code: null, signal: 'SIGKILL' })
  })

  it('waits for a program that ignores SIGTERM, and leaves no process behind', async () => {
    const { configDir } = await logInto()
    const end = join(configDir, 'end')
    const code = `process.on('SIGTERM', () => console.log('ignored')); console.log(process.pid); setInterval(() => require('fs').existsSync(${JSON.stringify(end)}) && process.exit(3), 20)`
    const tool = startTool(['run', ...program(code)], { configDir })
    await tool.writes('\n')
    for (let times = 1; times <= 3; times += 1) {
      tool.process.kill('SIGTERM')
      await tool.writes('ignored\n'.repeat(times))
    }
    expect(tool.process.exitCode).toBeNull()
    writeFileSync(end, '')
    const { code: exitCode, stdout } = await tool.ended
    expect(exitCode).toBe(3)
    expect(() => process.kill(Number(stdout.split('\n')[0]), 0)).toThrow('ESRCH')
  })

  it.each<[string, string[], number, string]>([
    ['no such program', ['no-such-program'], 127, "Can't run 'no-such-program': there is no such program."],
    ['no program at all', [], 2, "'run' needs a program to run."],
  ])('says what is wrong with %s', async (_what, command, code, message) => {
    const { configDir } = await logInto()
    const end = await runTool(['run', '--', ...command], { configDir })
    expect([end.code, end.stderr]).toEqual([code, expect.stringContaining(message)])
  })

  it('says that a file is not a program', async () => {
    const { configDir } = await logInto()
    const path = join(configDir, 'file')
    writeFileSync(path, 'text')
    chmodSync(path, 0o600)
    const end = await runTool(['run', '--', path], { configDir })
    expect([end.code, end.stderr]).toEqual([126, expect.stringContaining('the system refused it (EACCES)')])
  })

  it('starts nothing when nobody is logged in', async () => {
    const configDir = temporaryFolder()
    const path = join(configDir, 'started')
    mkdirSync(join(configDir, 'configs'), { mode: 0o700 })
    const end = await runTool(['run', '--profile', 'work', '--', 'touch', path], { configDir })
    expect([end.code, end.stderr]).toEqual([
      3,
      "Error: Not logged in (profile 'work').\nRun: anthropic-auth login --profile work\n",
    ])
    expect(existsSync(path)).toBe(false)
  })
})

describe('programs that take no lock, under run', { timeout: WATCHDOG_MS }, () => {
  it('send no refresh of their own, across two expiries', async () => {
    // Long enough that an SDK, which refreshes below 30 s, never has to.
    const { configDir, emulator } = await logInto({ tokenLifetimeSeconds: 50 })
    const stop = join(configDir, 'stop')
    const sdk = `'${process.execPath}' '${SDK_LOOP}' '${stop}'`
    const three = `for i in 1 2 3; do ${sdk} & pids="$pids $!"; done; for p in $pids; do wait $p || exit 1; done`
    const runs = [1, 2].map(() => startTool(['run', '--', 'sh', '-c', three], { configDir }))
    const firstExpiry = Number(readProfile(configDir, 'credentials')['expires_at'])
    await vi.waitUntil(() => Date.now() / 1000 > firstExpiry + 55, { timeout: WATCHDOG_MS, interval: 500 })
    writeFileSync(stop, '')
    const ends = await Promise.all(runs.map(async ({ ended }) => ended))
    expect(ends.map(({ code, stderr }) => [code, stderr])).toEqual([
      [0, ''],
      [0, ''],
    ])
    const refreshes = emulator.requests.filter(
      ({ path: at, body }) => at === TOKEN && body.includes('refresh_token'),
    )
    const agents = refreshes.map(({ headers }) => headers['user-agent'])
    expect(agents.every((agent) => agent?.startsWith('anthropic-auth/'))).toBe(true)
    expect(refreshes.every(({ status }) => status === 200)).toBe(true)
    expect(
      emulator.requests.filter(({ path: at }) => at === '/v1/messages').every(({ status }) => status === 200),
    ).toBe(true)
  })
})

describe('anthropic-auth refresh --watch', { timeout: WATCHDOG_MS }, () => {
  it('keeps a profile fresh until it is stopped', async () => {
    const { configDir, emulator } = await logInto({ tokenLifetimeSeconds: 8 })
    const tool = startTool(['refresh', '--watch'], { configDir })
    const renewals = (): number => tool.said().match(/^Refreshed the login/gm)?.length ?? 0
    // Right after a refresh, no other is under way.
    await vi.waitUntil(() => renewals() >= 3, { timeout: WATCHDOG_MS })
    tool.process.kill('SIGTERM')
    const { code, stderr } = await tool.ended
    expect([code, stderr.replaceAll(/^Refreshed .*\n/gm, '')]).toEqual([0, ''])
    expect(countOf(emulator, TOKEN)).toBe(4)
  })

  it('prints a line of JSON for each refresh', async () => {
    const { configDir } = await logInto()
    const tool = startTool(['refresh', '--watch', '--json'], { configDir })
    await tool.writes('expiresAt')
    tool.process.kill('SIGTERM')
    const { code, stdout } = await tool.ended
    expect(code).toBe(0)
    expect(Object.keys(JSON.parse(stdout.split('\n')[0] ?? '') as object)).toEqual(['profile', 'expiresAt'])
  })

  it('says once that the login has ended, and goes on after a new login', async () => {
    const { configDir, emulator } = await logInto({ tokenLifetimeSeconds: 4 })
    const tool = startTool(['refresh', '--watch'], { configDir })
    await vi.waitUntil(() => tool.said().includes('Refreshed'), { timeout: WATCHDOG_MS })
    emulator.endLogins()
    await vi.waitUntil(() => tool.said().includes('run in another terminal'), { timeout: WATCHDOG_MS })
    const other = await logInto()
    writeProfile(configDir, 'configs', readProfile(other.configDir, 'configs'))
    writeProfile(
      configDir,
      'credentials',
      readFileSync(join(other.configDir, 'credentials', 'default.json'), 'utf8'),
    )
    expect(tool.said().match(/run in another terminal/g)).toHaveLength(1)
    tool.process.kill('SIGTERM')
    expect(await tool.ended).toMatchObject({ code: 0 })
  })
})
