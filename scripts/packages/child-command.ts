import { spawnSync, type SpawnSyncReturns } from 'node:child_process'

export interface CommandResult {
  readonly ok: boolean
  /** `null` if it was ended by a signal, or didn't start. */
  readonly code: number | null
  /** Its stdout and stderr, and the reason if it did not end by itself. */
  readonly output: string
}

export interface CommandOptions {
  readonly cwd: string
  readonly timeoutMs?: number
  /** Added to the environment of this process. */
  readonly env?: NodeJS.ProcessEnv
}

/** Runs a command without stdin. It fails after `timeoutMs`, which is 60 s by default. */
export function runCommand(
  command: string,
  args: readonly string[],
  { cwd, timeoutMs = 60_000, env = {} }: CommandOptions,
): CommandResult {
  const child = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
  })
  const lines = [child.stdout, child.stderr, endingOf(child, timeoutMs)]
  const output = lines.filter((text) => text !== null && text !== '').join('\n')
  return { ok: child.status === 0, code: child.status, output: output.trim() }
}

function endingOf({ error, signal }: SpawnSyncReturns<string>, timeoutMs: number): string {
  if (error && 'code' in error && error.code === 'ETIMEDOUT') {
    return `timed out after ${timeoutMs / 1000} s`
  }
  return error?.message ?? (signal ? `ended by ${signal}` : '')
}
