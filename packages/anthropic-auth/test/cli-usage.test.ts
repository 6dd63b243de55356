import { closeSync, existsSync, openSync } from 'node:fs'
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { temporaryFolder } from '../../profile-store/test/temporary-folder.ts'
import { countOf, logInto, pasteLogin, writeProfile } from './tool-login.ts'
import { startTestEmulator } from '../../testing/test/test-emulator.ts'
import { Terminal } from './terminal.ts'
import { runTool, startTool } from './tool-process.ts'

const WATCHDOG_MS = 300_000
const COMMANDS = ['login', 'token', 'status', 'refresh', 'create-key', 'logout']
const ALL_COMMANDS = [...COMMANDS, 'run', 'list', 'use', 'doctor', 'completion', 'help']

let configDir: string

beforeEach(() => {
  configDir = temporaryFolder()
})

describe('anthropic-auth --help', { timeout: WATCHDOG_MS }, () => {
  it.each([[], ...ALL_COMMANDS.map((command) => [command])])(
    'of %o fits a terminal, with an example',
    async (...args) => {
      const { code, stdout, stderr } = await runTool([...args, '--help'], { configDir })
      expect(stderr).toBe('')
      expect(code).toBe(0)
      const examples = stdout.slice(stdout.indexOf('\nExamples:\n'))
      expect(examples).toMatch(new RegExp(String.raw`^ {2}\$ .*anthropic-auth ${args[0] ?? 'login'}`, 'm'))
      expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([])
    },
  )

  it('names every command, environment variable and exit code', async () => {
    const { stdout } = await runTool(['--help'], { configDir })
    for (const command of ALL_COMMANDS) expect(stdout).toMatch(new RegExp(`\\n  ${command}[ ,]`))
    for (const name of [
      'ANTHROPIC_PROFILE',
      'ANTHROPIC_CONFIG_DIR',
      'ANTHROPIC_BASE_URL',
      'ANTHROPIC_CONSOLE_URL',
      'ANTHROPIC_OAUTH_CLIENT_ID',
      'ANTHROPIC_ORGANIZATION_ID',
      'ANTHROPIC_WORKSPACE_ID',
      'NO_COLOR',
      'ACCESSIBLE',
    ]) {
      expect(stdout).toContain(`\n  ${name} `)
    }
    for (const exitCode of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 126, 127, 130]) {
      expect(stdout).toMatch(new RegExp(String.raw`\n  ${exitCode} {2,}[a-z]`))
    }
  })

  it('is shown as a usage error when no command was given', async () => {
    const { code, stdout, stderr } = await runTool([], { configDir })
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toContain('Usage: anthropic-auth')
  })

  it('has the version beside it', async () => {
    expect(await runTool(['--version'], { configDir })).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^\d+\.\d+\.\d+\n$/),
    })
  })
})

describe('anthropic-auth, used wrongly', { timeout: WATCHDOG_MS }, () => {
  it.each<[string, string[]]>([
    ["Unknown command 'bogus'", ['bogus']],
    ["Unknown option '--bogus'", ['status', '--bogus']],
    ["Unknown option '--profile'", ['--profile', 'work', 'status']],
    ["Invalid --profile '': must not be empty", ['token', '--profile', '']],
    [
      'Invalid --profile [hidden]: must not be longer than 64 characters',
      ['login', '--profile', 'a'.repeat(65)],
    ],
    ["Invalid --scope ' ': must not be empty", ['login', '--print-tokens', '--scope', ' ']],
    ['--base-url must be https', ['status', '--base-url', 'http://example.com']],
    ["--all can't be used with --profile", ['logout', '--all', '--profile', 'work']],
    ["--header can't be used with --env", ['token', '--header', '--env']],
  ])('says “%s” for %o, and exits with 2', async (problem, args) => {
    writeProfile(configDir, 'credentials', { access_token: 'sk-ant-oat01-a', expires_at: 1_999_999_999 })
    const text = await runTool(args, { configDir })
    expect([text.code, text.stdout]).toEqual([2, ''])
    expect(text.stderr).toContain(problem)
    expect(text.stderr).not.toContain('    at ')
    const json = await runTool([...args, '--json'], { configDir })
    expect([json.code, json.stdout]).toEqual([2, ''])
    expect(errorOf(json.stderr)).toMatchObject({
      code: 'invalid_config',
      message: expect.stringContaining(problem),
      hint: expect.stringMatching(/\w/),
    })
  })

  it.each<[string, string, string]>([
    ['auth', "Unknown command 'auth'", "Leave out the word 'auth', as in: anthropic-auth login"],
    ['auth status', "Unknown command 'auth'", "Leave out the word 'auth', as in: anthropic-auth status"],
    [
      'auth switch work',
      "Unknown command 'auth'",
      "Leave out the word 'auth', as in: anthropic-auth use work",
    ],
    ['profiles work', "Unknown command 'profiles'", 'Did you mean: anthropic-auth list'],
    ['switch work', "Unknown command 'switch'", 'Did you mean: anthropic-auth use work'],
    ['switch', "Unknown command 'switch'", 'Did you mean: anthropic-auth use'],
    ['switch 1234567890123', "Unknown command 'switch'", 'Did you mean: anthropic-auth use'],
    ['print-access-token', "Unknown command 'print-access-token'", 'Did you mean: anthropic-auth token'],
    ['create-token', "Unknown command 'create-token'", 'Did you mean: anthropic-auth token'],
    ['setup-token', "Unknown command 'setup-token'", 'Did you mean: anthropic-auth token'],
    ['create-api-key', "Unknown command 'create-api-key'", 'Did you mean: anthropic-auth create-key'],
    [
      'remove work',
      "Unknown command 'remove'",
      'Did you mean: anthropic-auth logout --remove --profile work',
    ],
    [
      'delete -p work',
      "Unknown command 'delete'",
      'Did you mean: anthropic-auth logout --remove --profile work',
    ],
    ['exec node app.js', "Unknown command 'exec'", 'Did you mean: anthropic-auth run'],
    ['tokne', "Unknown command 'tokne'", 'Did you mean: anthropic-auth token'],
    ['version', "Unknown command 'version'", 'Did you mean: anthropic-auth --version'],
    ['-v', "Unknown option '-v'", 'Did you mean: anthropic-auth --version'],
    ['status -v', "Unknown option '-v'", 'Did you mean: --debug'],
    ['login -p work', "Unknown option '-p'", 'Did you mean: anthropic-auth login --profile work'],
    ['login --prfile work', "Unknown option '--prfile'", 'Did you mean: --profile'],
    ['use --profile work', "Unknown option '--profile'", 'Did you mean: anthropic-auth use work'],
    ['use --profile=work', "Unknown option '--profile'", 'Did you mean: anthropic-auth use work'],
    [
      'list --profile work',
      "Unknown option '--profile'",
      'Did you mean: anthropic-auth status --profile work',
    ],
    [
      '--profile private status',
      "Unknown option '--profile'",
      'Put --profile after the command, as in: anthropic-auth status --profile private',
    ],
    ['-p work use', "Unknown option '-p'", 'Put --profile after the command, as in: anthropic-auth use work'],
    [
      '--base-url https://example.com token',
      "Unknown option '--base-url'",
      'Put --base-url after the command, as in: anthropic-auth token --base-url URL',
    ],
    [
      'login work',
      "'login' takes no argument, but got 'work'",
      'Did you mean: anthropic-auth login --profile work',
    ],
    [
      'login work --no-browser',
      "'login' takes no argument, but got 'work'",
      'Did you mean: anthropic-auth login --profile work --no-browser',
    ],
    [
      'login max',
      "'login' takes no argument, but got 'max'",
      'Did you mean: anthropic-auth login --mode max',
    ],
    [
      'token 12345678901234567890',
      "'token' takes no argument, but got [hidden]",
      'To see the options, run: anthropic-auth token --help',
    ],
  ])('suggests what the user may have meant: %s', async (line, problem, nextStep) => {
    const args = line.split(' ')
    const text = await runTool(args, { configDir })
    expect([text.code, text.stderr]).toEqual([2, `Error: ${problem}.\n${nextStep}\n`])
    const json = await runTool([...args, '--json'], { configDir })
    expect(errorOf(json.stderr)).toMatchObject({
      message: problem,
      hint: expect.stringContaining(nextStep),
    })
  })

  it('suggests the command whose help the user may have wanted', async () => {
    const { code, stderr } = await runTool(['help', 'switch'], { configDir })
    expect([code, stderr.split('\n')[1]]).toEqual([2, 'Did you mean: anthropic-auth help use'])
  })

  it('wraps a usage error on a terminal, and keeps its command whole', async () => {
    const terminal = new Terminal(['login', 'work', '--no-browser'], {
      emulator: await startTestEmulator(),
      columns: 40,
    })
    expect(await terminal.end()).toBe(2)
    expect(terminal.output.replaceAll('\r', '')).toBe(
      "Error: 'login' takes no argument, but\ngot 'work'.\nDid you mean:\nanthropic-auth login --profile work --no-browser\n",
    )
  })

  it('leaves the options of a program that it runs to the program', async () => {
    for (const args of [
      ['run', '--', 'program', '--json', '--debug'],
      ['run', '--profile', 'work', 'program', '--json'],
    ]) {
      const { code, stderr } = await runTool(args, { configDir })
      expect([code, stderr]).toEqual([3, expect.stringMatching(/^Error: Not logged in .+\nRun: .+\n$/)])
    }
    const { stderr } = await runTool(['run', '--json', '--', 'program'], { configDir })
    expect(errorOf(stderr)).toMatchObject({ code: 'reauthentication_required' })
  })

  it('shows the help of a command that help names', async () => {
    for (const [args, title] of [
      [[], ' [options] [command]'],
      [['run'], ' run'],
      [['whoami'], ' status|whoami'],
    ] as const) {
      const { code, stdout } = await runTool(['help', ...args], { configDir })
      expect([code, stdout.slice(0, 200)]).toEqual([
        0,
        expect.stringContaining(`Usage: anthropic-auth${title}`),
      ])
    }
  })

  it('runs status for whoami', async () => {
    const { code, stderr } = await runTool(['whoami'], { configDir })
    expect([code, stderr]).toEqual([3, expect.stringContaining('Not logged in')])
  })

  it.each([
    ['status', 'code-1234#state-5678', 'sk-ant-oat01-12345678'],
    ['sk-ant-oat01-12345678'],
    ['login', '--sk-ant-oat01-12345678'],
    ['login', '--port', 'sk-ant-oat01-12345678'],
    ['token', '--profile', 'sk-ant-oat01-12345678', 'code-1234#state-5678'],
    ['code-1234#state-5678'],
    ['login', '--code=1234-5678'],
    ['login', '--port', 'code-1234#state-5678'],
    ['login', '--mode', 'code-1234 <5678>'],
  ])('shows no secret that was pasted into the wrong place: %s', async (...args) => {
    for (const flags of [[], ['--json', '--debug']]) {
      const { code, stdout, stderr } = await runTool([...args, ...flags], { configDir })
      expect([code, stdout]).toEqual([2, ''])
      expect(stderr).toMatch(/error/i)
      expect(stderr).not.toMatch(/1234|5678/)
    }
  })

  it.each([
    ['ANTHROPIC_PROFILE', '../x'],
    ['ANTHROPIC_BASE_URL', 'ftp://example.com'],
  ])('says which variable is wrong: %s', async (name, value) => {
    writeProfile(configDir, 'credentials', { access_token: 'sk-ant-oat01-a', expires_at: 1_999_999_999 })
    // A logout removes the login in any case.
    const isOfHost = name === 'ANTHROPIC_BASE_URL'
    for (const command of COMMANDS.slice(1)) {
      const { code, stdout, stderr } = await runTool([command], { configDir, env: { [name]: value } })
      expect([command, code, stdout]).toEqual([command, isOfHost && command === 'logout' ? 0 : 2, ''])
      expect(stderr).toContain(`${name} `)
    }
  })

  it('says which setting of a profile is wrong', async () => {
    writeProfile(configDir, 'configs', { base_url: 'http://example.com' })
    writeProfile(configDir, 'credentials', { access_token: 'sk-ant-oat01-a' })
    const { code, stderr } = await runTool(['token'], { configDir })
    expect(code).toBe(2)
    expect(stderr).toContain("base_url of profile 'default' must be https")
  })
})

describe('anthropic-auth, what it writes', { timeout: WATCHDOG_MS }, () => {
  it('has no colours without a terminal', async () => {
    for (const args of [['--help'], ['status'], ['status', '--debug'], ['bogus']]) {
      const { stdout, stderr } = await runTool(args, { configDir })
      expect(stdout + stderr).not.toContain('\u001B')
    }
  })

  it('shows a stack only with --debug, in JSON and in text', async () => {
    const text = await runTool(['status', '--debug'], { configDir })
    expect(text.stderr).toMatch(/^Error: Not logged in.*\n.*\n[^]*\n {4}at /)
    const json = await runTool(['status', '--debug', '--json'], { configDir })
    expect(errorOf(json.stderr)).toMatchObject({ stack: expect.stringContaining('\n    at ') })
    expect(errorOf((await runTool(['status', '--json'], { configDir })).stderr)).not.toHaveProperty('stack')
  })

  it('ends quietly when nobody reads its output', async () => {
    writeProfile(configDir, 'credentials', { access_token: 'sk-ant-oat01-a', expires_at: 1_999_999_999 })
    for (const args of [['token'], ['status'], ['--help']]) {
      const tool = startTool(args, { configDir })
      tool.process.stdout?.destroy()
      expect(await tool.ended).toMatchObject({ code: 130, stderr: '' })
    }
    const tool = startTool(['bogus'], { configDir })
    tool.process.stderr?.destroy()
    expect(await tool.ended).toMatchObject({ code: 2, stdout: '' })
  })

  it.skipIf(!existsSync('/dev/full'))("reports output that can't be written, and exits with 8", async () => {
    writeProfile(configDir, 'credentials', { access_token: 'sk-ant-oat01-a', expires_at: 1_999_999_999 })
    const full = openSync('/dev/full', 'w')
    onTestFinished(() => closeSync(full))
    const { code, stderr } = await runTool(['token'], { configDir, stdout: full })
    expect(code).toBe(8)
    expect(stderr).toMatch(
      /^Error: Can't write to standard output \(ENOSPC\)\.\nCheck the file or pipe that standard output goes to\. The disk may be full\.\n$/,
    )
    expect(stderr).not.toContain('    at ')
  })

  it.skipIf(!existsSync('/dev/full'))('says where to delete an API key that nobody has seen', async () => {
    const { emulator, configDir: folder } = await logInto()
    const full = openSync('/dev/full', 'w')
    onTestFinished(() => closeSync(full))
    const problem = `The API key was created, but could not be printed (ENOSPC). Nobody has seen it, and it stays valid`
    const hint = `To delete it, open ${emulator.apiUrl}/settings/keys\nThen check the file or pipe that standard output goes to, and run the command again.`
    const { code, stderr } = await runTool(['create-key'], { configDir: folder, stdout: full })
    expect([code, stderr]).toEqual([8, `Error: ${problem}.\n${hint}\n`])
    const json = await runTool(['create-key', '--json'], { configDir: folder, stdout: full })
    expect([json.code, errorOf(json.stderr)]).toEqual([
      8,
      expect.objectContaining({ message: problem, hint }),
    ])
    const unread = startTool(['create-key'], { configDir: folder })
    unread.process.stdout?.destroy()
    expect(await unread.ended).toMatchObject({
      code: 8,
      stderr: `Error: ${problem.replace('ENOSPC', 'EPIPE')}.\n${hint}\n`,
    })
  })

  it.skipIf(!existsSync('/dev/full')).each([[], ['--json']])(
    'revokes the tokens of a login that nobody has seen: %o',
    async (...flags) => {
      const at = await startTestEmulator()
      const full = openSync('/dev/full', 'w')
      onTestFinished(() => closeSync(full))
      const args = ['--print-tokens', '--base-url', at.url, ...flags]
      const { code, stderr } = await pasteLogin(at, args, { configDir, stdout: full })
      expect(code).toBe(8)
      expect(stderr).toContain(
        'The login worked, but its tokens could not be printed (ENOSPC), so nobody has seen them. Its tokens were revoked',
      )
      expect(stderr).toContain(
        'Check the file or pipe that standard output goes to, and run the command again.',
      )
      expect(countOf(at, '/v1/oauth/token/revoke')).toBe(1)
    },
  )

  it.skipIf(!existsSync('/dev/full'))(
    'says that unseen tokens stay valid if they were not revoked',
    async () => {
      const at = await startTestEmulator()
      at.faults.always('revoke', { type: 'server_error' })
      const full = openSync('/dev/full', 'w')
      onTestFinished(() => closeSync(full))
      const args = ['--print-tokens', '--base-url', at.url]
      const { code, stderr } = await pasteLogin(at, args, { configDir, stdout: full })
      expect([code, stderr]).toEqual([
        8,
        expect.stringContaining('Its tokens could not be revoked and stay valid until they expire: '),
      ])
    },
  )

  it.skipIf(!existsSync('/dev/full'))('keeps a saved login whose tokens could not be printed', async () => {
    const at = await startTestEmulator()
    const full = openSync('/dev/full', 'w')
    onTestFinished(() => closeSync(full))
    const args = ['--profile', 'w', '--print-tokens', '--base-url', at.url]
    const { code, stderr } = await pasteLogin(at, args, { configDir, stdout: full })
    expect([code, stderr]).toEqual([8, expect.stringContaining("Saved to profile 'w'.")])
    expect(countOf(at, '/v1/oauth/token/revoke')).toBe(0)
    expect((await runTool(['refresh', '--profile', 'w'], { configDir })).code).toBe(0)
  })
})

function errorOf(stderr: string): unknown {
  const lines = stderr.trimEnd().split('\n')
  expect(lines).toHaveLength(1)
  return (JSON.parse(lines[0] ?? '') as { error: unknown }).error
}
