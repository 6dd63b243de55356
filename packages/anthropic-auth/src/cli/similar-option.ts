import { isCommand, withProfile } from './profile-argument.ts'
import { suggestedProfile } from './shown-argument.ts'
import { commandOf, profileIn } from './similar-command.ts'

/** Options of the commands, which other tools take before the command. */
const OPTIONS_OF_COMMANDS: Readonly<Record<string, string>> = {
  '--profile': '--profile',
  '-p': '--profile',
  '--base-url': '--base-url',
  '--json': '--json',
  '--debug': '--debug',
}

/** Returns a line that names what the user may have meant by an unknown option, or `null`. */
export function similarOptionText(option: string, args: readonly string[]): string | null {
  const [name = ''] = option.split('=', 1)
  const [command = ''] = args
  if (command.startsWith('-')) return beforeCommandText(name, args)
  if (name === '-v' || name === '--verbose') return 'Did you mean: --debug'
  if (name !== '-p' && name !== '--profile') return null
  const target = command === 'list' ? 'status' : command
  const withName = withProfile(target, profileIn(args.slice(1)) ?? 'NAME')
  return withName === target ? null : `Did you mean: anthropic-auth ${withName}`
}

function beforeCommandText(name: string, args: readonly string[]): string | null {
  if (name === '-v') return 'Did you mean: anthropic-auth --version'
  const option = OPTIONS_OF_COMMANDS[name]
  if (option === undefined) return null
  const command = args.find((arg, index) => commandOf(arg) !== null && (index > 1 || option !== '--profile'))
  const known = command !== undefined && isCommand(command) ? command : commandOf(command ?? '')
  return `Put ${option} after the command, as in: anthropic-auth ${placed(option, known ?? 'status', args)}`
}

function placed(option: string, command: string, args: readonly string[]): string {
  if (option === '--base-url') return `${command} --base-url URL`
  if (option !== '--profile') return `${command} ${option}`
  const [first = '', second] = args
  const profile = suggestedProfile(first.split('=', 2)[1] ?? second) ?? 'NAME'
  const line = withProfile(command, profile)
  return line === command ? `${command} --profile ${profile}` : line
}
