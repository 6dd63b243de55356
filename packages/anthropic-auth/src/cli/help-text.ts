import { Argument, type Command, type Option } from 'commander'
import { columns } from '../terminal/wrapped-text.ts'
import { addHelpFlags } from './common-flags.ts'
import { narrowed } from './text-width.ts'

/** Sets the help of the tool, apart from the list of its commands and options. */
export function configureHelpText(program: Command): void {
  program
    .configureHelp({ subcommandTerm: termOf, optionDescription: describeOption, minWidthToWrap: 15 })
    .helpOption('-h, --help', 'show help for a command')
    .helpCommand(false)
    .addHelpText('after', () => narrowed(EPILOGUE, columns(process.stdout)))
}

export function addExamples(command: Command, examples: readonly string[]): void {
  command.addHelpText('after', `\nExamples:\n${examples.map((one) => `  $ ${one}\n`).join('')}`)
}

/** Adds `help`, for the commands that the program has by now. */
export function addHelpCommand(program: Command): void {
  const names = program.commands.flatMap((command) => [command.name(), ...command.aliases()])
  const command = program
    .command('help')
    .summary('Show help for a command')
    .description('Show help for a command. Without a name, shows all commands.')
    .addArgument(new Argument('[command]', 'name of the command').choices([...names, 'help']))
  addHelpFlags(command)
  addExamples(command, ['anthropic-auth help', 'anthropic-auth help login'])
  command.action((name: string | undefined) => {
    const found = program.commands.find((one) => [one.name(), ...one.aliases()].includes(name ?? ''))
    ;(found ?? program).outputHelp()
  })
}

/** Leaves out `[options]`, since every command has some. */
function termOf(command: Command): string {
  const parameters = command.registeredArguments.map((one) =>
    one.required ? ` <${one.name()}>` : ` [${one.name()}]`,
  )
  return [command.name(), ...command.aliases()].join(', ') + parameters.join('')
}

/** Leaves out the choices: the descriptions name them. */
function describeOption({ description, defaultValue, defaultValueDescription }: Option): string {
  const preset = defaultValueDescription ?? (typeof defaultValue === 'string' ? defaultValue : undefined)
  return preset === undefined ? description : `${description} (default: ${preset})`
}

const EPILOGUE = `
Environment:
  ANTHROPIC_PROFILE            profile to use when --profile is not given
  ANTHROPIC_CONFIG_DIR         profiles folder (an absolute path)
  ANTHROPIC_BASE_URL           --base-url, for a profile that names no host
  ANTHROPIC_CONSOLE_URL        --console-url of login
  ANTHROPIC_OAUTH_CLIENT_ID    --client-id of login
  ANTHROPIC_ORGANIZATION_ID    --organization of login
  ANTHROPIC_WORKSPACE_ID       --workspace of login
  HTTPS_PROXY, NO_PROXY        proxy to use (Node 24.14 or later)
  NO_COLOR                     turn off colors
  ACCESSIBLE                   the same as --plain, with any value

Flags take precedence over the profile, and the profile over the environment:
a variable never overrides a setting of the profile.

Exit codes:
  0 success         1 unexpected       2 usage          3 not logged in
  4 denied          5 timed out        6 network        7 invalid code
  8 files           9 port or browser  10 missing scope 130 interrupted

Examples:
  $ anthropic-auth login --profile work
  $ anthropic-auth status --profile work
  $ ANTHROPIC_PROFILE=work node app.js

app.js needs no key: the official SDKs read the profile and refresh its token.
`
