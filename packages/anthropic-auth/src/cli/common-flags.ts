import { type Command, Option } from 'commander'
import type { CommandContext } from './command-context.ts'
import { readProfileName, readText } from './option-value.ts'

/** The flags of a command that sends requests for a profile. */
export interface CommonFlags {
  readonly profile?: string
  readonly baseUrl?: string
  readonly json?: boolean
  readonly debug?: boolean
}

/** Adds the flags of a command that sends requests for a profile. */
export function addCommonFlags(
  command: Command,
  profile: string,
  readName: (text: string) => string = readProfileName,
): void {
  command
    .option('--profile <name>', profile, readName)
    .option('--base-url <url>', 'host of the API and the token endpoint', readText)
  addOutputFlags(command)
}

export function addOutputFlags(command: Command): void {
  command
    .option('--json', 'print JSON, including errors')
    .option('--debug', 'show what happens to the tokens, and stack traces')
  addHelpFlags(command)
}

export function addHelpFlags(command: Command): void {
  command.addOption(plainOption()).helpOption('-h, --help', 'show this help').exitOverride()
}

export function plainOption(): Option {
  return new Option('--plain', 'write plain lines and redraw nothing, for screen readers')
}

/** The flags that are handled before the command runs. */
interface HandledFlags {
  readonly profile?: string
  readonly plain?: boolean
  readonly baseUrl?: string
  readonly consoleUrl?: string
}

/**
 * Handles the flags that mean the same for every command.
 *
 * @throws AnthropicAuthError `invalid_config` for a URL that can't be used, before the command reads or changes anything
 */
export async function applyCommonFlags(
  { profile, plain, baseUrl, consoleUrl }: HandledFlags,
  { useProfile }: CommandContext,
): Promise<void> {
  if (profile !== undefined) useProfile(profile)
  if (plain === true) process.env['ACCESSIBLE'] ??= '1'
  if (baseUrl === undefined && consoleUrl === undefined) return
  const [{ checkedUrl }, { given }] = await Promise.all([
    import('./host-settings.ts'),
    import('./setting.ts'),
  ])
  for (const setting of [given('--base-url', baseUrl), given('--console-url', consoleUrl)]) {
    if (setting !== null) checkedUrl(setting)
  }
}
