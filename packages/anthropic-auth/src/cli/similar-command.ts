import { isCommand, withProfile } from './profile-argument.ts'
import { isSuggestible, suggestedProfile } from './shown-argument.ts'

/** Words for the commands in other tools (`gh`, `aws`, `gcloud`, `ant`, `claude`) and in everyday speech. */
const SIMILAR: Readonly<Record<string, string>> = {
  activate: 'use',
  'access-token': 'token',
  'api-key': 'create-key',
  check: 'doctor',
  config: 'status',
  'create-api-key': 'create-key',
  'create-token': 'token',
  credentials: 'token',
  daemon: 'refresh --watch',
  delete: 'logout --remove',
  diagnose: 'doctor',
  env: 'token --env',
  exec: 'run',
  'get-token': 'token',
  key: 'create-key',
  keys: 'create-key',
  ls: 'list',
  'print-access-token': 'token',
  'print-credentials': 'token',
  'print-token': 'token',
  profile: 'list',
  profiles: 'list',
  remove: 'logout --remove',
  renew: 'refresh',
  revoke: 'logout',
  rm: 'logout --remove',
  select: 'use',
  'set-profile': 'use',
  'setup-token': 'token',
  'sign-in': 'login',
  'sign-out': 'logout',
  signin: 'login',
  signout: 'logout',
  switch: 'use',
  user: 'status',
  version: '--version',
  watch: 'refresh --watch',
  who: 'status',
}

/** Returns the command that a word stands for, or `null`. */
export function commandOf(word: string): string | null {
  if (isCommand(word)) return word
  return Object.hasOwn(SIMILAR, word) ? (SIMILAR[word] ?? null) : null
}

/**
 * Returns a line that names the command that a user may have meant by an unknown one, or `null`.
 *
 * @param guess - the parser's own guess, which depends on the spelling alone
 */
export function similarCommandText(args: readonly string[], guess: string | null): string | null {
  const [word = '', ...rest] = args.slice(args.findIndex((arg) => !arg.startsWith('-')))
  if (word === 'auth') return `Leave out the word 'auth', as in: anthropic-auth ${withoutAuth(rest)}`
  const command = commandOf(word) ?? guess
  return command === null ? null : `Did you mean: anthropic-auth ${withProfile(command, profileIn(rest))}`
}

function withoutAuth([word = '', ...rest]: readonly string[]): string {
  const command = commandOf(word)
  return command === null ? 'login' : withProfile(command, profileIn(rest))
}

/** Returns the profile that follows a command, as a plain word or with a flag. */
export function profileIn([first, ...rest]: readonly string[]): string | null {
  if (first === undefined) return null
  if (!first.startsWith('-')) return commandOf(first) === null ? suggestedProfile(first) : null
  const [name, value] = first.split('=', 2)
  return name === '--profile' || name === '-p' ? suggestedProfile(value ?? rest[0]) : profileIn(rest)
}

const MODES: ReadonlySet<string> = new Set(['console', 'max'])

/** Returns a line with the flag for a word after a command that takes no argument, or `null`. */
export function wordAsFlagText(args: readonly string[], command: string, word: string): string | null {
  if (command === 'login' && MODES.has(word)) return didYouMean(args, word, ['--mode', word])
  if (suggestedProfile(word) === null) return null
  if (command === 'list') return `Did you mean: anthropic-auth status --profile ${word}`
  const isFlag = withProfile(command, word) === `${command} --profile ${word}`
  return isFlag ? didYouMean(args, word, ['--profile', word]) : null
}

/** Keeps the other arguments, if they can be shown. */
function didYouMean(args: readonly string[], word: string, flag: readonly string[]): string {
  const all = args.flatMap((arg) => (arg === word ? flag : [arg]))
  const line = all.every((arg) => isSuggestible(arg)) ? all : [args[0] ?? '', ...flag]
  return `Did you mean: anthropic-auth ${line.join(' ')}`
}
