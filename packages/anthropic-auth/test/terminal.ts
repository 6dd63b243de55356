import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Emulator } from '@anthropic-auth/testing'
import { type IPty, spawn } from '@lydell/node-pty'
import { onTestFinished, vi } from 'vitest'
import { temporaryFolder } from '../../profile-store/test/temporary-folder.ts'
import { TOOL_SCRIPT } from './tool-script.ts'
import { TerminalScreen } from './terminal-screen.ts'

export interface TerminalOptions {
  readonly emulator: Emulator
  /** Default: the command line tool. */
  readonly program?: string
  readonly columns?: number
  /** The command of a shell, in which `"$@"` stands for the program with its arguments. */
  readonly shell?: string
  readonly env?: NodeJS.ProcessEnv
}

/** The time limit of each step, for a busy machine. */
const WATCH = { timeout: 100_000, interval: 10 }
const LINK = /https?:\/\/\S+\/oauth\/authorize\?\S+/
// eslint-disable-next-line no-control-regex
const CONTROL = /\u001B\[[0-9;?]*[A-Za-z]|\u001B\][^\u001B]*\u001B\\/g

/**
 * Part of the environment of a program whose timers of half a second or more hold until it gets `SIGUSR2`, so that
 * neither the watch over a browser's launcher nor the login's time limit ends too early on a busy machine.
 */
export const HELD_TIMERS: NodeJS.ProcessEnv = {
  NODE_OPTIONS: `--import=${new URL('held-timers.ts', import.meta.url).href}`,
}

/** A terminal in which a program runs, with a browser that only notes the link. The program ends with the test. */
export class Terminal {
  readonly folder: string = temporaryFolder()
  /** The exit code. */
  readonly ended: Promise<number>
  /** The whole output, with its control sequences. */
  output = ''
  readonly screen: TerminalScreen
  readonly #pty: IPty
  #hasEnded = false

  constructor(args: readonly string[], options: TerminalOptions) {
    const { columns = 80, shell = 'exec "$@"', program } = options
    const path = program === undefined ? TOOL_SCRIPT : fileURLToPath(new URL(program, import.meta.url))
    const command = [process.execPath, '--conditions=@anthropic-auth/source', path, ...args]
    this.screen = new TerminalScreen(columns)
    this.#pty = spawn('sh', ['-c', shell, 'sh', ...command], {
      cols: columns,
      rows: 50,
      cwd: this.folder,
      env: { ...this.#environment(options.emulator), ...options.env },
    })
    this.#pty.onData((text) => {
      this.output += text
      this.screen.write(text)
    })
    this.ended = new Promise((resolve) => {
      this.#pty.onExit(({ exitCode, signal }) => {
        this.#hasEnded = true
        resolve(signal === undefined || signal === 0 ? exitCode : 128 + signal)
      })
    })
    onTestFinished(() => this.kill('SIGKILL'))
  }

  type(text: string): void {
    this.#pty.write(text)
  }

  kill(signal: string): void {
    if (!this.#hasEnded) this.#pty.kill(signal)
  }

  /** Closes the terminal, as closing its window does. */
  close(): void {
    ;(this.#pty as IPty & { destroy(): void }).destroy()
  }

  /** Waits until the screen shows it. */
  async shows(text: string): Promise<void> {
    await this.#until(() => this.screen.text.includes(text), text)
  }

  /** Waits until the screen no longer shows it. */
  async hides(text: string): Promise<void> {
    await this.#until(() => !this.screen.text.includes(text), text)
  }

  /** The first link that is shown. */
  async link(): Promise<string> {
    return this.#until(() => this.plainOutput.match(LINK)?.[0] ?? '', 'a link')
  }

  /** Returns the link that the browser got. */
  async openedLink(): Promise<string> {
    return this.#until(() => (existsSync(this.#noted) ? readFileSync(this.#noted, 'utf8') : ''), 'a browser')
  }

  /** Waits for the end, and returns the exit code. */
  async end(): Promise<number> {
    await this.#until(() => this.#hasEnded, 'its end')
    return this.ended
  }

  get plainOutput(): string {
    return this.output.replaceAll(CONTROL, '')
  }

  get #noted(): string {
    return join(this.folder, 'opened')
  }

  #environment({ apiUrl, url }: Emulator): NodeJS.ProcessEnv {
    const bin = join(this.folder, 'bin')
    mkdirSync(bin)
    const script = `#!/bin/sh\nprintf %s "$1" >'${this.#noted}.part'\nmv '${this.#noted}.part' '${this.#noted}'\n`
    // Linux starts the program that BROWSER names, and macOS the program `open`.
    for (const name of ['browser', 'open']) {
      writeFileSync(join(bin, name), script)
      chmodSync(join(bin, name), 0o755)
    }
    return {
      PATH: `${bin}:${process.env['PATH']}`,
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      HOME: this.folder,
      TERM: 'xterm-256color',
      BROWSER: join(bin, 'browser'),
      ANTHROPIC_CONFIG_DIR: join(this.folder, 'config'),
      ANTHROPIC_BASE_URL: apiUrl,
      ANTHROPIC_CONSOLE_URL: url,
    }
  }

  async #until<T>(look: () => T, what: string): Promise<T> {
    await vi.waitUntil(() => Boolean(look()) || this.#hasEnded, WATCH).catch(() => undefined)
    const seen = look()
    if (!seen) throw new Error(`Waited for ${what}, and this is shown:\n${this.screen.text}`)
    return seen
  }
}

/** Opens a link as a browser does, and returns the status. */
export async function visit(url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, (response) => {
      response.resume()
      resolve(response.statusCode ?? 0)
    }).on('error', reject)
  })
}
