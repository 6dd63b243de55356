import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { type Emulator, startEmulator } from '@anthropic-auth/testing'
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest'
import { HELD_TIMERS, Terminal, type TerminalOptions, visit } from './terminal.ts'

const LOGIN = ['login', '--profile', 'work']
const PASTE_ONLY = [...LOGIN, '--no-browser']
const WAITING = 'Waiting. Or paste the code here:'
const ASKS = 'aste the code here:'
const CTRL_C = '\u0003'
const CTRL_D = '\u0004'
const CTRL_U = '\u0015'
const CTRL_Z = '\u001A'
const POLL = { timeout: 100_000 }
const LEFT = '\u001B[D'
const BACKSPACE = '\u007F'
const PASTE_START = '\u001B[200~'
const PASTE_END = '\u001B[201~'
const NOT_A_CODE = "That isn't a code."
const UNKNOWN = "The server doesn't know this code."
const TOO_LONG = 'That is longer than any code.'

let emulator: Emulator
beforeAll(async () => void (emulator = await startEmulator()))
afterAll(async () => emulator.close())

type Options = Omit<TerminalOptions, 'emulator'>

function open(args: readonly string[], options: Options = {}): Terminal {
  return new Terminal(args, { emulator, ...options })
}

/** A terminal that asks for the code. */
async function asking(args: readonly string[] = LOGIN, options: Options = {}): Promise<Terminal> {
  const terminal = open(args, options)
  await terminal.shows(ASKS)
  return terminal
}

async function pastedCode(terminal: Terminal): Promise<string> {
  return emulator.approve(await terminal.link())
}

async function allowInBrowser(terminal: Terminal): Promise<void> {
  await visit(await emulator.approve(await terminal.openedLink()))
}

function isSaved(terminal: Terminal): boolean {
  return existsSync(join(terminal.folder, 'config', 'credentials', 'work.json'))
}

// On Windows, the tests can't replace the user's own browser.
describe.skipIf(process.platform === 'win32')('terminalLogin(), on a terminal', { timeout: 200_000 }, () => {
  it('waits next to a prompt that disappears when the browser responds', async () => {
    const terminal = await asking()
    expect(terminal.screen.text).toContain('Opening the login page in your browser.')
    await allowInBrowser(terminal)
    expect(await terminal.end()).toBe(0)
    expect(terminal.screen.text).not.toContain(WAITING)
    expect(terminal.screen.text).toMatch(
      /\n\nLogged in as person@example\.com, Example Organization\. Saved to profile 'work'\.\nIt is now the active profile\.\n$/,
    )
    expect(isSaved(terminal)).toBe(true)
  })

  it('says whose login it will replace', async () => {
    const first = await asking()
    await allowInBrowser(first)
    expect(await first.end()).toBe(0)
    expect(first.screen.text).not.toContain('will replace')
    const env = { ANTHROPIC_CONFIG_DIR: join(first.folder, 'config') }
    const second = await asking(LOGIN, { env, columns: 200 })
    expect(second.screen.text).toContain(
      "Profile 'work' holds the login of person@example.com, which the new login will replace.",
    )
  })

  it('shows the link on one line of its own, however narrow the terminal', async () => {
    const terminal = await asking(PASTE_ONLY, { columns: 40 })
    const link = await terminal.link()
    expect(link.length).toBeGreaterThan(80)
    expect(new URL(link).searchParams.get('state')).toMatch(/^[\w-]{43}$/)
    expect(terminal.output).toContain(`\r\n${link}\r\n`)
  })

  it('shows the link as a hyperlink when the terminal supports that', async () => {
    const terminal = await asking(PASTE_ONLY, { env: { TERM_PROGRAM: 'WezTerm' } })
    const link = await terminal.link()
    expect(terminal.output).toContain(`\u001B]8;;${link}\u001B\\${link}\u001B]8;;\u001B\\\r\n`)
  })

  it('accepts a pasted code, and shows nothing of it afterwards', async () => {
    const terminal = await asking()
    const code = await pastedCode(terminal)
    terminal.type(`${PASTE_START}${code}${PASTE_END}`)
    await terminal.shows(code.slice(0, 30))
    terminal.type('\r')
    expect(await terminal.end()).toBe(0)
    expect(terminal.screen.text).not.toContain(code.slice(0, 30))
    expect(terminal.screen.text).not.toContain('Exchanging')
    expect(terminal.output).not.toContain('sk-ant-')
  })

  it('says what is wrong with a paste, asks again, and accepts the right code', async () => {
    const terminal = await asking()
    terminal.type('nonsense\r')
    await terminal.shows(NOT_A_CODE)
    expect(terminal.screen.text).not.toContain('nonsense')
    const before = countOf('token')
    terminal.type(`${await pastedCode(terminal)}\r`)
    expect(await terminal.end()).toBe(0)
    expect(terminal.screen.text).not.toContain(NOT_A_CODE)
    expect(countOf('token')).toBe(before + 1)
  })

  it.each([
    ['with its state', (code: string) => code.slice(1)],
    ['without its state', (code: string) => code.slice(1, code.indexOf('#'))],
  ])(
    'asks again for a code that the server does not know, %s, while it waits for the browser',
    async (_what, cut) => {
      const terminal = await asking()
      const code = await pastedCode(terminal)
      terminal.type(`${cut(code)}\r`)
      await terminal.shows(UNKNOWN)
      const before = countOf('token')
      terminal.type(`${cut(code)}\r`)
      await terminal.shows('The server has already refused this code')
      expect(countOf('token')).toBe(before)
      await allowInBrowser(terminal)
      expect(await terminal.end()).toBe(0)
      expect(isSaved(terminal)).toBe(true)
    },
  )

  it('joins the lines and pieces of a paste, which can be edited', async () => {
    const terminal = await asking()
    const code = await pastedCode(terminal)
    terminal.type(`${PASTE_START}one\r\ntwo\r\nthree`)
    terminal.type(PASTE_END)
    await terminal.shows(`${WAITING} onetwothree`)
    terminal.type(`${CTRL_U}${PASTE_START}${code.slice(1, 20)}\r\n`)
    terminal.type(`${code.slice(20)}\n${PASTE_END}`)
    await terminal.shows(`${WAITING} ${code.slice(1, 30)}`)
    terminal.type(`\u0001${code.slice(0, 1)}X${BACKSPACE}\r`)
    expect(await terminal.end()).toBe(0)
  })

  it.each([
    ['marked by the terminal', PASTE_START, PASTE_END],
    ['not marked', '', ''],
  ])('joins a code that was wrapped, with its indentation: %s', async (_how, start, end) => {
    const terminal = await asking()
    const code = await pastedCode(terminal)
    const parts = [code.slice(0, 15), code.slice(15, 30), code.slice(30)]
    terminal.type(`${start}  ${parts.join(' \u200B\r    ')}\r${end}`)
    if (end !== '') {
      await terminal.shows(code.slice(0, 35))
      terminal.type('\r')
    }
    expect(await terminal.end()).toBe(0)
    expect(terminal.screen.text).not.toContain('again')
  })

  it('does not send anything for Enter alone', async () => {
    const terminal = await asking()
    terminal.type('\r\rx')
    await terminal.shows(`${WAITING} x`)
    expect(terminal.screen.text).not.toContain('Copy')
  })

  it('shows a notice below the line while the user types, and removes both', async () => {
    const terminal = await asking()
    terminal.type('half')
    const link = new URL(await terminal.openedLink())
    const redirectUri = link.searchParams.get('redirect_uri') ?? ''
    expect(await visit(`${redirectUri}?code=stranger&state=stranger`)).toBe(400)
    await terminal.shows(`${WAITING} half\nIgnored a callback for a different login. Still waiting.`)
    terminal.type(`${LEFT}${LEFT}!`)
    await terminal.shows(`${WAITING} ha!lf\nIgnored`)
    await visit(await emulator.approve(link.href))
    expect(await terminal.end()).toBe(0)
    expect(terminal.screen.text).not.toMatch(/Ignored|half/)
  })

  it('breaks a notice between words', async () => {
    const terminal = await asking(LOGIN, { columns: 40 })
    terminal.type('nonsense\r')
    await terminal.shows('the page.')
    expect(terminal.screen.text).toContain("That isn't a code. Copy the whole code\nfrom the page.")
  })

  it('redraws nothing while it waits', async () => {
    const terminal = open([...LOGIN, '--timeout', '3'])
    expect(await terminal.end()).toBe(5)
    expect(terminal.plainOutput.split(WAITING)).toHaveLength(2)
  })

  it.each<[what: string, paste: (code: string) => string, notice: string]>([
    ['cut short', (code) => code.slice(0, -5), "That isn't the whole code. Copy all of it from the page"],
    [
      'cut at #',
      (code) => code.replace(/#.*/, '#'),
      "That isn't the whole code. Copy all of it from the page",
    ],
    ['of words', () => 'wrong code', "That isn't a code. Copy only the code from the page"],
    [
      'of another login',
      () => `${'c'.repeat(40)}#${'s'.repeat(43)}`,
      'That code is from a different login. Open the',
    ],
  ])('says in plain words what is wrong with a paste %s', async (_what, paste, notice) => {
    const terminal = await asking(LOGIN, { columns: 200 })
    const code = await pastedCode(terminal)
    terminal.type(`${paste(code)}\r`)
    await terminal.shows(notice)
    expect(terminal.screen.text).not.toMatch(/authorization response|The state/)
    terminal.type(`${code}\r`)
    expect(await terminal.end()).toBe(0)
  })

  it.each([
    ['ACCESSIBLE', LOGIN, { ACCESSIBLE: '1' }],
    ['--plain', [...LOGIN, '--plain'], {}],
  ])(
    'asks for the code in a line of its own with %s, and again after a refusal',
    async (_what, args, env) => {
      const terminal = open(args, { env, columns: 120 })
      await terminal.shows(`\n${WAITING}\n`)
      terminal.type('nonsense\r')
      await terminal.shows(`\nThat isn't a code. Copy the whole code from the page.\n${WAITING}\n`)
      terminal.type(`${await pastedCode(terminal)}\r`)
      expect(await terminal.end()).toBe(0)
    },
  )

  it('asks only for the code when no browser is opened, with --plain', async () => {
    const terminal = open([...PASTE_ONLY, '--plain'])
    await terminal.shows('\nPaste the code here:\n')
    terminal.type(`${await pastedCode(terminal)}\r`)
    expect(await terminal.end()).toBe(0)
  })

  it.each(['1', ''])('redraws nothing when ACCESSIBLE is %j', async (accessible) => {
    const terminal = open(LOGIN, { env: { ACCESSIBLE: accessible } })
    const code = await pastedCode(terminal)
    await terminal.openedLink()
    terminal.type(`nonsense\r${code}\r`)
    expect(await terminal.end()).toBe(0)
    expect(terminal.plainOutput).toContain(NOT_A_CODE)
    // eslint-disable-next-line no-control-regex
    expect(terminal.output.replaceAll(/\u001B\[[0-9;]*m/g, '')).not.toContain('\u001B')
  })

  it('ends at Ctrl-C, with the port free and the terminal as it was', async () => {
    const terminal = await asking([...LOGIN, '--port', String(await freePort())], { shell: NOTING_PID })
    await expect.poll(() => terminal.screen.marksPaste, POLL).toBe(true)
    terminal.type(`half${CTRL_C}`)
    await terminal.end()
    expect(terminal.screen.text).toMatch(
      /\n\nError: Interrupted\.\nRun the command again to continue\.\nexit code 130\n/,
    )
    expect(terminal.screen.marksPaste).toBe(false)
    expectUnchanged(terminal)
    expect(isSaved(terminal)).toBe(false)
  })

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('ends cleanly at %s', async (signal) => {
    const terminal = await asking(LOGIN, { shell: NOTING_PID })
    process.kill(pidOf(terminal), signal)
    await terminal.end()
    expect(terminal.screen.text).toMatch(/\n\nError: .+\n.+\nexit code 130\n/)
    expect(terminal.screen.marksPaste).toBe(false)
    expectUnchanged(terminal)
  })

  it('says that it exchanges the code that the browser has brought, and ends at Ctrl-C', async () => {
    emulator.faults.always('token', { type: 'no_answer' })
    onTestFinished(() => emulator.faults.clear())
    const terminal = await asking(LOGIN, { columns: 40 })
    await allowInBrowser(terminal)
    await terminal.shows('\n\nExchanging the code for tokens.')
    expect(terminal.screen.text).not.toContain(WAITING)
    terminal.type(CTRL_C)
    expect(await terminal.end()).toBe(130)
    expect(terminal.screen.text).not.toMatch(/Exchanging|\^C/)
    expect(isSaved(terminal)).toBe(false)
  })

  it('ends when no code comes in time', async () => {
    const terminal = await asking([...LOGIN, '--timeout', '2'], { env: HELD_TIMERS })
    terminal.type('half')
    await terminal.shows(`${WAITING} half`)
    terminal.kill('SIGUSR2')
    expect(await terminal.end()).toBe(5)
    expect(terminal.screen.text).toMatch(/\n\nError: No response came within 2 seconds\.\n/)
    expect(terminal.screen.text).not.toContain('half')
  })

  it('ends when access is denied', async () => {
    const terminal = await asking()
    await visit(await emulator.deny(await terminal.openedLink()))
    expect(await terminal.end()).toBe(4)
    expect(terminal.screen.text).toMatch(/\n\nError: The authorization server denied access/)
  })

  it('asks only for the code if no browser can be opened, and says why', async () => {
    const terminal = await asking(LOGIN, { env: { BROWSER: 'none' } })
    expect(terminal.screen.text).toContain(
      'Could not open the browser. BROWSER is set to none, which asks for no browser.\nOpen this link in any browser',
    )
    expect(terminal.screen.text).toMatch(/\n\n\S Paste the code here:$/)
    terminal.type(`${await pastedCode(terminal)}\r`)
    expect(await terminal.end()).toBe(0)
  })

  it('opens the page that shows the code if the port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const terminal = await asking([...LOGIN, '--port', String(port)])
    expect(terminal.screen.text).toContain(
      `Port ${port} is in use. Paste the code instead.\nOpening the login page in your browser. Paste the code that it shows.\nIf it does not open, open this link anywhere:\n\nhttp`,
    )
    terminal.type(`${await emulator.approve(await terminal.openedLink())}\r`)
    expect(await terminal.end()).toBe(0)
  })

  it('shows both links with --port and --no-browser', async () => {
    const port = await freePort()
    const terminal = await asking([...PASTE_ONLY, '--port', String(port)])
    expect(await terminal.link()).toContain(`redirect_uri=http%3A%2F%2Flocalhost%3A${port}%2F`)
    expect(terminal.screen.text).toContain('Or open this link anywhere and paste the code that it shows:')
    await visit(await emulator.approve(await terminal.link()))
    expect(await terminal.end()).toBe(0)
  })

  it('only waits for the browser after Ctrl-D, and ends at it if only a pasted code could come', async () => {
    const both = await asking()
    both.type(CTRL_D)
    await both.shows('\n\nWaiting for the browser.')
    await allowInBrowser(both)
    expect(await both.end()).toBe(0)
    const one = await asking(PASTE_ONLY)
    one.type(CTRL_D)
    expect(await one.end()).toBe(7)
    expect(one.screen.text).toMatch(/\n\nError: The input ended without a code\.\n/)
  })

  it('still asks after Ctrl-Z', async () => {
    const terminal = await asking()
    terminal.type(CTRL_Z)
    // It stops and continues.
    await expect.poll(() => terminal.output, POLL).toMatch(/2004h[^]+2004l[^]*2004h/)
    terminal.type('on')
    await terminal.shows(`${WAITING} on`)
    terminal.type(CTRL_C)
    expect(await terminal.end()).toBe(130)
  })

  it("redraws nothing when the terminal can't, and reads the code as a line", async () => {
    const terminal = open(LOGIN, { env: { TERM: 'dumb' } })
    const code = await pastedCode(terminal)
    await terminal.openedLink()
    terminal.type('nonsense\r')
    await terminal.shows(NOT_A_CODE)
    terminal.type(`${code}\r`)
    expect(await terminal.end()).toBe(0)
    expect(terminal.output).not.toContain('\u001B')
  })

  it('has no color if NO_COLOR is set', async () => {
    const terminal = await asking(LOGIN, { env: { NO_COLOR: '1' } })
    terminal.type(CTRL_C)
    await terminal.end()
    // eslint-disable-next-line no-control-regex
    expect(terminal.output).not.toMatch(/\u001B\[[0-9;]*m/)
    expect((await asking()).output).toContain('\u001B[1m')
  })

  it.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGINT', 130],
  ] as const)('leaves the terminal as it was when %s ends an application', async (signal, exitCode) => {
    const terminal = await asking([], { program: 'terminal-login-process.ts', shell: NOTING_PID })
    process.kill(pidOf(terminal), signal)
    await terminal.end()
    expect(terminal.screen.text).toContain(`exit code ${exitCode}\n`)
    expect(terminal.screen.marksPaste).toBe(false)
    expectUnchanged(terminal)
  })

  it.each(['exec "$@"', 'exec "$@" 2>/dev/null'])(
    'ends when it is aborted while it begins to ask: %s',
    async (shell) => {
      const terminal = open(['aborted'], { program: 'terminal-login-process.ts', shell })
      expect(await terminal.end()).toBe(1)
      expect(terminal.screen.marksPaste).toBe(false)
    },
  )

  it('ends when the hook for the links fails, as login() does', async () => {
    const terminal = open(['broken-url'], { program: 'terminal-login-process.ts' })
    expect(await terminal.end()).toBe(1)
    expect(terminal.screen.text).toContain('failed: hook')
    expect(terminal.screen.marksPaste).toBe(false)
  })

  it('goes on when the hook for progress fails, as login() does', async () => {
    const terminal = open(['broken-progress'], { program: 'terminal-login-process.ts' })
    await allowInBrowser(terminal)
    expect(await terminal.end()).toBe(0)
    expect(terminal.screen.text).toContain('logged in: person@example.com')
  })
})

describe.skipIf(process.platform === 'win32')('a paste that is too long', { timeout: 200_000 }, () => {
  it.each([
    ['marked by the terminal', PASTE_START, PASTE_END],
    ['not marked', '', ''],
  ])('is refused at once, costs little, and leaves no line behind: %s', async (_how, start, end) => {
    // However slowly the paste arrives, only its end counts as the end, and only the next paste as a new one.
    const terminal = await asking([], {
      program: 'terminal-login-process.ts',
      shell: NOTING_PID,
      env: HELD_TIMERS,
    })
    const code = await pastedCode(terminal)
    const before = [await cpuSecondsOf(terminal), countOf('token')] as const
    terminal.type(`${start}${'x'.repeat(60_000)}\r${UNKNOWN_CODE}\r${UNKNOWN_CODE}`)
    await terminal.shows(TOO_LONG)
    expect((await cpuSecondsOf(terminal)) - before[0]).toBeLessThan(1)
    terminal.type(end)
    // This is a separate paste, whatever came before.
    terminal.type(`${PASTE_START}${code}${PASTE_END}`)
    await terminal.shows(`${WAITING} ${code.slice(0, 30)}`)
    terminal.type('\r')
    await terminal.end()
    expect(terminal.screen.text).toContain('logged in: person@example.com')
    expect(countOf('token')).toBe(before[1] + 1)
  })

  it.each([
    ['marked by the terminal', PASTE_START, PASTE_END],
    ['not marked', '', ''],
  ])('can be interrupted, and the shell gets nothing of it: %s', async (_how, start, end) => {
    const terminal = await asking(LOGIN, { shell: THEN_READING })
    terminal.type(`${start}${'x'.repeat(30_000)}${CTRL_C}${'y'.repeat(3000)}\r${'z'.repeat(3000)}\r${end}\r`)
    await terminal.shows('ready')
    terminal.type('mine\r')
    await terminal.end()
    expect(terminal.screen.text).toContain('\nexit code 130\n')
    expect(terminal.screen.text).toContain('the shell got [mine]')
    expect(terminal.screen.marksPaste).toBe(false)
    expect(terminal.output).not.toMatch(/[yz]{3}/)
    expectUnchanged(terminal)
  })

  it('leaves nothing to the shell when the browser brings the code meanwhile', async () => {
    const terminal = await asking(LOGIN, { shell: THEN_READING })
    terminal.type(`${PASTE_START}${'x'.repeat(9000)}`)
    await terminal.shows(TOO_LONG)
    terminal.type('y'.repeat(3000))
    await allowInBrowser(terminal)
    await terminal.shows('ready')
    terminal.type('mine\r')
    await terminal.end()
    expect(terminal.screen.text).toContain('\nexit code 0\n')
    expect(terminal.screen.text).toContain('the shell got [mine]')
    expectUnchanged(terminal)
  })

  it('is reported to an application', async () => {
    const terminal = await asking(['noting'], { program: 'terminal-login-process.ts' })
    terminal.type(`${PASTE_START}${'x'.repeat(9000)}${PASTE_END}`)
    await terminal.shows(TOO_LONG)
    await allowInBrowser(terminal)
    await terminal.end()
    // The launcher of the browser is watched for a moment before it counts as opened.
    expect(terminal.screen.text).toMatch(
      /events: (?:browser_opened )?paste_refused (?:browser_opened )?exchanging\n/,
    )
  })
})

describe.skipIf(process.platform === 'win32')(
  'while a pasted code is exchanged',
  { timeout: 200_000 },
  () => {
    async function exchanging(args: readonly string[], options: Options = {}): Promise<Terminal> {
      emulator.faults.always('token', { type: 'no_answer' })
      onTestFinished(() => emulator.faults.clear())
      const terminal = await asking(args, options)
      const before = countOf('token')
      terminal.type(`${await pastedCode(terminal)}\r`)
      await vi.waitUntil(() => countOf('token') > before, POLL)
      return terminal
    }

    it.each([
      ['Ctrl-C', (terminal: Terminal) => terminal.type(CTRL_C)],
      ['SIGINT', (terminal: Terminal) => process.kill(pidOf(terminal), 'SIGINT')],
      ['SIGTERM', (terminal: Terminal) => process.kill(pidOf(terminal), 'SIGTERM')],
      ['SIGHUP', (terminal: Terminal) => process.kill(pidOf(terminal), 'SIGHUP')],
    ])('%s ends the login, and leaves the terminal as it was', async (_what, act) => {
      for (const args of [LOGIN, PASTE_ONLY]) {
        const terminal = await exchanging(args, { shell: `trap : INT; ${NOTING_PID}` })
        act(terminal)
        await terminal.end()
        expect(terminal.screen.text).toMatch(/\n\nError: .+\n.+\nexit code 130\n/)
        expect(terminal.screen.text).not.toContain('Exchanging')
        expect(terminal.screen.marksPaste).toBe(false)
        expectUnchanged(terminal)
        expect(isSaved(terminal)).toBe(false)
      }
    })

    it('Ctrl-D changes nothing, and the browser may still bring the code', async () => {
      emulator.faults.always('token', { type: 'delay', ms: 1500 })
      onTestFinished(() => emulator.faults.clear())
      const terminal = await asking(LOGIN, { shell: NOTING_PID })
      const before = countOf('token')
      const code = await pastedCode(terminal)
      terminal.type(`${code.slice(1)}\r`)
      await vi.waitUntil(() => countOf('token') > before, POLL)
      terminal.type(CTRL_D)
      await allowInBrowser(terminal)
      await terminal.end()
      expect(terminal.screen.text).toContain('exit code 0')
      expectUnchanged(terminal)
    })

    it.each([
      ['while it asks', async () => asking(LOGIN)],
      ['while it exchanges', async () => exchanging(LOGIN)],
    ])('ends when the terminal is closed %s', async (_when, start) => {
      const terminal = await start()
      terminal.close()
      expect(await terminal.ended).toBeGreaterThan(0)
      expect(isSaved(terminal)).toBe(false)
    })

    it.each([
      ['SIGTERM', 143],
      ['SIGHUP', 129],
      ['SIGINT', 130],
    ] as const)('%s ends an application that has no handler for it', async (signal, exitCode) => {
      const terminal = await exchanging([], { program: 'terminal-login-process.ts', shell: NOTING_PID })
      process.kill(pidOf(terminal), signal)
      await terminal.end()
      expect(terminal.screen.text).toContain(`exit code ${exitCode}\n`)
      expect(terminal.screen.marksPaste).toBe(false)
      expectUnchanged(terminal)
    })
  },
)

describe.skipIf(process.platform === 'win32')(
  'terminalLogin(), without a terminal',
  { timeout: 200_000 },
  () => {
    /** Runs a shell command with the code in a file. `then` is a program that reads the rest. */
    async function withInput(shell: string, args: readonly string[] = PASTE_ONLY): Promise<Terminal> {
      return new Terminal(args, {
        emulator,
        columns: 250,
        env: { NO_COLOR: '1' },
        shell: `${shell}; echo "exit code $?"`,
      })
    }

    it('reads lines until one is the code, and ends while its input is still open', async () => {
      const terminal = await withInput('mkfifo codes; exec 3<>codes; "$@" <codes')
      const code = await pastedCode(terminal)
      writeFileSync(join(terminal.folder, 'codes'), `wrong#state\nnonsense\n${UNKNOWN_CODE}\r\n${code}\n`)
      await terminal.end()
      expect(terminal.screen.text).toMatch(
        /\n.*login.*\nThat isn't a code\. .+\nExchanging .+\nThe server doesn't know this code\. .+\nExchanging .+\nLogged in .+\nIt is now the active profile\.\nexit code 0\n$/,
      )
      expect(terminal.output).not.toContain('\u001B')
    })

    it.each([
      ['a pipe', 'cat codes | { "$@"; echo "rc $?"; cat; }'],
      ['a file', '{ "$@"; echo "rc $?"; cat; } <codes'],
    ])('leaves the input after the fifth line in %s to the next program', async (_what, shell) => {
      const terminal = await withInput(`until [ -s codes ]; do sleep 0.05; done; ${shell}`)
      const lines = [`${UNKNOWN_CODE}#another-state`, '1', '', 'x'.repeat(20_000), '5', 'first', 'last']
      writeFileSync(join(terminal.folder, 'codes'), lines.join('\n'))
      await terminal.end()
      expect(terminal.screen.text).toContain('\nrc 7\nfirst\nlastexit code 0\n')
    })

    it('leaves the input after the right code to the next program', async () => {
      const terminal = await withInput('mkfifo codes; exec 3<>codes; { "$@"; head -n 1; } <codes')
      const code = await pastedCode(terminal)
      writeFileSync(join(terminal.folder, 'codes'), `${code}\nthe next line\n`)
      await terminal.end()
      expect(terminal.screen.text).toMatch(
        /\nLogged in .+\nIt is now the active profile\.\nthe next line\nexit code 0\n$/,
      )
    })

    it.each([
      ['yes', 'yes'],
      ['empty lines', "yes ''"],
      ['lines that are too long', `yes ${'x'.repeat(9000)}`],
      ['one line without end', 'tr "\\0" x </dev/zero'],
      ['a device', 'cat /dev/zero'],
    ])('gives up after five lines of %s, and sends nothing', async (_what, input) => {
      const before = countOf('token')
      const terminal = await withInput(`${input} | { "$@"; echo "rc $?"; }`)
      await terminal.end()
      expect(terminal.screen.text).toContain(
        '\nError: None of the first 5 lines of standard input was the code.\n',
      )
      expect(terminal.screen.text).toContain('\nrc 7\n')
      expect(terminal.output.length).toBeLessThan(4000)
      expect(countOf('token')).toBe(before)
    })

    it('goes on after a line that is too long', async () => {
      const terminal = await withInput('mkfifo codes; exec 3<>codes; "$@" <codes')
      const code = await pastedCode(terminal)
      writeFileSync(join(terminal.folder, 'codes'), `${'x'.repeat(60_000)}${code}\n${code}\n`)
      await terminal.end()
      expect(terminal.screen.text).toMatch(/\nLogged in .+\nIt is now the active profile\.\nexit code 0\n$/)
    })

    it('does not read its input unless no browser is wanted: it may be the script that runs it', async () => {
      const terminal = await withInput('echo "the script goes on" >script; { "$@"; cat; } <script', LOGIN)
      expect(await terminal.link()).toContain('redirect_uri=http%3A%2F%2Flocalhost%3A')
      await allowInBrowser(terminal)
      await terminal.end()
      expect(terminal.screen.text).toContain('in a browser on this machine')
      expect(terminal.screen.text).not.toContain('paste')
      expect(terminal.screen.text).toMatch(
        / Saved to profile .+\nIt is now the active profile\.\nthe script goes on\nexit code 0\n$/,
      )
    })

    it('ends at once when no browser can be opened either', async () => {
      const terminal = open(LOGIN, {
        columns: 250,
        env: { BROWSER: 'none', NO_COLOR: '1' },
        shell: 'echo nonsense | { "$@"; echo "exit code $?"; cat; }',
      })
      await terminal.end()
      expect(terminal.screen.text).toMatch(
        /^Error: Could not open the browser\. BROWSER is set to none, which asks for no browser\.\n.+ --no-browser .+\nexit code 9\nnonsense\n/m,
      )
    })

    it('goes on when no browser opens but the user sees the link, and ends otherwise', async () => {
      const env = { ...HELD_TIMERS, BROWSER: '/nowhere/browser', PATH: '/usr/bin:/bin', NO_COLOR: '1' }
      const seen = open(LOGIN, { env, columns: 250, shell: '"$@" </dev/null; echo "exit code $?"' })
      await seen.shows('Could not open the browser')
      await visit(await emulator.approve(await seen.link()))
      await seen.end()
      expect(seen.screen.text).toContain('exit code 0')
      const unseen = open(LOGIN, { env, shell: '"$@" </dev/null 2>messages; echo "exit code $?"' })
      await unseen.end()
      expect(unseen.screen.text).toContain('exit code 9')
      const messages = readFileSync(join(unseen.folder, 'messages'), 'utf8')
      expect(messages.match(/Could not open the browser/g)).toHaveLength(1)
      expect(messages).toMatch(/\nError: Could not open the browser: \S+ exited with code \d\.\n/)
    })

    it('ends when its input ends', async () => {
      const terminal = await withInput('echo nonsense | "$@"')
      await terminal.end()
      expect(terminal.screen.text).toMatch(
        /\nThat isn't a code\. .+\nError: The input ended without a code\.\n.+\nexit code 7\n$/,
      )
    })

    it('goes on waiting for the browser when its input ends, with --port', async () => {
      const args = [...PASTE_ONLY, '--port', String(await freePort())]
      const terminal = open(args, { shell: 'exec "$@" </dev/null' })
      await visit(await emulator.approve(await terminal.link()))
      expect(await terminal.end()).toBe(0)
    })

    it('ends while it still reads, with --port', async () => {
      const args = [...PASTE_ONLY, '--port', String(await freePort())]
      const terminal = await withInput('mkfifo codes; exec 3<>codes; "$@" <codes', args)
      await visit(await emulator.approve(await terminal.link()))
      await terminal.end()
      expect(terminal.screen.text).toContain('exit code 0')
    })

    it('writes plain lines, and nothing to standard output', async () => {
      const terminal = open(LOGIN, { shell: '"$@" >out 2>messages; echo "exit code $?"' })
      await allowInBrowser(terminal)
      await terminal.end()
      const messages = readFileSync(join(terminal.folder, 'messages'), 'utf8')
      expect(messages).toMatch(
        /\nhttps?:\/\/\S+\n\nExchanging the code for tokens\.\nLogged in as .+\nIt is now the active profile\.\n$/,
      )
      expect(messages).not.toContain('\u001B')
      expect(messages).not.toMatch(/\r|sk-ant-/)
      expect(readFileSync(join(terminal.folder, 'out'), 'utf8')).toBe('')
    })
  },
)

/** A text that could be a code, but isn't one. */
const UNKNOWN_CODE = 'not-a-code-of-the-server'

/** Runs the program, notes its process id, and shows its exit code and the terminal's settings. */
const NOTING_PID = `stty -g; sh -c 'echo $$ >pid; exec "$@"' sh "$@"; echo "exit code $?"; stty -g`

/** Does the same, and then reads a line, as a shell does. */
const THEN_READING = `${NOTING_PID}; echo ready; IFS= read -r line; echo "the shell got [$line]"`

function countOf(endpoint: 'token'): number {
  const { pathname } = new URL(emulator.endpoints[endpoint])
  return emulator.requests.filter(({ path }) => path === pathname).length
}

/** Returns the processor time of the program. */
async function cpuSecondsOf(terminal: Terminal): Promise<number> {
  const path = join(terminal.folder, 'cpu')
  rmSync(path, { force: true })
  process.kill(pidOf(terminal), 'SIGUSR1')
  await vi.waitUntil(() => existsSync(path) && readFileSync(path, 'utf8').endsWith('\n'), POLL)
  return Number(readFileSync(path, 'utf8'))
}

/** A signal to process 0 would go to this process and its group. */
function pidOf(terminal: Terminal): number {
  const pid = Number(readFileSync(join(terminal.folder, 'pid'), 'utf8'))
  expect(pid).toBeGreaterThan(1)
  return pid
}

function expectUnchanged(terminal: Terminal): void {
  const [before, after] = terminal.plainOutput.match(/^[0-9a-f]+(?::[0-9a-f]+){9,}/gm) ?? []
  expect(before).toBeDefined()
  expect(after).toBe(before)
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
