import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** How a program ended, and what it wrote. */
export interface Ended {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
  /** When its last output came and when it ended, in milliseconds of `performance.now()`. */
  readonly lastOutputAt: number
  readonly endedAt: number
}

export interface ProgramOptions {
  readonly env?: Readonly<Record<string, string>>
  readonly nodeArgs?: readonly string[]
}

/** Runs `programs/{name}` from source, in a process of its own: what blocks there does not block here. */
export function runProgram(
  name: string,
  args: readonly string[],
  { env = {}, nodeArgs = [] }: ProgramOptions = {},
): Promise<Ended> {
  const path = fileURLToPath(new URL(`programs/${name}`, import.meta.url))
  const nodeOptions = ['--conditions=@anthropic-auth/source', ...nodeArgs]
  return runNode([...nodeOptions, path, ...args], env)
}

/** Runs Node as it is. */
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
