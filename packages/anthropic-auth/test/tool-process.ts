import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Writable } from 'node:stream'
import { onTestFinished, vi } from 'vitest'
import { TOOL_SCRIPT } from './tool-script.ts'

/** The exit code of a run of the command line tool, with its whole output. */
export interface ToolEnd {
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

/** A run of the command line tool, in a process of its own, which ends with the test at the latest. */
export interface ToolProcess {
  readonly process: ChildProcess
  /** `null` unless the run was given an open standard input. */
  readonly stdin: Writable | null
  /** Waits until it has written a text to standard output. */
  readonly writes: (text: string) => Promise<void>
  /** Returns its output to standard error so far. */
  readonly said: () => string
  readonly ended: Promise<ToolEnd>
}

/** The surroundings of a run. Its environment has nothing else except `PATH` and Node's compile cache. */
export interface ToolSurroundings {
  readonly configDir: string
  readonly env?: NodeJS.ProcessEnv
  readonly stdin?: 'ignore' | 'pipe'
  /** A file descriptor, in place of a pipe whose content is `ToolEnd.stdout`. */
  readonly stdout?: number
  /** A shell command that runs before it, such as `umask 0`. */
  readonly before?: string
}

export function startTool(args: readonly string[], surroundings: ToolSurroundings): ToolProcess {
  const { configDir, env = {}, stdin = 'ignore', stdout = 'pipe', before = ':' } = surroundings
  const command = [process.execPath, '--conditions=@anthropic-auth/source', TOOL_SCRIPT, ...args]
  const child = spawn('sh', ['-c', `${before}; exec "$@"`, 'sh', ...command], {
    stdio: [stdin, stdout, 'pipe'],
    env: {
      PATH: process.env['PATH'],
      NODE_COMPILE_CACHE: process.env['NODE_COMPILE_CACHE'],
      ANTHROPIC_CONFIG_DIR: configDir,
      ...env,
    },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const written = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => (written[name] += text))
  }
  const ended = once(child, 'close').then(([code, signal]) => ({
    code: code as number | null,
    signal: signal as string | null,
    ...written,
  }))
  const writes = async (text: string): Promise<void> =>
    vi.waitUntil(() => written.stdout.includes(text), { timeout: 100_000 }).then(() => undefined)
  return { process: child, stdin: child.stdin, writes, said: () => written.stderr, ended }
}

/** Runs the tool to its end. */
export async function runTool(args: readonly string[], surroundings: ToolSurroundings): Promise<ToolEnd> {
  return startTool(args, surroundings).ended
}
