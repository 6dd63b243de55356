import { execFile, type ExecFileException } from 'node:child_process'

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

const MAX_OUTPUT_BYTES = 64 * 1024 * 1024

/** Runs a command without stdin. It fails after `timeoutMs`, which is 60 s by default. */
export async function runCommand(
  command: string,
  args: readonly string[],
  { cwd, timeoutMs = 60_000, env = {} }: CommandOptions,
): Promise<CommandResult> {
  const options = {
    cwd,
    env: { ...process.env, ...env },
    timeout: timeoutMs,
    maxBuffer: MAX_OUTPUT_BYTES,
  }
  return new Promise((resolve) => {
    const child = execFile(command, args, options, (error, stdout, stderr) => {
      const reason = error === null ? '' : endingOf(error, timeoutMs)
      const output = [stdout, stderr, reason].filter((text) => text !== '').join('\n')
      resolve({ ok: error === null, code: child.exitCode, output: output.trim() })
    })
    child.stdin?.end()
  })
}

function endingOf({ killed, signal, code, message }: ExecFileException, timeoutMs: number): string {
  if (killed === true) return `timed out after ${timeoutMs / 1000} s`
  if (typeof code === 'number') return ''
  return typeof signal === 'string' ? `ended by ${signal}` : message
}
