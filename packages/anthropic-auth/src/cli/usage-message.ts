import { shownArgument, shownWord } from './shown-argument.ts'
import { commandOf, similarCommandText, wordAsFlagText } from './similar-command.ts'
import { similarOptionText } from './similar-option.ts'
import { isCommand } from './profile-argument.ts'

/** A wrong use of the tool: what is wrong, and what the user can do. Both are sentences. */
export interface UsageProblem {
  readonly problem: string
  readonly nextStep: string
}

type Groups = Readonly<Record<string, string>>
/** Returns the problem alone if only the help can say more. */
type Rule = readonly [
  message: RegExp,
  describe: (groups: Groups, args: readonly string[]) => string | UsageProblem,
]

/** The messages of the parser, each with its wording for the user. */
const RULES: readonly Rule[] = [
  [
    /^option '(?:-\w, )?(?<flag>--[a-z-]+)[^']*' argument '(?<value>[^]*)' is invalid\. (?<reason>[^]*)$/,
    invalidValue,
  ],
  [
    /^command-argument value '(?<value>[^]*)' is invalid for argument '(?<name>[a-z-]+)'\. (?<reason>[^]*)$/,
    invalidArgument,
  ],
  [
    /^unknown option '(?<flag>--[a-z-]+)=[^]*\(Did you mean \k<flag>\?\)$/,
    ({ flag }) => ({ problem: `${flag} takes no value.`, nextStep: `Write only: ${flag}` }),
  ],
  [/^unknown option '(?<word>[^]*?)'(?:\n\(Did you mean (?<guess>[^]*)\?\))?$/, unknownOption],
  [/^unknown command '(?<word>[^]*?)'(?:\n\(Did you mean (?<guess>[^]*)\?\))?$/, unknownCommand],
  [
    /^too many arguments for '(?<command>[a-z-]+)'\. Expected (?<expected>\d) arguments? but got (?<count>\d+): (?<words>[^]*)\.$/,
    tooManyArguments,
  ],
  [/^missing required argument '(?<name>[a-z-]+)'$/, missingArgument],
  [
    /^option '(?:-\w, )?(?<flag>--[a-z-]+)[^']*' argument missing(?: before '(?<next>[^]*)')?$/,
    ({ flag, next = '--' }) =>
      `${flag} needs a value${next === '--' ? '' : `, but ${shownWord(next)} follows`}.`,
  ],
  [
    /^option '(?:-\w, )?(?<flag>--[a-z-]+)[^]*' is given twice$/,
    ({ flag }) => ({ problem: `${flag} is given twice.`, nextStep: 'Leave out one of them.' }),
  ],
  [
    /^option '(?:-\w, )?(?<flag>--[a-z-]+)[^]*' cannot be used with option '(?:-\w, )?(?<other>--[a-z-]+)/,
    ({ flag, other }) => ({
      problem: `${flag} can't be used with ${other}.`,
      nextStep: 'Leave out one of them.',
    }),
  ],
]

/** Rewrites the parser's message about wrong arguments. Hides what may be a secret. */
export function usageProblem(message: string, args: readonly string[]): UsageProblem {
  const text = message.replace(/^error: /i, '').trimEnd()
  for (const [pattern, describe] of RULES) {
    const match = pattern.exec(text)
    const described = match === null ? null : describe(match.groups ?? {}, args)
    if (described !== null) return withNextStep(described, args)
  }
  return withNextStep('The arguments are wrong.', args)
}

function withNextStep(described: string | UsageProblem, args: readonly string[]): UsageProblem {
  if (typeof described !== 'string') return described
  return { problem: described, nextStep: helpStep(args) }
}

/** The step for a problem that has no better one. */
export function helpStep([command = '']: readonly string[]): string {
  return isCommand(command) && command !== 'help'
    ? `To see the options, run: anthropic-auth ${command} --help`
    : 'To see the commands, run: anthropic-auth --help'
}

/** The parser's own message about a choice begins with a capital letter and ends with a full stop. */
function sentence(reason: string): string {
  const text = reason.replace(/^Allowed choices are /, 'must be one of ')
  return text.endsWith('.') ? text : `${text}.`
}

/** The second line of a reason says what to do. */
function invalidValue({ flag, value = '', reason = '' }: Groups): string | UsageProblem {
  const [why = '', nextStep] = reason.split('\n')
  const problem = `Invalid ${flag} ${shownArgument(value)}: ${sentence(why)}`
  return nextStep === undefined ? problem : { problem, nextStep }
}

function invalidArgument({ name, value = '', reason = '' }: Groups): string | UsageProblem {
  const problem = `Invalid ${name} ${shownArgument(value)}: ${sentence(reason)}`
  const command = name === 'command' ? commandOf(value)?.split(' ')[0] : undefined
  if (command === undefined || command.startsWith('-')) return problem
  return { problem, nextStep: `Did you mean: anthropic-auth help ${command}` }
}

function unknownOption({ word = '', guess }: Groups, args: readonly string[]): string | UsageProblem {
  const problem = `Unknown option ${shownWord(word)}.`
  const nextStep = similarOptionText(word, args) ?? guessText(guess, '')
  return nextStep === null ? problem : { problem, nextStep }
}

function unknownCommand({ word = '', guess }: Groups, args: readonly string[]): string | UsageProblem {
  const problem = `Unknown command ${shownWord(word)}.`
  const isOne = guess !== undefined && isCommand(guess)
  const nextStep = similarCommandText(args, isOne ? guess : null) ?? guessText(guess, 'anthropic-auth ')
  return nextStep === null ? problem : { problem, nextStep }
}

/** The parser names one word, or `one of` several. */
function guessText(guess: string | undefined, before: string): string | null {
  if (guess === undefined) return null
  return guess.startsWith('one of ') ? `Did you mean ${guess}?` : `Did you mean: ${before}${guess}`
}

function tooManyArguments(
  { command = '', expected, count, words = '' }: Groups,
  args: readonly string[],
): string | UsageProblem {
  if (expected !== '0') return `'${command}' takes one argument, but got ${count}.`
  if (count !== '1') return `'${command}' takes no arguments, but got ${count}.`
  const problem = `'${command}' takes no argument, but got ${shownArgument(words)}.`
  const nextStep = wordAsFlagText(args, command, words)
  return nextStep === null ? problem : { problem, nextStep }
}

/** The required arguments, each with its meaning and the way to choose it. */
const MISSING: Readonly<Record<string, UsageProblem>> = {
  profile: {
    problem: "'use' needs the name of a profile.",
    nextStep: 'To see the profiles, run: anthropic-auth list',
  },
  program: {
    problem: "'run' needs a program to run.",
    nextStep: 'Put it at the end, as in: anthropic-auth run -- node app.js',
  },
  shell: {
    problem: "'completion' needs the name of your shell.",
    nextStep: 'Use bash, zsh or fish, as in: anthropic-auth completion bash',
  },
}

function missingArgument({ name = '' }: Groups): string | UsageProblem {
  return MISSING[name] ?? `The argument '${name}' is missing.`
}
