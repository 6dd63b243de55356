import { CommanderError } from 'commander'
import type { ErrorReportOptions } from './error-report.ts'
import { INTERRUPTED, USAGE } from './exit-code.ts'
import { createProgram } from './program.ts'

/**
 * Runs the command line tool.
 *
 * @param args - without the names of Node and of the script
 * @returns the exit code
 */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  const interrupt = new AbortController()
  const onInterrupt = (): void => interrupt.abort(new Error('The process was asked to end'))
  // Once: a second Ctrl-C ends the process at once, as it would without us.
  for (const signal of SIGNALS) process.once(signal, onInterrupt)
  // Whoever reads our output may have read enough.
  process.stdout.on('error', ignoreClosedPipe)
  let exitCode = 0
  const json = args.includes('--json')
  const program = createProgram({ json, signal: interrupt.signal, end: (code) => (exitCode = code) })
  try {
    await program.parseAsync(args, { from: 'user' })
    return exitCode
  } catch (error) {
    return await failed(error, { json, debug: args.includes('--debug') })
  } finally {
    for (const signal of SIGNALS) process.off(signal, onInterrupt)
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

async function failed(error: unknown, options: ErrorReportOptions): Promise<number> {
  // The parser has said it all, unless what it says is to be JSON.
  if (error instanceof CommanderError && (error.exitCode === 0 || !options.json)) {
    return error.exitCode === 0 ? 0 : USAGE
  }
  const { reportError } = await import('./error-report.ts')
  return reportError(error instanceof CommanderError ? await usageError(error) : error, options)
}

async function usageError({ message }: CommanderError): Promise<Error> {
  const { AnthropicAuthError } = await import('@anthropic-auth/core')
  const hint = 'Run it with --help to see what it takes.'
  return new AnthropicAuthError('invalid_config', message.replace(/^error: /, ''), { reason: 'usage', hint })
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error
  process.exitCode = INTERRUPTED
}
