import { spawn } from 'node:child_process'

export interface StepResult {
  /** What went wrong; undefined when all went well. */
  readonly problem: string | undefined
  readonly stdout: string
}

/** Runs a command that prints for itself, and keeps what it wrote to stdout. It may take `timeoutMs`, default 40 min. */
export async function runStep(
  command: string,
  args: readonly string[],
  { cwd, timeoutMs = 2_400_000 }: { readonly cwd: string; readonly timeoutMs?: number },
): Promise<StepResult> {
  const child = spawn(command, args, { cwd, stdio: ['ignore', 'pipe', 'inherit'], timeout: timeoutMs })
  let stdout = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    process.stdout.write(text)
  })
  const problem = await new Promise<string | undefined>((resolve) => {
    child.on('error', (error) => {
      resolve(error.message)
    })
    child.on('close', (code, signal) => {
      resolve(code === 0 ? undefined : endingOf(code, signal))
    })
  })
  return { problem, stdout }
}

function endingOf(code: number | null, signal: string | null): string {
  return code === null ? `ended by ${signal ?? 'a signal'}` : `exit code ${code}`
}
