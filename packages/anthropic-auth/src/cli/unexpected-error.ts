import { UNEXPECTED } from './exit-code.ts'
import { ownArguments } from './own-arguments.ts'

/**
 * Describes an error that nobody has foreseen. Its message is left out, since it may quote a token: that of
 * `JSON.parse()` quotes its input.
 */
export function unexpectedProblem(error: unknown): string {
  return `The tool failed unexpectedly (${kindOf(error)})`
}

export const UNEXPECTED_STEP =
  'This is a bug. Please report it with what the command shows when you add --debug.'

function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return 'a non-Error value was thrown'
  const code = 'code' in error && typeof error.code === 'string' ? ` ${error.code}` : ''
  return /^[\w ]{1,80}$/.test(error.name + code) ? error.name + code : 'Error'
}

/** Returns the stack for `--debug`, with that of each cause. Whatever looks like a token is left out. */
export function unexpectedStack(error: unknown): string {
  if (!(error instanceof Error)) return ''
  const frames = (error.stack ?? '').split('\n').filter((line) => /^ +at /.test(line))
  const cause = error.cause instanceof Error ? [`Caused by: ${unexpectedStack(error.cause)}`] : []
  return [`${kindOf(error)}${messageOf(error)}`, ...frames, ...cause].join('\n')
}

function messageOf(error: Error): string {
  if (error instanceof SyntaxError || error.message === '') return ''
  return `: ${error.message.replaceAll(/sk-ant-[\w-]*|[\w.~+-]{20,}/g, '[hidden]')}`
}

/** Ends the process for an error that nothing has caught. Loads nothing: a part of the tool may be missing. */
export function endUnexpectedly(error: unknown, args: readonly string[]): never {
  const own = ownArguments(args)
  const stack = own.includes('--debug') ? unexpectedStack(error) : null
  const problem = unexpectedProblem(error)
  const report = own.includes('--json')
    ? JSON.stringify({ error: { message: problem, hint: UNEXPECTED_STEP, ...(stack !== null && { stack }) } })
    : [`Error: ${problem}.`, UNEXPECTED_STEP, ...(stack === null ? [] : [stack])].join('\n')
  process.stderr.write(`${report}\n`)
  process.exit(UNEXPECTED)
}
