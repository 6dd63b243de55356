import { Command, InvalidArgumentError, Option } from 'commander'
import { VERSION } from '../version.ts'
import type { CreateKeyFlags } from './create-key-command.ts'
import type { LoginFlags } from './login-command.ts'
import type { LogoutFlags } from './logout-command.ts'
import type { RefreshFlags } from './refresh-command.ts'
import type { StatusFlags } from './status-command.ts'
import type { TokenFlags } from './token-command.ts'
import { usageMessage } from './usage-message.ts'

/** What a command works with beside its flags. */
export interface CommandContext {
  /** Whether whoever reads the output is a machine: then the parser is silent about what it refuses. */
  readonly json: boolean
  /** Aborts when the process is asked to end. */
  readonly signal: AbortSignal
  /** Sets the exit code of a command that ends without an error. */
  readonly end: (exitCode: number) => void
}

/** The commands and their flags. What a command does is loaded when it is called. */
export function createProgram(context: CommandContext): Command {
  const program = new Command('anthropic-auth')
    .description(
      'Logs in to Anthropic/Claude and keeps the login in the profile files that the official SDKs read.',
    )
    .version(VERSION, '-V, --version')
    .exitOverride()
    .showHelpAfterError('Run it with --help to see what it takes.')
    .configureOutput({
      outputError: (text, write) => write(usageMessage(text)),
      ...(context.json && { writeErr: () => undefined }),
    })
    .addHelpText('after', EPILOGUE)
  addLogin(program, context)
  addToken(program, context)
  addStatus(program, context)
  addRefresh(program, context)
  addCreateKey(program, context)
  addLogout(program, context)
  return program
}

const EPILOGUE = `
Environment:
  ANTHROPIC_PROFILE            the profile, where --profile is not given
  ANTHROPIC_CONFIG_DIR         the folder of the profiles
  ANTHROPIC_BASE_URL           as --base-url
  ANTHROPIC_CONSOLE_URL        as --console-url
  ANTHROPIC_OAUTH_CLIENT_ID    as --client-id
  ANTHROPIC_ORGANIZATION_ID    as --organization
  ANTHROPIC_WORKSPACE_ID       as --workspace
  NO_COLOR                     no colours

A flag comes before the environment, the environment before the profile's own
settings.

Exit codes:
  0 done            1 unexpected       2 usage          3 not logged in
  4 denied          5 timed out        6 network        7 wrong answer
  8 files           9 port or browser  10 missing scope 130 interrupted

Examples:
  $ anthropic-auth login
  $ anthropic-auth login --profile work --no-browser
  $ ANTHROPIC_AUTH_TOKEN=$(anthropic-auth token) my-tool
`

function addLogin(program: Command, context: CommandContext): void {
  const command = program
    .command('login')
    .summary('log in')
    .description(
      'Log in, in the browser or by a pasted code. Saves only to a profile that you name or confirm.',
    )
    .addOption(
      new Option('--mode <mode>', 'console: for API keys; max: with a Claude Pro or Max subscription')
        .choices(['console', 'max'])
        .default('console'),
    )
    .option('--no-browser', 'open no browser; without --port, the code is pasted')
    .option(
      '--port <port...>',
      'listen on this port of localhost, or the first free one of several',
      readPort,
    )
    .addOption(
      new Option('--timeout <seconds>', 'how long to wait for the answer')
        .argParser(readSeconds)
        .default(300),
    )
    .option('--client-id <id>', 'the OAuth client', readText)
    .option('--scope <scope...>', 'ask for these scopes alone', readScopes)
    .option('--organization <uuid>', 'the organization to log in to', readText)
    .option('--workspace <id>', 'the workspace to log in to', readText)
    .option('--console-url <url>', 'where access is allowed and the code is shown', readText)
    .option('--print-tokens', 'write the tokens to standard output')
  addCommon(command, 'save the login to this profile')
  addExamples(command, [
    'login',
    'login --profile work',
    'login --profile ci --no-browser --port 8976',
    'login --print-tokens --json',
  ])
  command.action(async (flags: LoginFlags) => (await import('./login-command.ts')).runLogin(flags, context))
}

function addToken(program: Command, context: CommandContext): void {
  const command = program
    .command('token')
    .summary('write a fresh access token')
    .description('Write a fresh access token to standard output; it is renewed first where that is due.')
    .option('--env', 'write it as ANTHROPIC_AUTH_TOKEN=…')
  addCommon(command, 'the login of this profile')
  addExamples(command, ['token', 'token --profile work --env'])
  command.action(async (flags: TokenFlags) => (await import('./token-command.ts')).runToken(flags, context))
}

function addStatus(program: Command, context: CommandContext): void {
  const command = program
    .command('status')
    .summary('tell who is logged in')
    .description('Tell who is logged in, and for how long; asks no server and shows no part of a token.')
  addCommon(command, 'the login of this profile')
  addExamples(command, ['status', 'status --json'])
  command.action(async (flags: StatusFlags) =>
    (await import('./status-command.ts')).runStatus(flags, context),
  )
}

function addRefresh(program: Command, context: CommandContext): void {
  const command = program
    .command('refresh')
    .summary('renew the tokens now')
    .description('Renew the tokens now, and save them.')
  addCommon(command, 'the login of this profile')
  addExamples(command, ['refresh', 'refresh --profile work'])
  command.action(async (flags: RefreshFlags) =>
    (await import('./refresh-command.ts')).runRefresh(flags, context),
  )
}

function addCreateKey(program: Command, context: CommandContext): void {
  const command = program
    .command('create-key')
    .summary('create an API key')
    .description('Create an API key, and write it to standard output; it is saved nowhere.')
  addCommon(command, 'the login of this profile')
  addExamples(command, ['create-key', 'create-key --profile work --json'])
  command.action(async (flags: CreateKeyFlags) =>
    (await import('./create-key-command.ts')).runCreateKey(flags, context),
  )
}

function addLogout(program: Command, context: CommandContext): void {
  const command = program
    .command('logout')
    .summary('revoke and remove the tokens')
    .description('Revoke the tokens at the server, and remove them here.')
    .addOption(new Option('--all', 'of every profile').conflicts('profile'))
  addCommon(command, 'the login of this profile')
  addExamples(command, ['logout', 'logout --profile work', 'logout --all'])
  command.action(async (flags: LogoutFlags) =>
    (await import('./logout-command.ts')).runLogout(flags, context),
  )
}

function addCommon(command: Command, profile: string): void {
  command
    .option('--profile <name>', profile)
    .option('--base-url <url>', 'the host of tokens, API keys and profile', readText)
    .option('--json', 'write JSON, errors too')
    .option('--debug', 'show what happens to the tokens, and the stack of an error')
    .exitOverride()
}

function addExamples(command: Command, examples: readonly string[]): void {
  command.addHelpText(
    'after',
    `\nExamples:\n${examples.map((one) => `  $ anthropic-auth ${one}\n`).join('')}`,
  )
}

/** An empty value is a variable of a script that was not set: that must not mean the default. */
function readText(text: string): string {
  if (text.trim() === '') throw new InvalidArgumentError('It is empty.')
  return text
}

function readPort(text: string, previous: readonly number[] = []): readonly number[] {
  const port = Number(text)
  if (!/^[0-9]{1,5}$/.test(text) || port > 65_535) throw new InvalidArgumentError('It goes from 0 to 65535.')
  return [...previous, port]
}

function readScopes(text: string, previous: readonly string[] = []): readonly string[] {
  return [
    ...previous,
    ...readText(text)
      .split(/[\s,]+/)
      .filter((scope) => scope !== ''),
  ]
}

function readSeconds(text: string): number {
  const seconds = Number(text)
  if (/^[0-9]{1,7}(?:\.[0-9]+)?$/.test(text) && seconds > 0) return seconds
  throw new InvalidArgumentError('It is a number of seconds above 0.')
}
