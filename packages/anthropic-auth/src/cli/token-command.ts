import type { AccessToken } from '@anthropic-auth/core'
import { type CommandTokenProvider, commandTokenProvider } from './command-token-provider.ts'
import { reportWarning } from './error-report.ts'
import { durationText, print, printJson, tell } from './output.ts'
import type { CommandContext } from './program.ts'
import { baseUrlSetting, checkedUrl, type CommonFlags } from './settings.ts'
import { type Assignments, type Shell, shellAssignments } from './shell-assignments.ts'
import { openLogin } from './stored-login.ts'
import { tokenHeaders, withOAuthBeta } from './token-headers.ts'

export interface TokenFlags extends CommonFlags {
  /** In seconds. */
  readonly minTtl?: number
  readonly header?: boolean
  readonly env?: Shell
}

/** How long a token has to be valid for, in seconds, unless the user says otherwise. */
const MIN_TTL = 120

/** `anthropic-auth token` */
export async function runToken(flags: TokenFlags, context: CommandContext): Promise<void> {
  const login = await openLogin(flags, context)
  const provider = commandTokenProvider(login, flags, context.signal)
  const accessToken = await lastingToken(provider, flags.minTtl ?? MIN_TTL)
  const baseUrl = baseUrlSetting(flags, login.profile)
  printToken(accessToken, baseUrl === null ? null : checkedUrl(baseUrl), flags)
  await provider.settle()
  if (flags.minTtl !== undefined && provider.isRenewed()) warnOfShortLife(accessToken, flags.minTtl, flags)
}

/** Returns a token that is valid for `minTtl` seconds, unless even a new one is not. */
async function lastingToken(provider: CommandTokenProvider, minTtl: number): Promise<AccessToken> {
  const found = await provider.accessToken()
  return lasts(found, minTtl) || provider.isRenewed() ? found : provider.renewedOr(found)
}

function lasts({ expiresAt }: AccessToken, seconds: number): boolean {
  return expiresAt === null || expiresAt - Date.now() / 1000 >= seconds
}

function warnOfShortLife(accessToken: AccessToken, minTtl: number, { json }: TokenFlags): void {
  const { expiresAt } = accessToken
  if (lasts(accessToken, minTtl) || expiresAt === null) return
  const left = durationText(expiresAt - Date.now() / 1000)
  reportWarning(`This token is new, but valid for only ${left}: the server gives no longer ones.`, json)
}

function printToken({ token, expiresAt }: AccessToken, host: string | null, flags: TokenFlags): void {
  const { json = false, env, header = false } = flags
  if (env !== undefined) {
    const assignments = environmentOf(token, host)
    if (json) printJson(assignments)
    else print(shellAssignments(assignments, env))
    return
  }
  if (json) printJson(header ? tokenHeaders(token) : { token, expiresAt, baseUrl: host })
  else print(header ? headerLines(token) : token)
  // Scripts read standard error, too: this line is for people.
  if (host !== null && !json && process.stderr.isTTY) tell(`This token is for ${host}`)
}

function headerLines(token: string): string {
  return Object.entries(tokenHeaders(token))
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n')
}

/** Returns the variables with which an official SDK uses this token, at the host that the token is for. */
function environmentOf(token: string, host: string | null): Assignments {
  return {
    ANTHROPIC_AUTH_TOKEN: token,
    ANTHROPIC_CUSTOM_HEADERS: withOAuthBeta(process.env['ANTHROPIC_CUSTOM_HEADERS']),
    ...(host !== null && { ANTHROPIC_BASE_URL: host }),
    // The official SDKs would use a key in place of the token.
    ANTHROPIC_API_KEY: null,
  }
}
