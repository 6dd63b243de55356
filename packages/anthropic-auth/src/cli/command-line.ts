import { CommanderError } from 'commander'
import type { HintProfile } from './error-hint.ts'
import type { ErrorReportOptions } from './error-report.ts'
import { INTERRUPTED, USAGE } from './exit-code.ts'
import { ownArguments } from './own-arguments.ts'
import { createProgram } from './program.ts'
import { takeOutputProblem, watchStreams } from './standard-output.ts'
import { helpStep, usageProblem } from './usage-message.ts'

/**
 * Runs the command line tool.
 *
 * @param args - without the names of Node and of the script
 * @returns the exit code
 */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  const own = ownArguments(args)
  const options: CommandOptions = { args, json: own.includes('--json'), debug: own.includes('--debug') }
  watchStreams()
  const exitCode = await run(args, options)
  const problem = await takeOutputProblem()
  if (problem === null) return exitCode
  // The reader of our output has closed it, as `head` does, or the terminal was closed.
  if (problem.code === 'EPIPE' || problem.code === 'EIO') return exitCode === 0 ? INTERRUPTED : exitCode
  return failed(await outputError(problem), options)
}

/** The options of the error report. A command sets its profile as soon as it knows it. */
interface CommandOptions extends ErrorReportOptions {
  readonly args: readonly string[]
  profile?: HintProfile
}

async function run(args: readonly string[], options: CommandOptions): Promise<number> {
  const interrupts = listenForInterrupts()
  let exitCode = 0
  const context = {
    json: options.json,
    args,
    signal: interrupts.signal,
    end: (code: number) => void (exitCode = code),
    useProfile: (name: string, clientId: string | null = null) => void (options.profile = { name, clientId }),
    releaseSignals: interrupts.stop,
  }
  try {
    await createProgram(context).parseAsync(args, { from: 'user' })
    return exitCode
  } catch (error) {
    return await failed(error, options)
  } finally {
    interrupts.stop()
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

interface Interrupts {
  /** Aborts when the process is asked to end. */
  readonly signal: AbortSignal
  readonly stop: () => void
}

function listenForInterrupts(): Interrupts {
  const controller = new AbortController()
  const stop = (): void => {
    for (const signal of SIGNALS) process.off(signal, onInterrupt)
  }
  const onInterrupt = (name: NodeJS.Signals): void => {
    // A second Ctrl-C ends the process at once, as it would without us.
    if (controller.signal.aborted) {
      stop()
      process.kill(process.pid, name)
      return
    }
    controller.abort(new Error('The process was asked to end'))
    // Stop listening later: a prompt also listens, and ends the process itself if it finds no other listener.
    setImmediate(stop)
  }
  for (const signal of SIGNALS) process.on(signal, onInterrupt)
  return { signal: controller.signal, stop }
}

async function failed(error: unknown, options: CommandOptions): Promise<number> {
  // The parser has shown its own error, except with --json.
  if (error instanceof CommanderError && (error.exitCode === 0 || !options.json)) {
    return error.exitCode === 0 ? 0 : USAGE
  }
  const { reportError } = await import('./error-report.ts')
  const shown = error instanceof CommanderError ? await usageError(error, options) : await interrupted(error)
  return reportError(shown, options)
}

async function usageError({ code, message }: CommanderError, { args }: CommandOptions): Promise<Error> {
  const { AnthropicAuthError } = await import('@anthropic-auth/core')
  const { problem, nextStep } =
    code === 'commander.help'
      ? { problem: 'No command given', nextStep: helpStep([]) }
      : usageProblem(message, args)
  const text = problem.replace(/\.$/, '')
  return new AnthropicAuthError('invalid_config', text, { reason: 'usage', hint: nextStep })
}

/** Replaces the library's messages about an abort with one for a user who pressed Ctrl-C, at a prompt or elsewhere. */
async function interrupted(error: unknown): Promise<unknown> {
  const { AnthropicAuthError, isAnthropicAuthError } = await import('@anthropic-auth/core')
  if (!isAnthropicAuthError(error, 'aborted') || error.reason === 'declined') return error
  return new AnthropicAuthError('aborted', 'Interrupted', {
    hint: 'Run the command again to continue.',
    cause: error,
  })
}

async function outputError(cause: NodeJS.ErrnoException): Promise<Error> {
  const { AnthropicAuthError } = await import('@anthropic-auth/core')
  const message = `Can't write to standard output (${cause.code})`
  return new AnthropicAuthError('store_failed', message, {
    reason: 'write_failed',
    hint: 'Check the file or pipe that standard output goes to. The disk may be full.',
    cause,
  })
}
