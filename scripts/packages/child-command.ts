import { spawnSync, type SpawnSyncReturns } from 'node:child_process'

export interface CommandResult {
  readonly ok: boolean
  /** Its stdout and stderr, and the reason if it didn't end by itself. */
  readonly output: string
}

/** Runs a command without stdin. It fails after `timeoutMs`, which is 60 s by default. */
export function runCommand(
  command: string,
  args: readonly string[],
  { cwd, timeoutMs = 60_000 }: { readonly cwd: string; readonly timeoutMs?: number },
): CommandResult {
  const child = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
  })
  const lines = [child.stdout, child.stderr, endingOf(child, timeoutMs)]
  const output = lines.filter((text) => text !== null && text !== '').join('\n')
  return { ok: child.status === 0, output: output.trim() }
}

function endingOf({ error, signal }: SpawnSyncReturns<string>, timeoutMs: number): string {
  if (error && 'code' in error && error.code === 'ETIMEDOUT') {
    return `timed out after ${timeoutMs / 1000} s`
  }
  return error?.message ?? (signal ? `ended by ${signal}` : '')
}
