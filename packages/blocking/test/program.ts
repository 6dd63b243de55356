import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { PROGRAM_OPTIONS } from '../../../scripts/tests/program-options.ts'

/** The exit code of a program, and its output. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** When it last wrote something and when it ended, in milliseconds of `performance.now()`. */
  readonly lastOutputAt: number
  readonly endedAt: number
}

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly nodeArgs?: readonly string[]
}

/** Runs `programs/{name}` in its own process, where it can block without blocking the test. */
export function runProgram(
  name: string,
  args: readonly string[],
  { env = {}, nodeArgs = [] }: ProgramOptions = {},
): Promise<Ended> {
  const path = fileURLToPath(new URL(`programs/${name}`, import.meta.url))
  const nodeOptions = [...PROGRAM_OPTIONS, ...nodeArgs]
  return runNode([...nodeOptions, path, ...args], env)
}

/** Runs Node without other options. */
export async function runNode(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, NODE_OPTIONS: '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const output = { stdout: '', stderr: '' }
  let lastOutputAt = performance.now()
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      output[name] += text
      lastOutputAt = performance.now()
    })
  }
  const { code, endedAt } = await new Promise<Pick<Ended, 'code' | 'endedAt'>>((resolve) => {
    child.once('close', (exitCode) => resolve({ code: exitCode, endedAt: performance.now() }))
  })
  return { code, ...output, lastOutputAt, endedAt }
}
