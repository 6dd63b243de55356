import type { AccessToken } from '@anthropic-auth/core'
import { CommandTokenProvider } from './command-token-provider.ts'
import { reportWarning } from './error-report.ts'
import { lasts, lastingToken, tokenEnvironment } from './lasting-token.ts'
import { durationText, print, printJson, tell } from './output.ts'
import type { CommandContext } from './command-context.ts'
import { baseUrlSetting, checkedUrl, type CommonFlags } from './settings.ts'
import { type Shell, shellAssignments } from './shell-assignments.ts'
import { openLogin } from './stored-login.ts'
import { tokenHeaders } from './token-headers.ts'

export interface TokenFlags extends CommonFlags {
  /** In seconds. */
  readonly minTtl?: number
  readonly header?: boolean
  readonly env?: Shell
}

/** The default of `--min-ttl`, in seconds. */
const MIN_TTL = 120

/** `anthropic-auth token` */
export async function runToken(flags: TokenFlags, context: CommandContext): Promise<void> {
  const login = await openLogin(flags, context)
  const provider = new CommandTokenProvider(login, flags, context.signal)
  const accessToken = await (flags.minTtl === undefined
    ? lastingToken(provider, MIN_TTL)
    : tokenFor(provider, flags.minTtl))
  const baseUrl = baseUrlSetting(flags, login.profile)
  printToken(accessToken, baseUrl === null ? null : checkedUrl(baseUrl), flags)
  await provider.settle()
  if (flags.minTtl !== undefined && provider.isRenewed()) warnOfShortLife(accessToken, flags.minTtl, flags)
}

/** A script that asks for a lifetime must not go on with less because the tokens could not be renewed. */
async function tokenFor(provider: CommandTokenProvider, minTtl: number): Promise<AccessToken> {
  const found = await provider.accessToken()
  return lasts(found, minTtl) || provider.isRenewed() ? found : provider.accessToken({ forceRefresh: true })
}

function warnOfShortLife(accessToken: AccessToken, minTtl: number, { json }: TokenFlags): void {
  const { expiresAt } = accessToken
  if (lasts(accessToken, minTtl) || expiresAt === null) return
  const left = durationText(expiresAt - Date.now() / 1000)
  reportWarning(`The server issued a token that is valid for only ${left}.`, json)
}

function printToken({ token, expiresAt }: AccessToken, host: string | null, flags: TokenFlags): void {
  const { json = false, env, header = false } = flags
  if (env !== undefined) {
    const assignments = tokenEnvironment(token, host)
    if (json) printJson(assignments)
    else print(shellAssignments(assignments, env))
    return
  }
  if (json) printJson(header ? tokenHeaders(token) : { token, expiresAt, baseUrl: host })
  else print(header ? headerLines(token) : token)
  // Only for a user at the terminal: scripts read standard error, too.
  if (host !== null && !json && process.stderr.isTTY) tell(`This token is for ${host}`)
}

function headerLines(token: string): string {
  return Object.entries(tokenHeaders(token))
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n')
}
