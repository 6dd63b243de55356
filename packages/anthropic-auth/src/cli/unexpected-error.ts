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

/** The name of an error, with its code if it has one. */
export function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return 'a non-Error value was thrown'
  const code = 'code' in error && typeof error.code === 'string' ? ` ${error.code}` : ''
  return /^[\w ]{1,80}$/.test(error.name + code) ? error.name + code : 'Error'
}

/**
 * Ends the process for an error that nothing has caught. Loads nothing: a part of the tool may be missing.
 *
 * @param stackOf - given with `--debug`
 */
export function endUnexpectedly(
  error: unknown,
  args: readonly string[],
  stackOf?: (error: unknown) => string,
): never {
  const own = ownArguments(args)
  const stack = stackOf !== undefined && own.includes('--debug') ? stackOf(error) : null
  const problem = unexpectedProblem(error)
  const report = own.includes('--json')
    ? JSON.stringify({ error: { message: problem, hint: UNEXPECTED_STEP, ...(stack !== null && { stack }) } })
    : [`Error: ${problem}.`, UNEXPECTED_STEP, ...(stack === null ? [] : [stack])].join('\n')
  process.stderr.write(`${report}\n`)
  process.exit(UNEXPECTED)
}
