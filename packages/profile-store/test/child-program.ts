import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'
import { PROGRAM_OPTIONS } from '../../../scripts/tests/program-options.ts'

/** A program in a process of its own, which ends with the test at the latest. */
export interface ChildProgram {
  readonly process: ChildProcessByStdio<null, Readable, Readable>
  /** Resolves at its first output. */
  readonly began: Promise<void>
  /** Its exit code and its whole output. */
  readonly ended: Promise<{ code: number | null; signal: string | null; output: string; problem: string }>
}

/**
 * Starts `test/{name}` of this package, or the program at a URL. `env` is its whole environment. With `parent`, a shell
 * starts it and goes on with that command, and `process` is the shell.
 */
export function startProgram(
  name: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
  parent?: string,
): ChildProgram {
  const path = fileURLToPath(new URL(name, import.meta.url))
  const command = [process.execPath, ...PROGRAM_OPTIONS, path, ...args] as const
  const [file, ...rest] = parent === undefined ? command : ['sh', '-c', `"$@" & ${parent}`, 'sh', ...command]
  const child = spawn(file, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  let output = ''
  let problem = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (problem += text))
  const ended = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as string | null,
    output,
    problem,
  }))
  const began = Promise.race([once(child.stdout, 'data'), ended]).then(() => undefined)
  return { process: child, began, ended }
}
