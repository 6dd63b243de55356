import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { isInstalled } from '../../../scripts/tests/optional-tool.ts'

/** A system call of a thread. Calls of the same name are numbered from 1. */
export interface SystemCall {
  readonly name: string
  readonly number: number
  /** The call as strace shows it, with the paths of all files. */
  readonly text: string
}

/** A running strace. */
export class SystemCallTrace {
  readonly #process: ChildProcessByStdio<null, null, Readable>
  readonly #logPath: string

  private constructor(child: ChildProcessByStdio<null, null, Readable>, logPath: string) {
    this.#process = child
    this.#logPath = logPath
  }

  /** Begins to trace a running thread. Its calls are counted from here on. */
  static async attach(thread: number, options: readonly string[], logPath: string): Promise<SystemCallTrace> {
    const args = ['-y', '-s', '0', '-o', logPath, ...options, '-p', String(thread)]
    const child = spawn('strace', args, { stdio: ['ignore', 'ignore', 'pipe'] })
    let text = ''
    await new Promise<void>((resolve, reject) => {
      child.stderr.setEncoding('utf8').on('data', (more: string) => {
        text += more
        if (text.includes(' attached')) resolve()
      })
      child.once('error', reject)
      child.once('close', () => reject(new Error(text.trim())))
    })
    return new SystemCallTrace(child, logPath)
  }

  /** Ends the trace, and returns its calls. */
  async end(): Promise<readonly SystemCall[]> {
    this.#process.kill('SIGINT')
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      await once(this.#process, 'close')
    }
    return parseCalls(readFileSync(this.#logPath, 'utf8'))
  }
}

/** The reason why no system calls can be traced here; `null` when they can. */
export async function tracingProblem(): Promise<string | null> {
  if (process.platform !== 'linux') return 'system calls can be traced on Linux only'
  if (!isInstalled('strace')) return 'strace is not installed; run: apt-get install strace'
  const child = spawn('sleep', ['600'], { stdio: 'ignore' })
  try {
    const trace = await SystemCallTrace.attach(child.pid ?? 0, [], '/dev/null')
    await trace.end()
    return null
  } catch (error) {
    return `strace may not trace here (${(error as Error).message}); run as root, in a container with CAP_SYS_PTRACE`
  } finally {
    child.kill('SIGKILL')
  }
}

function parseCalls(log: string): SystemCall[] {
  const numbers = new Map<string, number>()
  return log.split('\n').flatMap((text) => {
    const name = /^(\w+)\(/.exec(text)?.[1]
    if (name === undefined) return []
    const number = (numbers.get(name) ?? 0) + 1
    numbers.set(name, number)
    return { name, number, text }
  })
}
