import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { Endpoints, OAuthFlow } from '@anthropic-auth/core'
import { build } from 'tsup'
import { onTestFinished } from 'vitest'
import { temporaryFolder } from './temporary-folder.ts'

/** The tokens that a program has to save: refreshed ones, or those of a new login. */
export interface SaveJob {
  readonly configDir: string
  readonly endpoints: Endpoints
  readonly login?: { readonly flow: OAuthFlow; readonly response: string }
}

/** The codes of the errors that a job has reported; empty if it succeeded. */
export interface SaveResult {
  readonly errors: readonly string[]
}

/** Bundles `traced-save-process.ts` with its imports into one script, since hundreds of processes load it. */
export async function buildTracedSave(): Promise<string> {
  const outDir = temporaryFolder()
  await build({
    entry: [fileURLToPath(new URL('traced-save-process.ts', import.meta.url))],
    outDir,
    format: ['esm'],
    outExtension: () => ({ js: '.mjs' }),
    noExternal: [/./],
    config: false,
    silent: true,
    removeNodeProtocol: false,
    esbuildOptions: (options) => {
      options.conditions = ['@anthropic-auth/source']
    },
  })
  return join(outDir, 'traced-save-process.mjs')
}

/** A process of the program. */
export class TracedSave {
  readonly #process: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #lines: AsyncIterator<string>
  readonly #ended: Promise<unknown>
  #problem = ''

  private constructor(script: string) {
    // With this, one thread does all file operations, always in the same order.
    const env = { ...process.env, UV_THREADPOOL_SIZE: '1', NODE_COMPILE_CACHE: dirname(script) }
    const args = [script, join(temporaryFolder(), 'the.lock')]
    this.#process = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'], env })
    onTestFinished(() => void this.#process.kill('SIGKILL'))
    this.#process.stderr.setEncoding('utf8').on('data', (text: string) => (this.#problem += text))
    // It may be killed while it is written to.
    this.#process.stdin.on('error', () => undefined)
    this.#lines = createInterface({ input: this.#process.stdout })[Symbol.asyncIterator]()
    this.#ended = once(this.#process, 'close')
  }

  static async start(script: string): Promise<TracedSave> {
    const program = new TracedSave(script)
    if ((await program.#nextLine()) === null) {
      throw new Error(`The program did not start: ${program.#problem}`)
    }
    return program
  }

  /** The id of its process, which is that of its main thread. */
  get pid(): number {
    return this.#process.pid ?? 0
  }

  /** The id of the thread that does the file operations. */
  get fileThread(): number {
    const folder = `/proc/${this.pid}/task`
    const nameOf = (thread: string): string => readFileSync(`${folder}/${thread}/comm`, 'utf8').trim()
    const thread = readdirSync(folder).find((each) => nameOf(each) === 'libuv-worker')
    if (thread === undefined) throw new Error('The program has no thread for files')
    return Number(thread)
  }

  /** Does a job; `null` when the process ends before it is done. */
  async do(job: SaveJob): Promise<SaveResult | null> {
    this.#process.stdin.write(`${JSON.stringify(job)}\n`)
    const line = await this.#nextLine()
    if (line !== null) return JSON.parse(line) as SaveResult
    await this.#ended
    if (this.#process.signalCode === 'SIGKILL') return null
    throw new Error(`The program crashed: ${this.#problem}`)
  }

  /** Lets it end by itself, so that it saves its compiled modules for the next process. */
  async end(): Promise<void> {
    this.#process.stdin.end()
    await this.#ended
  }

  async #nextLine(): Promise<string | null> {
    const { done, value } = await this.#lines.next()
    return done === true ? null : value
  }
}
