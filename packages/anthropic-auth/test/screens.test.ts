import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Emulator, startEmulator } from '@anthropic-auth/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RenderedLine, renderTerminal } from './rendered-terminal.ts'
import { LONG_EMAIL, LONG_NAME, makeGallery } from './profile-gallery.ts'
import { Terminal } from './terminal.ts'
import { runTool } from './tool-process.ts'

const [RED, GREEN] = [1, 2]
const WIDTHS = [40, 80, 200]
const KEY = { ANTHROPIC_API_KEY: 'k' }
const SCREENS: readonly (readonly [screen: string, exitCode: number, env?: NodeJS.ProcessEnv])[] = [
  ['list', 0, { ...KEY, ANTHROPIC_PROFILE: 'gone' }],
  ['status --profile wide', 0, KEY],
  ['status --profile hostile', 0],
  ['status --profile ended', 3],
  ['status --profile machine', 0],
  ['status --profile incomplete', 2],
  [`status --profile ${LONG_NAME}`, 0],
  [`doctor --profile ${LONG_NAME}`, 0, KEY],
  ['doctor --profile broken', 8],
]
/** A command that a remedy names. */
const COMMAND = /(?<=: )(?:anthropic-auth|unset|export|mv) [^]*?(?=\.? [A-Z]|\n|$)/g

let emulator: Emulator
beforeAll(async () => void (emulator = await startEmulator()))
afterAll(async () => emulator.close())

interface Shown {
  readonly code: number
  readonly output: string
  readonly lines: readonly RenderedLine[]
}

async function show(screen: string, columns: number, env: NodeJS.ProcessEnv = {}): Promise<Shown> {
  const terminal = new Terminal(screen.split(' '), { emulator, columns, env })
  const code = await terminal.end()
  const { output } = terminal
  return { code, output, lines: await renderTerminal(output, columns) }
}

function textOf({ lines }: Shown): string {
  return lines.map(({ text }) => text).join('\n')
}

/** Returns all words, however the lines are broken. */
function wordsOf(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '')
}

describe.skipIf(process.platform === 'win32')('the screens', { timeout: 300_000 }, () => {
  for (const [screen, exitCode, env = {}] of SCREENS) {
    it.each(WIDTHS)(`${screen} ${JSON.stringify(env)} fit %i columns`, async (columns) => {
      const all = { ...env, ANTHROPIC_CONFIG_DIR: makeGallery() }
      const colored = await show(screen, columns, all)
      expect(colored.code).toBe(exitCode)
      // The terminal may break only texts that must be copied whole: one word, or a command.
      const broken = colored.lines.filter(({ rows }) => rows.length > 1).map(({ text }) => text.trim())
      expect(broken.filter((text) => !/^(\S+|(anthropic-auth|mv) .*)$/.test(text))).toEqual([])
      if (columns > 40) return
      const plain = await show(screen, columns, { ...all, NO_COLOR: '1' })
      expect(plain.output).not.toContain('\u001B')
      expect(textOf(plain)).toBe(textOf(colored))
    })
  }

  it.each(WIDTHS)('wrap no command and no value at %i columns', async (columns) => {
    const env = { ...KEY, ANTHROPIC_CONFIG_DIR: makeGallery(), NO_COLOR: '1' }
    const { stdout, stderr } = await runTool(['doctor', '--profile', 'broken'], {
      configDir: env.ANTHROPIC_CONFIG_DIR,
      env: {
        ...KEY,
        ANTHROPIC_BASE_URL: emulator.apiUrl,
        ANTHROPIC_CONSOLE_URL: emulator.url,
        BROWSER: 'true',
      },
    })
    const commands = (stdout + stderr).match(COMMAND) ?? []
    expect(commands).toHaveLength(2)
    const doctor = textOf(await show('doctor --profile broken', columns, env))
    for (const command of commands) expect(doctor).toContain(command)
    expect(wordsOf(doctor)).toEqual(expect.arrayContaining([...wordsOf(stdout)]))
    const status = textOf(await show(`status --profile ${LONG_NAME}`, columns, env))
    for (const value of [LONG_EMAIL, LONG_NAME, emulator.apiUrl]) expect(wordsOf(status)).toContain(value)
    const list = textOf(await show('list', columns, env))
    for (const value of [LONG_EMAIL, LONG_NAME]) expect(wordsOf(list)).toContain(value)
  })

  it.each([{ TERM: 'dumb' }, { NO_COLOR: '1' }])('have no escape sequence with %j', async (env) => {
    const all = { ...KEY, ...env, ANTHROPIC_CONFIG_DIR: makeGallery() }
    for (const screen of ['list', 'status', 'doctor']) {
      expect((await show(screen, 80, all)).output).not.toContain('\u001B')
    }
  })

  it('have neither colors nor line breaks in a pipe', async () => {
    const configDir = makeGallery()
    const { stdout, stderr } = await runTool(['list'], { configDir, env: KEY })
    expect(stdout + stderr).not.toContain('\u001B')
    expect(stdout.split('\n')).toHaveLength(15)
    expect(stderr).toBe(
      'Warning: ANTHROPIC_API_KEY is set, so the official SDKs use it and ignore the active profile. To use the login, run: unset ANTHROPIC_API_KEY\n',
    )
  })

  it('have colors where they carry meaning', async () => {
    const env = { ANTHROPIC_CONFIG_DIR: makeGallery() }
    const [status] = (await show('status', 80, env)).lines
    expect(status?.rows[0]).toMatchObject([
      { text: 'Status', color: null, isBold: true },
      { text: '        ', color: null, isBold: false },
      { text: 'logged in', color: GREEN, isBold: false },
    ])
    const list = (await show('list', 200, env)).lines.map(({ rows }) => rows[0]?.map(({ color }) => color))
    expect(list.flat().filter((color) => color !== null)).toEqual([RED, RED, GREEN, GREEN])
  })

  it.each(['list', 'status', 'doctor'])('%s --json is one line at every width', async (command) => {
    const env = { ANTHROPIC_CONFIG_DIR: makeGallery() }
    const [narrow, wide] = [
      await show(`${command} --json`, 40, env),
      await show(`${command} --json`, 200, env),
    ]
    expect(narrow.output).toBe(wide.output)
    expect(narrow.output.trim().split('\n')).toHaveLength(1)
    expect(() => JSON.parse(narrow.output) as unknown).not.toThrow()
  })

  it('let no name steer the terminal, also with --json', async () => {
    const env = { ANTHROPIC_CONFIG_DIR: makeGallery() }
    const json = await show('status --profile hostile --json', 80, env)
    expect(json.output).toContain(String.raw`Exa\u001b[2J\u001b]0;x\u0007mple\r\n\u202eForged \u009b31m`)
    expect(JSON.parse(json.output)).toMatchObject({
      organization: { name: 'Exa\u001B[2J\u001B]0;x\u0007mple\r\n\u202EForged \u009B31m' },
    })
  })

  it('align columns after wide characters', async () => {
    const { lines } = await show('list', 200, { ANTHROPIC_CONFIG_DIR: makeGallery(), NO_COLOR: '1' })
    const beginOf = (name: string): number => {
      const row = lines.find(({ text }) => text.startsWith(`   ${name} `))?.rows[0] ?? []
      const text = row.map((span) => span.text).join('')
      const width = row.reduce((sum, span) => sum + span.width, 0)
      return width - (text.length - text.lastIndexOf('logged in'))
    }
    expect(beginOf('wide')).toBe(beginOf('one'))
  })

  it('say which profile is active when it does not exist', async () => {
    const configDir = makeGallery()
    writeFileSync(join(configDir, 'active_config'), 'gone\n')
    const text = await show('list', 200, { ANTHROPIC_CONFIG_DIR: configDir })
    expect(textOf(text)).toMatch(/^\* {2}gone +does not exist$/m)
    expect(textOf(text)).toContain(
      "\nWarning: The active profile 'gone' does not exist. To use 'ants', run: anthropic-auth use ants\n",
    )
    const json = await runTool(['list', '--json'], { configDir, env: { ANTHROPIC_PROFILE: 'lost' } })
    expect((JSON.parse(json.stdout) as { isActive: boolean }[]).filter(({ isActive }) => isActive)).toEqual([
      {
        profile: 'lost',
        isActive: true,
        type: 'missing',
        isLoggedIn: false,
        hasEnded: false,
        account: null,
        organization: null,
        mode: null,
        baseUrl: null,
        expiresAt: null,
        refreshTokenExpiresAt: null,
      },
    ])
    expect(JSON.parse(json.stderr)).toEqual({
      warning: {
        message:
          "The active profile 'lost' does not exist. To use 'ants', run: export ANTHROPIC_PROFILE=ants",
      },
    })
    expect((await runTool(['list', '--quiet'], { configDir })).stdout).not.toContain('gone')
  })

  it('say why the active profile is unknown', async () => {
    const configDir = makeGallery()
    const end = await runTool(['list'], { configDir, env: { ANTHROPIC_PROFILE: '../x' } })
    expect([end.code, end.stdout]).toEqual([0, expect.not.stringContaining('*')])
    expect(end.stderr).toMatch(/^Warning: ANTHROPIC_PROFILE is not a valid profile name\. Use only letters/)
  })

  it('mark an active federation profile', async () => {
    const end = await runTool(['list'], { configDir: makeGallery(), env: { ANTHROPIC_PROFILE: 'machine' } })
    expect(end.stdout).toMatch(/^\* {2}machine +an-organization +machine +federation$/m)
  })

  it('say how to use a login that the SDKs do not use', async () => {
    const configDir = makeGallery()
    const advice = async (env: NodeJS.ProcessEnv): Promise<string> =>
      (await runTool(['status', '--profile', 'one'], { configDir, env })).stderr
    expect(await advice({})).toBe('To use this login, run: anthropic-auth use one\n')
    expect(await advice({ ANTHROPIC_PROFILE: 'work' })).toBe(
      'To use this login, run: export ANTHROPIC_PROFILE=one\n',
    )
    expect(await advice({ ANTHROPIC_PROFILE: 'one' })).toBe('')
  })

  it.each(WIDTHS)('the help fits %i columns, apart from the commands in it', async (columns) => {
    const { lines } = await show('--help', columns)
    const broken = lines.filter(({ rows }) => rows.length > 1).map(({ text }) => text.trim())
    expect(broken.filter((text) => !/^(\$|Usage:) /.test(text))).toEqual([])
    const text = lines.map((line) => line.text).join('\n')
    expect(text.replaceAll(/\s+/g, ' ')).toContain('In this tool, flags take precedence over the profile')
    expect(text).toContain('\n  10     missing scope\n')
    expect(text).toContain(columns === 40 ? '\n  NO_COLOR\n    turn off colors\n' : '\n  NO_COLOR  ')
  })

  it.each([
    [
      40,
      '\n  --timeout <duration>\n    time limit for the login, such as\n    90s or 10m, up to 24h (default: 5m)\n',
    ],
    [
      80,
      '\n  --timeout <duration>   time limit for the login, such as 90s or 10m, up to 24h\n                         (default: 5m)\n',
    ],
  ])('the options of a command fit %i columns, below their names if need be', async (columns, option) => {
    const { lines } = await show('login --help', columns)
    expect(lines.map(({ text }) => text).join('\n')).toContain(option)
  })

  it.each(WIDTHS)('the lines of a login fit %i columns', async (columns) => {
    const terminal = new Terminal(['login', '--profile', 'work', '--no-browser'], { emulator, columns })
    await terminal.shows('aste the code')
    const link = await terminal.link()
    const lines = await renderTerminal(terminal.output, columns)
    expect(lines.filter(({ rows }) => rows.length > 1).map(({ text }) => text)).toEqual([link])
    terminal.type(`${await emulator.approve(link)}\r`)
    expect(await terminal.end()).toBe(0)
    expect(terminal.plainOutput.replaceAll(/\s+/g, ' ')).toContain(
      "Logged in as person@example.com, Example Organization. Saved to profile 'work'.",
    )
  })
})
