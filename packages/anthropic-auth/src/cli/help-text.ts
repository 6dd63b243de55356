import { Argument, type Command, Help, type Option } from 'commander'
import { addHelpFlags } from './common-flags.ts'
import { outputWidth } from './standard-output.ts'
import { narrowed, stackedItem } from './text-width.ts'

/** Sets the help of the tool, apart from the list of its commands and options. */
export function configureHelpText(program: Command): void {
  program
    .configureHelp({
      subcommandTerm: termOf,
      optionDescription: describeOption,
      argumentDescription: ({ description }) => description,
      formatItem,
      minWidthToWrap: 15,
    })
    .helpOption('-h, --help', 'show help for a command')
    .helpCommand(false)
    .addHelpText('after', () => narrowed(EPILOGUE, helpWidth()))
}

/** The width of the help. */
export function helpWidth(): number {
  const width = outputWidth()
  return Number.isFinite(width) ? width : 80
}

export function addExamples(command: Command, examples: readonly string[]): void {
  command.addHelpText('after', `\nExamples:\n${examples.map((one) => `  $ ${one}`).join('\n')}`)
}

/** Adds the command `help`. Call it last: it covers only the commands that were added before. */
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

/** The narrowest column of descriptions. Below this, they stand under the terms. */
const MIN_DESCRIPTION = 30
const INDENT = 2

function formatItem(term: string, termWidth: number, description: string, helper: Help): string {
  const width = helper.helpWidth ?? 80
  if (description === '' || width - INDENT - termWidth - INDENT >= MIN_DESCRIPTION) {
    return Help.prototype.formatItem.call(helper, term, termWidth, description, helper)
  }
  return stackedItem(term, description, width).join('\n')
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
  ANTHROPIC_BASE_URL           default of --base-url
  ANTHROPIC_CONSOLE_URL        default of --console-url, for login
  ANTHROPIC_OAUTH_CLIENT_ID    default of --client-id, for login
  ANTHROPIC_ORGANIZATION_ID    default of --organization, for login
  ANTHROPIC_WORKSPACE_ID       default of --workspace, for login
  HTTPS_PROXY, NO_PROXY        proxy to use (Node 24.14 or later)
  NO_COLOR                     turn off colors
  ACCESSIBLE                   any value has the effect of --plain

In this tool, flags take precedence over the profile, and the profile over these variables. The official SDKs are different: they use ANTHROPIC_API_KEY, ANTHROPIC_AUTH_TOKEN and ANTHROPIC_BASE_URL before a profile.

Exit codes:
  0      success
  1      unexpected error
  2      wrong usage or setting
  3      no login, or no such profile
  4      access denied
  5      timed out
  6      network or server error
  7      invalid code
  8      problem with profile files
  9      no port or no browser
  10     missing scope
  126    run: program can't be started
  127    run: there is no such program
  128+N  run: signal N ended the program
  130    interrupted

Examples:
  $ anthropic-auth login --profile work
  $ anthropic-auth status --profile work
  $ ANTHROPIC_PROFILE=work node app.js

app.js needs no key: the official SDKs read the profile and refresh its token.`
