import { Argument, type Command, Option } from 'commander'
import { columns, wrapped } from '../terminal/wrapped-text.ts'
import { VERSION } from '../version.ts'
import type { CommandContext } from './command-context.ts'
import { COMPLETION_SHELLS, type CompletionShell } from './completion-shells.ts'
import type { CreateKeyFlags } from './create-key-command.ts'
import type { ListFlags } from './list-command.ts'
import { addLoginFlags, type LoginFlags } from './login-flags.ts'
import type { LogoutFlags } from './logout-command.ts'
import type { RefreshFlags } from './refresh-command.ts'
import type { RunFlags } from './run-command.ts'
import type { StatusFlags } from './status-command.ts'
import type { TokenFlags } from './token-command.ts'
import {
  addCommonFlags,
  addHelpFlags,
  addOutputFlags,
  applyCommonFlags,
  plainOption,
  type CommonFlags,
} from './common-flags.ts'
import { addExamples, addHelpCommand, configureHelpText, helpWidth } from './help-text.ts'
import { readMinTtl, readNewProfileName, readProfileName, readShell } from './option-value.ts'
import { writeOutput } from './standard-output.ts'
import { StrictCommand } from './strict-command.ts'
import type { UseFlags } from './use-command.ts'
import { usageProblem } from './usage-message.ts'

/** The commands and their flags. The code of a command is loaded when the command runs. */
export function createProgram(context: CommandContext): Command {
  const program = new StrictCommand('anthropic-auth')
    .description(
      'Log in to Anthropic (Claude). The login is kept in the profile files that the official SDKs read.',
    )
    .version(VERSION, '-V, --version', 'show the version')
    .addOption(plainOption())
    .exitOverride()
    .enablePositionalOptions()
    .configureOutput({
      writeOut: writeOutput,
      getOutHelpWidth: helpWidth,
      // The help has no colors.
      getOutHasColors: () => false,
      outputError: (text, write) => write(usageText(text, context.args)),
      ...(context.json && { writeErr: () => undefined }),
    })
    .hook('preAction', async (_program, command) => applyCommonFlags(command.optsWithGlobals(), context))
  configureHelpText(program)
  addLogin(program, context)
  addToken(program, context)
  addStatus(program, context)
  addRun(program, context)
  addList(program)
  addUse(program, context)
  addRefresh(program, context)
  addCreateKey(program, context)
  addLogout(program, context)
  addDoctor(program, context)
  addCompletion(program)
  addHelpCommand(program)
  return program
}

function usageText(message: string, args: readonly string[]): string {
  const { problem, nextStep } = usageProblem(message, args)
  return `${wrapped(`Error: ${problem}\n${nextStep}`, columns(process.stderr)).join('\n')}\n`
}

function addLogin(program: Command, context: CommandContext): void {
  const command = program
    .command('login')
    .summary('Log in and save the login to a profile')
    .description(
      'Log in with your browser, or by pasting a code. The login is saved to a profile that you name or confirm. The profile remembers the mode, client, hosts, scopes, organization and workspace for the next login.',
    )
  addLoginFlags(command)
  addCommonFlags(command, 'profile to save the login to', readNewProfileName)
  addExamples(command, [
    'anthropic-auth login --profile work',
    'anthropic-auth login --profile work --no-browser',
    'anthropic-auth login --print-tokens --json',
  ])
  command.action(async (flags: LoginFlags) => (await import('./login-command.ts')).runLogin(flags, context))
}

function addToken(program: Command, context: CommandContext): void {
  const command = program
    .command('token')
    .summary('Print an access token')
    .description(
      "Print an access token. If it is about to expire, it is refreshed first. To ask the server whether it still accepts the token, use 'status --check'. A request also needs the header anthropic-beta: --header prints both headers. A program with an official SDK needs no token: set ANTHROPIC_PROFILE for it.",
    )
    .option(
      '--min-ttl <duration>',
      'refresh the token if it expires within this time, such as 90s or 2h (default: 2m); warn if the new one expires sooner',
      readMinTtl,
    )
    .addOption(
      new Option('--header', 'print the headers of a request: Authorization and anthropic-beta').conflicts(
        'env',
      ),
    )
    .addOption(
      new Option(
        '--env [shell]',
        'print commands that set environment variables, for: sh (also bash and zsh), fish, powershell, dotenv',
      )
        .choices(['sh', 'bash', 'zsh', 'fish', 'powershell', 'dotenv'])
        .argParser(readShell)
        .preset('sh'),
    )
  addCommonFlags(command, 'profile to use')
  addExamples(command, [
    'ANTHROPIC_PROFILE=work node app.js',
    `headers=$(anthropic-auth token --header) && echo "$headers" | curl -H @- \\
      -H anthropic-version:2023-06-01 --fail-with-body \\
      https://api.anthropic.com/v1/models`,
    'vars=$(anthropic-auth token --env) && eval "$vars" && node app.js',
    'anthropic-auth token --env=fish | source',
    'anthropic-auth token --env=powershell | Out-String | Invoke-Expression',
  ])
  command.action(async (flags: TokenFlags) => (await import('./token-command.ts')).runToken(flags, context))
}

function addStatus(program: Command, context: CommandContext): void {
  const command = program
    .command('status')
    .alias('whoami')
    .summary('Show the logged-in account and when the token expires')
    .description(
      'Show the logged-in account and when the token expires. Nothing is sent unless you add --check.',
    )
    .option('--check', 'ask the server whether it accepts the access token')
  addCommonFlags(command, 'profile to show')
  addExamples(command, ['anthropic-auth status', 'anthropic-auth status --check --json'])
  command.action(async (flags: StatusFlags) =>
    (await import('./status-command.ts')).runStatus(flags, context),
  )
}

function addRun(program: Command, context: CommandContext): void {
  const command = program
    .command('run')
    .summary('Run a program with your login')
    .description(
      'Run a program with your login, and keep the login refreshed while it runs. The exit code is that of the program.',
    )
    .argument('<program...>', 'program to run, with its arguments')
    .option('--token', 'pass a token that is never refreshed, for programs without an official SDK')
    .passThroughOptions()
    .option('--profile <name>', 'profile to use', readProfileName)
  addOutputFlags(command)
  addExamples(command, [
    'anthropic-auth run -- node app.js',
    'anthropic-auth run --profile work --token -- node app.js',
  ])
  command.action(async (argv: readonly string[], flags: RunFlags) =>
    (await import('./run-command.ts')).runProgram(argv, flags, context),
  )
}

function addList(program: Command): void {
  const command = program
    .command('list')
    .summary('List the profiles and their accounts')
    .description('List the profiles with their accounts and modes. A * marks the active profile.')
    .option('-q, --quiet', 'print the names only')
  addOutputFlags(command)
  addExamples(command, ['anthropic-auth list', 'anthropic-auth list --json'])
  command.action(async (flags: ListFlags) => (await import('./list-command.ts')).runList(flags))
}

function addUse(program: Command, context: CommandContext): void {
  const command = program
    .command('use')
    .summary('Make a profile the active one')
    .description(
      'Make a profile the active one. Programs use it unless a flag or ANTHROPIC_PROFILE names another.',
    )
    .argument('<profile>', 'name of the profile', readProfileName)
  addOutputFlags(command)
  addExamples(command, ['anthropic-auth use work', 'anthropic-auth use default'])
  command.action(async (profile: string, flags: UseFlags) =>
    (await import('./use-command.ts')).runUse(profile, flags, context),
  )
}

function addRefresh(program: Command, context: CommandContext): void {
  const command = program
    .command('refresh')
    .summary('Refresh the tokens now')
    .description('Refresh the tokens now, and save them.')
    .option('--watch', 'keep refreshing the tokens before they expire, until you press Ctrl-C')
  addCommonFlags(command, 'profile to refresh')
  addExamples(command, ['anthropic-auth refresh', 'anthropic-auth refresh --watch --profile work'])
  command.action(async (flags: RefreshFlags) =>
    (await import('./refresh-command.ts')).runRefresh(flags, context),
  )
}

function addCreateKey(program: Command, context: CommandContext): void {
  const command = program
    .command('create-key')
    .summary('Create an API key and print it')
    .description(
      "Create an API key and print it. The key is shown only once, and is not saved. It stays valid until you delete it, so don't create a new one for each run.",
    )
  addCommonFlags(command, 'profile to use')
  addExamples(command, [
    'anthropic-auth create-key',
    'key=$(anthropic-auth create-key) && export ANTHROPIC_API_KEY="$key"',
  ])
  command.action(async (flags: CreateKeyFlags) =>
    (await import('./create-key-command.ts')).runCreateKey(flags, context),
  )
}

function addLogout(program: Command, context: CommandContext): void {
  const command = program
    .command('logout')
    .summary('Revoke the tokens and remove them')
    .description('Revoke the tokens on the server, and remove them from this machine.')
    .addOption(new Option('--all', 'log out of every profile').conflicts('profile'))
    .option('--remove', 'also remove the settings of the profile, so that it leaves the list')
  addCommonFlags(command, 'profile to log out of')
  addExamples(command, ['anthropic-auth logout --profile work', 'anthropic-auth logout --all'])
  command.action(async (flags: LogoutFlags) =>
    (await import('./logout-command.ts')).runLogout(flags, context),
  )
}

function addDoctor(program: Command, context: CommandContext): void {
  const command = program
    .command('doctor')
    .summary('Check for problems that break logins')
    .description(
      'Check for problems that break logins: in files, the network, the clock, the proxy and the browser. Shows how to fix each problem. Changes nothing, and sends no token. The exit code is 0 unless there is a problem. A missing login is only a warning.',
    )
  addCommonFlags(command, 'profile to check')
  addExamples(command, ['anthropic-auth doctor', 'anthropic-auth doctor --profile work --json'])
  command.action(async (flags: CommonFlags) =>
    (await import('./doctor-command.ts')).runDoctor(flags, context),
  )
}

function addCompletion(program: Command): void {
  const command = program
    .command('completion')
    .summary('Print a completion script for your shell')
    .description(
      'Print a completion script for your shell. Load it in the startup file of your shell. For zsh, put the line below the one that runs compinit.',
    )
    .addArgument(new Argument('<shell>', 'your shell: bash, zsh or fish').choices(COMPLETION_SHELLS))
  addHelpFlags(command)
  addExamples(command, [
    'eval "$(anthropic-auth completion bash)"',
    'source <(anthropic-auth completion zsh)',
    'anthropic-auth completion fish | source',
  ])
  command.action(async (shell: CompletionShell) =>
    (await import('./completion-command.ts')).runCompletion(shell, program),
  )
}
