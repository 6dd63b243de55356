import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Emulator } from '@anthropic-auth/testing'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { isInstalled } from '../../../scripts/tests/optional-tool.ts'
import { Terminal } from './terminal.ts'
import { logInto } from './tool-login.ts'

const CTRL_C = '\u0003'
const CTRL_BACKSLASH = '\u001C'
const CTRL_Z = '\u001A'
const POLL = { timeout: 100_000 }
/** A second signal, if there is one, arrives within this time. */
const SECOND_SIGNAL_MS = 500

let emulator: Emulator
let configDir: string

beforeEach(async () => {
  const login = await logInto()
  emulator = login.emulator
  configDir = login.configDir
})

/** Runs a JavaScript program under `run` on a terminal, and waits until it has started. */
async function running(code: string, shell?: string): Promise<Terminal> {
  const terminal = new Terminal(['run', '--', process.execPath, '-e', `${code}\n${STARTED}`], {
    emulator,
    columns: 200,
    env: { ANTHROPIC_CONFIG_DIR: configDir },
    ...(shell !== undefined && { shell }),
  })
  await terminal.shows('started')
  return terminal
}

const STARTED =
  "require('fs').writeFileSync('pid', String(process.pid)); setInterval(() => {}, 1000); console.log('started')"

/** Counts a signal, and ends with 40 and that number some time after the first one. */
function counting(signal: string): string {
  return `let count = 0
    process.on('${signal}', () => {
      count += 1
      if (count === 1) setTimeout(() => process.exit(40 + count), ${SECOND_SIGNAL_MS})
    })`
}

function pidOf(terminal: Terminal, file = 'pid'): number {
  const pid = Number(readFileSync(join(terminal.folder, file), 'utf8'))
  expect(pid).toBeGreaterThan(1)
  return pid
}

async function expectGone(pid: number): Promise<void> {
  await vi.waitFor(() => expect(() => process.kill(pid, 0)).toThrow('ESRCH'), POLL)
}

/** The shell keeps running, notes the tool's process id, and shows its exit code. */
const SHELL = `sh -c 'echo $$ >tool; exec "$@"' sh "$@"; echo "exit code $?"`

describe.skipIf(process.platform === 'win32')('run, on a terminal', { timeout: 200_000 }, () => {
  it.each([
    ['Ctrl-C', CTRL_C, 'SIGINT', undefined],
    ['Ctrl-\\', CTRL_BACKSLASH, 'SIGQUIT', undefined],
    ['Ctrl-C, with other input', CTRL_C, 'SIGINT', '"$@" </dev/null; exit $?'],
    ['Ctrl-C, with other input and output', CTRL_C, 'SIGINT', '"$@" </dev/null | cat >&2; exit 41'],
  ])('sends the program one signal for %s, and exits with its code', async (_what, key, signal, shell) => {
    const trapped = shell === undefined ? undefined : `trap : INT; ${shell}`
    const terminal = await running(
      `${counting(signal)}\nprocess.on('exit', () => require('fs').writeFileSync('count', String(count)))`,
      trapped,
    )
    terminal.type(key)
    expect(await terminal.end()).toBe(41)
    expect(readFileSync(join(terminal.folder, 'count'), 'utf8')).toBe('1')
    expect(terminal.screen.text).not.toMatch(/error/i)
    await expectGone(pidOf(terminal))
  })

  it('ends like a program that Ctrl-C kills', async () => {
    const terminal = await running('', SHELL)
    terminal.type(CTRL_C)
    await terminal.end()
    // The shell ends with its program, as after any other that Ctrl-C has killed.
    expect(await terminal.ended).toBe(130)
    await expectGone(pidOf(terminal))
    await expectGone(pidOf(terminal, 'tool'))
  })

  it('waits for a program that ignores Ctrl-C and SIGTERM', async () => {
    const code = `for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => console.log('ignored ' + signal))
      setInterval(() => require('fs').existsSync('end') && process.exit(3), 20)`
    const terminal = await running(code, `trap : INT; ${SHELL}`)
    terminal.type(CTRL_C)
    await terminal.shows('ignored SIGINT')
    process.kill(pidOf(terminal, 'tool'), 'SIGTERM')
    await terminal.shows('ignored SIGTERM')
    process.kill(pidOf(terminal, 'tool'), 0)
    writeFileSync(join(terminal.folder, 'end'), '')
    await terminal.end()
    expect(terminal.screen.text).toContain('exit code 3')
    await expectGone(pidOf(terminal))
  })

  it.skipIf(!isInstalled('bash'))('stops at Ctrl-Z with its program, and goes on with it', async () => {
    const shell = `bash -c 'set -m; "$@"; echo stopped; read -r; fg >/dev/null; echo "exit code $?"' bash "$@"`
    const terminal = await running("process.stdin.on('data', () => process.exit(5))", shell)
    terminal.type(CTRL_Z)
    await terminal.shows('stopped')
    await vi.waitFor(() => {
      terminal.type('\n')
      expect(terminal.screen.text).toContain('exit code 5')
    }, POLL)
  })

  it('leaves no process behind when the terminal is closed', async () => {
    const terminal = await running('', SHELL)
    terminal.close()
    await expectGone(pidOf(terminal))
    await expectGone(pidOf(terminal, 'tool'))
  })
})
