import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Emulator, startEmulator } from '@anthropic-auth/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Terminal, type TerminalOptions, visit } from './terminal.ts'

const QUESTION = "Save to profile 'default'? [Y/n]"
const ASKS = 'aste the code here:'
const CTRL_C = '\u0003'
const CTRL_D = '\u0004'
// eslint-disable-next-line no-control-regex
const COLOR = /\u001B\[[0-9;]*m/
// eslint-disable-next-line no-control-regex
const SEQUENCE_BESIDES_COLOR = /\u001B(?!\[[0-9;]*m)/

let emulator: Emulator
beforeAll(async () => void (emulator = await startEmulator()))
afterAll(async () => emulator.close())

async function asked(options: Omit<TerminalOptions, 'emulator'> = {}): Promise<Terminal> {
  const terminal = new Terminal(['login'], { emulator, columns: 120, ...options })
  await terminal.shows(QUESTION)
  return terminal
}

describe.skipIf(process.platform === 'win32')('login, on a terminal', { timeout: 200_000 }, () => {
  it.each(['\r', 'y\r', 'YES\r'])('asks before it opens the browser, and reads %j as yes', async (reply) => {
    const terminal = await asked()
    expect(terminal.screen.text.split('\n').at(-1)).toBe(`? ${QUESTION}`)
    expect(terminal.screen.text).not.toContain('Opening')
    terminal.type(reply)
    await terminal.shows(ASKS)
    expect(terminal.screen.text).toContain("? Save to profile 'default'? yes\n")
    await visit(await emulator.approve(await terminal.openedLink()))
    expect(await terminal.end()).toBe(0)
    expect(terminal.screen.text).toContain("Saved to profile 'default'.")
    expect(existsSync(join(terminal.folder, 'config', 'credentials', 'default.json'))).toBe(true)
  })

  it.each(['n\r', 'No\r'])('reads %j as no, and does nothing', async (reply) => {
    const terminal = await asked()
    terminal.type(reply)
    expect(await terminal.end()).toBe(130)
    expect(terminal.screen.text).toMatch(/^\? .+ no\nError: .*nothing was saved\.\n/im)
    expect(terminal.screen.text).not.toContain('/oauth/authorize')
    expect(existsSync(join(terminal.folder, 'config'))).toBe(false)
  })

  it.each([
    ['works: no', 3600, '[y/N]', 130],
    ['is over: yes', -1, '[Y/n]', 0],
  ])('reads Enter as the default if the login to replace %s', async (_what, seconds, choices, code) => {
    const terminal = new Terminal(['login'], {
      emulator,
      columns: 120,
      shell: `mkdir -p -m 700 config/credentials && (umask 077; echo "$LOGIN" >config/credentials/default.json) && exec "$@"`,
      env: {
        LOGIN: JSON.stringify({
          access_token: 'sk-ant-oat01-old',
          expires_at: Math.floor(Date.now() / 1000) + seconds,
        }),
      },
    })
    await terminal.shows(`Save to profile 'default'? ${choices}`)
    terminal.type('\r')
    if (code === 0) {
      await terminal.shows(ASKS)
      await visit(await emulator.approve(await terminal.openedLink()))
    }
    expect(await terminal.end()).toBe(code)
  })

  it('asks again after input that is neither yes nor no', async () => {
    const terminal = await asked()
    terminal.type('maybe\r')
    await terminal.shows(`${QUESTION}\nEnter y or n.`)
    terminal.type('n\r')
    expect(await terminal.end()).toBe(130)
    expect(terminal.screen.text).not.toContain('Enter y or n.')
  })

  it.each([
    ['Ctrl-C', CTRL_C, 'Interrupted.\nRun the command again to continue.'],
    [
      'Ctrl-D',
      CTRL_D,
      'Not confirmed.\nNothing was changed. Run the command again, or choose a profile with --profile NAME.',
    ],
  ])('ends at %s, and does nothing', async (_name, key, message) => {
    const terminal = await asked()
    terminal.type(key)
    expect(await terminal.end()).toBe(130)
    expect(terminal.screen.text).toMatch(/^\? .+\nError: /m)
    expect(terminal.screen.text.endsWith(`Error: ${message}\n`)).toBe(true)
    expect(existsSync(join(terminal.folder, 'config'))).toBe(false)
  })

  it("asks in plain lines when the terminal can't redraw", async () => {
    const terminal = await asked({ env: { TERM: 'dumb' } })
    terminal.type('maybe\r')
    await terminal.shows(`Enter y or n.\n${QUESTION}`)
    terminal.type('\r')
    const code = await emulator.approve(await terminal.link())
    terminal.type(`${code}\r`)
    expect(await terminal.end()).toBe(0)
    expect(terminal.output).not.toContain('\u001B')
  })

  it.each([
    ['ACCESSIBLE', ['login'], { ACCESSIBLE: '1' }],
    ['--plain', ['login', '--plain'], {}],
    ['--plain before the command', ['--plain', 'login'], {}],
  ])('asks in plain lines and moves no cursor with %s', async (_what, args, env) => {
    const terminal = new Terminal(args, { emulator, columns: 120, env })
    await terminal.shows(QUESTION)
    terminal.type('maybe\r')
    await terminal.shows(`Enter y or n.\n${QUESTION}`)
    terminal.type('y\r')
    terminal.type(`nonsense\r${await emulator.approve(await terminal.link())}\r`)
    expect(await terminal.end()).toBe(0)
    expect(terminal.output).not.toMatch(SEQUENCE_BESIDES_COLOR)
    // A carriage return without a line feed would go back to the beginning of the line.
    expect(terminal.output).not.toMatch(/\r(?!\n)/)
  })

  it('draws the question once, and once more for each key', async () => {
    const terminal = await asked()
    await new Promise((resolve) => setTimeout(resolve, 2500))
    expect(terminal.plainOutput.split(QUESTION)).toHaveLength(2)
    terminal.type('n')
    await terminal.shows(`${QUESTION} n`)
    expect(terminal.plainOutput.split(QUESTION)).toHaveLength(3)
  })

  it('has no color when NO_COLOR is set', async () => {
    const terminal = await asked({ env: { NO_COLOR: '1' } })
    terminal.type('n\r')
    expect(await terminal.end()).toBe(130)
    expect(terminal.output).not.toMatch(COLOR)
    expect((await asked()).output).toMatch(COLOR)
  })

  it('asks nothing and changes nothing unless both input and output are a terminal', async () => {
    for (const shell of ['"$@" </dev/null', '"$@" 2>messages || cat messages']) {
      const terminal = new Terminal(['login'], { emulator, shell, columns: 120, env: { NO_COLOR: '1' } })
      await terminal.end()
      expect(terminal.screen.text).toBe(
        'Error: No profile was given, and there is no terminal to ask in.\nAdd --profile NAME to save the login, or --print-tokens to print the tokens.\n',
      )
      expect(existsSync(join(terminal.folder, 'config'))).toBe(false)
    }
  })

  it("ends at Ctrl-C when the terminal can't redraw", async () => {
    const terminal = await asked({ env: { TERM: 'dumb' } })
    terminal.type(CTRL_C)
    expect(await terminal.end()).toBe(130)
    expect(existsSync(join(terminal.folder, 'config'))).toBe(false)
  })

  it('asks nothing when the user named the destination, and keeps messages out of standard output', async () => {
    const shell = '"$@" >out; echo "exit code $?"'
    const terminal = new Terminal(['login', '--print-tokens', '--json'], { emulator, shell })
    await terminal.shows(ASKS)
    await visit(await emulator.approve(await terminal.openedLink()))
    await terminal.end()
    expect(terminal.screen.text).toMatch(/\n\nexit code 0\n$/)
    expect(terminal.output).not.toContain('sk-ant-')
    const tokens: unknown = JSON.parse(readFileSync(join(terminal.folder, 'out'), 'utf8'))
    expect(tokens).toMatchObject({ accessToken: expect.stringMatching(/^sk-ant-oat01-/) })
    expect(existsSync(join(terminal.folder, 'config'))).toBe(false)
  })

  it('says in one line what the terms of use say before it goes on with --mode max', async () => {
    const args = ['login', '--print-tokens', '--no-browser', '--mode', 'max']
    const terminal = new Terminal(args, { emulator, columns: 250 })
    await terminal.shows(ASKS)
    expect(terminal.screen.text).toMatch(/^Anthropic's terms restrict .+ https:\S+\nOpen this link /)
  })

  it('never calls a login that could not be saved a success', async () => {
    const terminal = new Terminal(['login', '--profile', 'work'], { emulator })
    await terminal.shows(ASKS)
    const config = join(terminal.folder, 'config')
    rmSync(config, { recursive: true, force: true })
    writeFileSync(config, '')
    await visit(await emulator.approve(await terminal.openedLink()))
    expect(await terminal.end()).toBe(8)
    expect(terminal.screen.text).toMatch(/\n\nError: The login worked, but could not be saved:\s/)
    expect(terminal.screen.text).not.toContain('Logged in')
  })
})
