import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { once } from 'node:events'
import { join } from 'node:path'
import { type Emulator, startEmulator } from '@anthropic-auth/testing'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
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

async function pastedAnswer(terminal: Terminal): Promise<string> {
  return emulator.approve(await terminal.link())
}

async function allowInBrowser(terminal: Terminal): Promise<void> {
  await visit(await emulator.approve(await terminal.openedLink()))
}

function isSaved(terminal: Terminal): boolean {
  return existsSync(join(terminal.folder, 'config', 'credentials', 'work.json'))
}

// No test of the tool on Windows can stand in for the person's own browser.
describe.skipIf(process.platform === 'win32')('terminalLogin(), on a terminal', { timeout: 200_000 }, () => {
  it('waits beside a prompt that disappears when the browser answers', async () => {
    const terminal = await asking()
    expect(terminal.screen.text).toContain('Opening the login page in your browser.')
    await allowInBrowser(terminal)
    expect(await terminal.end()).toBe(0)
    expect(terminal.screen.text).not.toContain(WAITING)
    expect(terminal.screen.text).toMatch(
      /\n\nLogged in as person@example\.com, Example Organization\. Saved to profile 'work'\.\n$/,
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
      "Profile 'work' holds the login of person@example.com, which this one will replace.",
    )
  })

  it('shows the link on one line of its own, however narrow the terminal', async () => {
    const terminal = await asking(PASTE_ONLY, { columns: 40 })
    const link = await terminal.link()
    expect(link.length).toBeGreaterThan(80)
    expect(new URL(link).searchParams.get('state')).toMatch(/^[\w-]{43}$/)
    expect(terminal.output).toContain(`\r\n${link}\r\n`)
  })

  it('shows the link as a hyperlink where the terminal knows them', async () => {
    const terminal = await asking(PASTE_ONLY, { env: { TERM_PROGRAM: 'WezTerm' } })
    const link = await terminal.link()
    expect(terminal.output).toContain(`\u001B]8;;${link}\u001B\\${link}\u001B]8;;\u001B\\\r\n`)
  })

  it('takes a pasted code, and shows nothing of it afterwards', async () => {
    const terminal = await asking()
    const answer = await pastedAnswer(terminal)
    terminal.type(`\u001B[200~${answer}\u001B[201~`)
    await terminal.shows(answer.slice(0, 30))
    terminal.type('\r')
    expect(await terminal.end()).toBe(0)
    expect(terminal.screen.text).not.toContain(answer.slice(0, 30))
    expect(terminal.screen.text).not.toContain('Exchanging')
    expect(terminal.output).not.toContain('sk-ant-')
  })

  it('tells what is wrong with a paste, asks again, and takes the right one', async () => {
    const terminal = await asking()
    terminal.type('nonsense\r')
    await terminal.shows('The server does not know this code.')
    expect(terminal.screen.text).not.toContain('nonsense')
    terminal.type(`${await pastedAnswer(terminal)}\r`)
    expect(await terminal.end()).toBe(0)
    expect(terminal.screen.text).not.toContain('does not know')
  })

  it('takes a paste that is broken into lines and comes in pieces as one answer, which can be edited', async () => {
    const terminal = await asking()
    const answer = await pastedAnswer(terminal)
    terminal.type(`\u001B[200~one\r\ntwo\r\nthree`)
    terminal.type('\u001B[201~')
    await terminal.shows(`${WAITING} onetwothree`)
    terminal.type(`${CTRL_U}\u001B[200~${answer.slice(1, 20)}\r\n`)
    terminal.type(`${answer.slice(20)}\n\u001B[201~`)
    await terminal.shows(`${WAITING} ${answer.slice(1, 30)}`)
    terminal.type(`\u0001${answer.slice(0, 1)}X${BACKSPACE}\r`)
    expect(await terminal.end()).toBe(0)
  })

  it('takes Enter alone as no answer', async () => {
    const terminal = await asking()
    terminal.type('\r\rx')
    await terminal.shows(`${WAITING} x`)
    expect(terminal.screen.text).not.toContain('Copy')
  })

  it('shows a notice below what somebody types, and takes both away', async () => {
    const terminal = await asking()
    terminal.type('half')
    const link = new URL(await terminal.openedLink())
    const redirectUri = link.searchParams.get('redirect_uri') ?? ''
    expect(await visit(`${redirectUri}?code=stranger&state=stranger`)).toBe(400)
    await terminal.shows(`${WAITING} half\nAn answer that does not belong to this login was refused.`)
    terminal.type(`${LEFT}${LEFT}!`)
    await terminal.shows(`${WAITING} ha!lf\nAn answer`)
    await visit(await emulator.approve(link.href))
    expect(await terminal.end()).toBe(0)
    expect(terminal.screen.text).not.toMatch(/refused|half/)
  })

  it('breaks a notice between words', async () => {
    const terminal = await asking(LOGIN, { columns: 40 })
    terminal.type('nonsense\r')
    await terminal.shows('again.')
    expect(terminal.screen.text).toContain(
      'The server does not know this code.\nCopy the whole answer from the browser,\nin the form code#state, and paste it\nagain.',
    )
  })

  it('ends at Ctrl-C, with the port free and the terminal as it was', async () => {
    const terminal = await asking([...LOGIN, '--port', String(await freePort())], { shell: NOTING_PID })
    await expect.poll(() => terminal.screen.marksPaste, POLL).toBe(true)
    terminal.type(`half${CTRL_C}`)
    await terminal.end()
    expect(terminal.screen.text).toMatch(/\n\nError: The login was aborted\.\n.+\nexit code 130\n/)
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

  it('says that it exchanges the code, and ends at Ctrl-C then', async () => {
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

  it('ends when no answer comes in time', async () => {
    const terminal = await asking([...LOGIN, '--timeout', '2'], { env: HELD_TIMERS })
    terminal.type('half')
    await terminal.shows(`${WAITING} half`)
    terminal.kill('SIGUSR2')
    expect(await terminal.end()).toBe(5)
    expect(terminal.screen.text).toMatch(/\n\nError: No answer came within 2 seconds\.\n/)
    expect(terminal.screen.text).not.toContain('half')
  })

  it('ends when access is denied', async () => {
    const terminal = await asking()
    await visit(await emulator.deny(await terminal.openedLink()))
    expect(await terminal.end()).toBe(4)
    expect(terminal.screen.text).toMatch(/\n\nError: Access was denied/)
  })

  it('asks for the code alone where no browser can be opened, and says why', async () => {
    const terminal = await asking(LOGIN, { env: { BROWSER: 'none' } })
    expect(terminal.screen.text).toContain(
      'The browser was not opened. BROWSER is set to none, which asks for no browser.\nOpen this link in a browser',
    )
    expect(terminal.screen.text).toMatch(/\n\n\S Paste the code here:$/)
    terminal.type(`${await pastedAnswer(terminal)}\r`)
    expect(await terminal.end()).toBe(0)
  })

  it('opens the page that shows the code where the port is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    onTestFinished(() => void server.close())
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const terminal = await asking([...LOGIN, '--port', String(port)])
    expect(terminal.screen.text).toContain(
      `Port ${port} is in use. Paste the code instead.\nOpening the login page in your browser. Paste the code that it shows.\nIf none opens, open this link anywhere:\n\nhttp`,
    )
    terminal.type(`${await emulator.approve(await terminal.openedLink())}\r`)
    expect(await terminal.end()).toBe(0)
  })

  it('shows both links where the port is known beforehand and no browser is wanted', async () => {
    const port = await freePort()
    const terminal = await asking([...PASTE_ONLY, '--port', String(port)])
    expect(await terminal.link()).toContain(`redirect_uri=http%3A%2F%2Flocalhost%3A${port}%2F`)
    expect(terminal.screen.text).toContain('Or open this one anywhere and paste the code that it shows:')
    await visit(await emulator.approve(await terminal.link()))
    expect(await terminal.end()).toBe(0)
  })

  it('waits for the browser alone after Ctrl-D, and ends at it where only a paste could come', async () => {
    const both = await asking()
    both.type(CTRL_D)
    await both.shows('\n\nWaiting for the browser.')
    await allowInBrowser(both)
    expect(await both.end()).toBe(0)
    const one = await asking(PASTE_ONLY)
    one.type(CTRL_D)
    expect(await one.end()).toBe(7)
    expect(one.screen.text).toMatch(/\n\nError: The input ended before a code came\.\n/)
  })

  it('still asks after Ctrl-Z', async () => {
    const terminal = await asking()
    terminal.type(CTRL_Z)
    // It stops, and goes on.
    await expect.poll(() => terminal.output, POLL).toMatch(/2004h[^]+2004l[^]*2004h/)
    terminal.type('on')
    await terminal.shows(`${WAITING} on`)
    terminal.type(CTRL_C)
    expect(await terminal.end()).toBe(130)
  })

  it('draws nothing over where the terminal can not, and takes the code as a line', async () => {
    const terminal = open(LOGIN, { env: { TERM: 'dumb' } })
    const answer = await pastedAnswer(terminal)
    await terminal.openedLink()
    terminal.type('nonsense\r')
    await terminal.shows('The server does not know this code.')
    terminal.type(`${answer}\r`)
    expect(await terminal.end()).toBe(0)
    expect(terminal.output).not.toContain('\u001B')
  })

  it('has no colour where NO_COLOR asks for none', async () => {
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
    const terminal = await asking([], { program: 'terminal-program.ts', shell: NOTING_PID })
    process.kill(pidOf(terminal), signal)
    await terminal.end()
    expect(terminal.screen.text).toContain(`exit code ${exitCode}\n`)
    expect(terminal.screen.marksPaste).toBe(false)
    expectUnchanged(terminal)
  })

  it.each(['exec "$@"', 'exec "$@" 2>/dev/null'])(
    'ends when it is aborted while it begins to ask: %s',
    async (shell) => {
      const terminal = open(['aborted'], { program: 'terminal-program.ts', shell })
      expect(await terminal.end()).toBe(1)
      expect(terminal.screen.marksPaste).toBe(false)
    },
  )

  it('ends where the hook for the links fails, as login() does', async () => {
    const terminal = open(['broken-url'], { program: 'terminal-program.ts' })
    expect(await terminal.end()).toBe(1)
    expect(terminal.screen.text).toContain('failed: hook')
    expect(terminal.screen.marksPaste).toBe(false)
  })

  it('goes on where the hook for progress fails, as login() does', async () => {
    const terminal = open(['broken-progress'], { program: 'terminal-program.ts' })
    await allowInBrowser(terminal)
    expect(await terminal.end()).toBe(0)
    expect(terminal.screen.text).toContain('logged in: person@example.com')
  })
})

describe.skipIf(process.platform === 'win32')(
  'terminalLogin(), without a terminal',
  { timeout: 200_000 },
  () => {
    it('reads lines until one is the code, and ends while its input is still open', async () => {
      const shell = 'mkfifo answers; exec 3<>answers; "$@" <answers; echo "exit code $?"'
      const terminal = open(LOGIN, { shell, columns: 250, env: { NO_COLOR: '1' } })
      const answer = await pastedAnswer(terminal)
      await terminal.openedLink()
      writeFileSync(join(terminal.folder, 'answers'), `wrong#answer\nnonsense\n${answer}\n`)
      await terminal.end()
      expect(terminal.screen.text).toMatch(
        / is not that of this login\. .+\nExchanging .+\nThe server does not know this code\. .+\nExchanging .+\nLogged in .+\nexit code 0\n$/,
      )
      expect(terminal.output).not.toContain('\u001B')
    })

    it('goes on waiting for the browser when its input ends', async () => {
      const terminal = open(LOGIN, { shell: 'exec "$@" </dev/null' })
      await allowInBrowser(terminal)
      expect(await terminal.end()).toBe(0)
    })

    it.each([
      ['only a paste could come', PASTE_ONLY, {}],
      ['no browser can be opened', LOGIN, { BROWSER: 'none' }],
      ['none was opened', LOGIN, { ...HELD_TIMERS, BROWSER: '/nowhere/browser', PATH: '/usr/bin:/bin' }],
    ])('ends when its input ends and %s', async (_why, args, env) => {
      const terminal = open(args, { env, shell: 'echo nonsense | "$@"; echo "exit code $?"' })
      await terminal.end()
      expect(terminal.screen.text).toMatch(
        /\nError: The input ended before a code came\.\nRun this on a terminal, or write the code to its standard input\.\nexit code 7\n$/,
      )
    })

    it('writes plain lines, and nothing to standard output', async () => {
      const terminal = open(LOGIN, { shell: '"$@" >out 2>messages; echo "exit code $?"' })
      await allowInBrowser(terminal)
      await terminal.end()
      const messages = readFileSync(join(terminal.folder, 'messages'), 'utf8')
      expect(messages).toMatch(/\nhttps?:\/\/\S+\n\nExchanging the code for tokens\.\nLogged in as .+\n$/)
      expect(messages).not.toContain('\u001B')
      expect(messages).not.toMatch(/\r|sk-ant-/)
      expect(readFileSync(join(terminal.folder, 'out'), 'utf8')).toBe('')
    })
  },
)

/** Runs it so that its process can be signalled, and tells what became of it and of the terminal. */
const NOTING_PID = `stty -g; sh -c 'echo $$ >pid; exec "$@"' sh "$@"; echo "exit code $?"; stty -g`

/** Of 0, a signal would go to this very process and all of its group. */
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
