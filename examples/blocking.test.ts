import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { spawn as spawnInTerminal } from '@lydell/node-pty'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { allowAccess } from './test/user.ts'
import { createStandInBrowser, NO_BROWSER } from './test/stand-in-browser.ts'
import { PROGRAM_OPTIONS } from '../scripts/tests/program-options.ts'

const LINK = /http:\/\/127\.0\.0\.1:\d+\/\S*oauth\/authorize\S+/
/** A whole token or key, not only its beginning. */
const WHOLE_SECRET = /sk-ant-[a-z]+\d+-[\w-]{20,}/

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

interface Terminal {
  /** Waits until the screen contains something, and returns the match. */
  shows(pattern: RegExp): Promise<string>
  type(line: string): void
  readonly ended: Promise<{ readonly code: number; readonly screen: string }>
}

/** A terminal would pass `undefined` on as a word. */
function definedOf(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined))
}

/** Runs a program in a terminal, without opening a browser. */
function runInTerminal(
  program: string,
  args: readonly string[],
  browser: Readonly<Record<string, string | undefined>> = NO_BROWSER,
): Terminal {
  const { FORCE_COLOR: _, ...inherited } = process.env
  const env = definedOf({ ...inherited, NO_COLOR: '1', ...browser })
  const terminal = spawnInTerminal(process.execPath, [...PROGRAM_OPTIONS, path(program), ...args], {
    cols: 1_000,
    env,
  })
  let screen = ''
  terminal.onData((text) => {
    screen += text
  })
  const ended = new Promise<{ code: number; screen: string }>((resolve) => {
    terminal.onExit(({ exitCode }) => resolve({ code: exitCode, screen }))
  })
  return {
    shows: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(screen)
          if (match !== null) resolve(match[0])
        }
        look()
        terminal.onData(look)
        terminal.onExit(() => reject(new Error(`${String(pattern)} did not show:\n${screen}`)))
      }),
    type: (line) => terminal.write(`${line}\r`),
    ended,
  }
}

let emulator: string
let stopEmulator: () => void

beforeAll(async () => {
  const child = spawn(process.execPath, [...PROGRAM_OPTIONS, path('../packages/testing/src/bin.ts')], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  stopEmulator = () => void child.kill()
  emulator = await new Promise((resolve) => {
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      const url = /^Serving on (\S+)\n/.exec(output)?.[1]
      if (url !== undefined) resolve(url)
    })
  })
})

afterAll(() => {
  stopEmulator()
})

describe('max-subscription-blocking.ts', () => {
  it('logs in with a code pasted into the terminal, refreshes, and shows no secret', async () => {
    const terminal = runInTerminal('max-subscription-blocking.ts', ['--emulator', emulator])
    const link = await terminal.shows(LINK)
    expect(new URL(link).searchParams.get('scope')).toBe('user:profile user:inference')
    await terminal.shows(/Paste the code/)
    const answer = await allowAccess(link)
    terminal.type(answer)
    const { code, screen } = await terminal.ended
    expect(screen).toContain("email: 'person@example.com'")
    expect(screen).toMatch(/Refreshed; valid for \d+ seconds/)
    expect(screen).not.toMatch(WHOLE_SECRET)
    expect(code).toBe(0)
  })

  it('opens the link in the browser, and asks for the code', async () => {
    const browser = createStandInBrowser()
    onTestFinished(() => browser.remove())
    const terminal = runInTerminal('max-subscription-blocking.ts', ['--emulator', emulator], browser.env)
    const link = await terminal.shows(LINK)
    expect(await browser.opened).toBe(link)
    await terminal.shows(/Paste the code/)
    terminal.type(await allowAccess(link))
    expect((await terminal.ended).code).toBe(0)
  })

  it('says why it opens no browser, and still asks for the code', async () => {
    // No program there could open a link.
    const nowhere = { BROWSER: undefined, PATH: '/nowhere', DISPLAY: ':0', CI: undefined }
    const terminal = runInTerminal('max-subscription-blocking.ts', ['--emulator', emulator], nowhere)
    const link = await terminal.shows(LINK)
    await terminal.shows(/Could not open the browser/)
    await terminal.shows(/Paste the code/)
    terminal.type(await allowAccess(link))
    expect((await terminal.ended).code).toBe(0)
  })

  it('says what is wrong with a wrong paste, and what to do', async () => {
    const terminal = runInTerminal('max-subscription-blocking.ts', ['--emulator', emulator])
    await terminal.shows(/Paste the code/)
    terminal.type('123456')
    const { code, screen } = await terminal.ended
    expect(screen).toContain('invalid_authorization_response')
    expect(screen).toContain('login e-mail')
    expect(screen).not.toContain('    at ')
    expect(code).toBe(1)
  })
})

describe('console-api-key-blocking.ts', () => {
  it('creates a key', async () => {
    const terminal = runInTerminal('console-api-key-blocking.ts', ['--emulator', emulator])
    const link = await terminal.shows(LINK)
    await terminal.shows(/Paste the code/)
    terminal.type(await allowAccess(link))
    const { code, screen } = await terminal.ended
    expect(screen).toMatch(/Created the key sk-ant-api03-/)
    expect(screen).not.toMatch(WHOLE_SECRET)
    expect(code).toBe(0)
  })
})
