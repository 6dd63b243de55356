import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PROGRAM_OPTIONS } from '../../../scripts/tests/program-options.ts'

/** Like `docker run`, but with the files and the host name of this machine. */
const CONTAINER = ['unshare', '--pid', '--uts', '--fork', '--mount-proc', '--kill-child'] as const

/** A process of `lock-process.ts`, which ends with its test at the latest. */
export interface LockProcess {
  /** Resolves at its first output. */
  readonly began: Promise<void>
  /** Its whole output, once it has ended. */
  readonly output: Promise<string>
  kill(signal: NodeJS.Signals): void
}

/** The cleanup hook of a concurrent test. */
export interface Cleanup {
  onTestFinished(clean: () => void): void
}

/** The reason why containers don't work here; `null` if they do. */
export function containersProblem(): string | null {
  const [command, ...options] = CONTAINER
  const { error, status, stderr } = spawnSync(command, [...options, 'true'], { encoding: 'utf8' })
  return status === 0 ? null : `unshare: ${error?.message ?? stderr}`
}

/** Starts `lock-process.ts` in a pid namespace of its own, or beside this process. */
export function startLockProcess(
  args: readonly string[],
  { isContained, cleanup }: { isContained: boolean; cleanup: Cleanup },
): LockProcess {
  const path = fileURLToPath(new URL('lock-process.ts', import.meta.url))
  const program = [process.execPath, ...PROGRAM_OPTIONS, path, ...args]
  const [file = '', ...rest] = isContained ? [...CONTAINER, ...program] : program
  const child = spawn(file, rest, { stdio: ['ignore', 'pipe', 'inherit'] })
  cleanup.onTestFinished(() => void child.kill('SIGKILL'))
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  const output = once(child, 'close').then(() => text)
  const began = Promise.race([once(child.stdout, 'data'), output]).then(() => undefined)
  return { began, output, kill: (signal) => void child.kill(signal) }
}

export function newFolder(cleanup: Cleanup): string {
  const folder = mkdtempSync(join(tmpdir(), 'anthropic-auth-'))
  cleanup.onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
