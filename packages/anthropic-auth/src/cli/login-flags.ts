import { type Command, Option } from 'commander'
import type { OAuthMode } from '@anthropic-auth/core'
import type { CommonFlags } from './common-flags.ts'
import { MODES, readMode, readPort, readScopes, readText, readTimeout } from './option-value.ts'

/** The flags of `login`, as the parser returns them. */
export interface LoginFlags extends CommonFlags {
  readonly mode?: OAuthMode
  readonly browser: boolean
  readonly port?: readonly number[]
  readonly timeout: number
  readonly clientId?: string
  readonly scope?: readonly string[]
  readonly organization?: string
  readonly workspace?: string
  readonly consoleUrl?: string
  readonly printTokens?: boolean
}

/** Adds the flags that only `login` has. */
export function addLoginFlags(command: Command): void {
  command
    .addOption(
      new Option(
        '--mode <mode>',
        'console for API keys and the API, max for a Claude Pro or Max subscription',
      )
        .choices(MODES)
        .argParser(readMode)
        .default(undefined, 'console'),
    )
    .option('--no-browser', "don't open a browser; paste the code instead")
    .option(
      '--port <port...>',
      'localhost port that the browser returns to, or several to try in order; 0 for any free port',
      readPort,
    )
    .addOption(
      new Option('--timeout <duration>', 'time limit for the login, such as 90s or 10m, up to 24h')
        .argParser(readTimeout)
        .default(300, '5m'),
    )
    .option('--client-id <id>', 'OAuth client to log in with', readText)
    .option('--scope <scope...>', 'scopes to request', readScopes)
    .option('--organization <uuid>', 'organization to log in to', readText)
    .option('--workspace <id>', 'workspace to log in to', readText)
    .option('--console-url <url>', 'host of the consent page', readText)
    .option('--print-tokens', 'print the tokens; without --profile, they are not saved')
}
