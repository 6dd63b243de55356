import type { TokenSet } from '@anthropic-auth/core'
import { NOT_LOGGED_IN } from './exit-code.ts'
import { reportWarning } from './error-report.ts'
import { instantText, namedText, printJson, printRows } from './output.ts'
import type { CommandContext } from './program.ts'
import { type CommonFlags, hostOf } from './settings.ts'
import { openLogin, type StoredLogin } from './stored-login.ts'

export type StatusFlags = CommonFlags

/** `anthropic-auth status`: ends as not logged in where the tokens are of no more use. */
export async function runStatus(flags: StatusFlags, { end }: CommandContext): Promise<void> {
  const login = await openLogin(flags)
  const host = hostOf(flags, login.profile)
  if (flags.json === true) printJson(statusJson(login, host))
  else printRows(statusRows(login, host))
  if (!isUsable(login)) end(NOT_LOGGED_IN)
  else if (endsSoon(login.tokens)) reportWarning(endsSoonText(login), flags.json)
}

/** `status` warns when a login ends within this many days. */
const WARNING_DAYS = 7

function endsSoon({ refreshTokenExpiresAt }: TokenSet): boolean {
  return refreshTokenExpiresAt !== null && refreshTokenExpiresAt - Date.now() / 1000 <= WARNING_DAYS * 86_400
}

function endsSoonText({ profile, tokens }: StoredLogin): string {
  const when = instantText(tokens.refreshTokenExpiresAt)
  const remedy = `Run: anthropic-auth login --profile ${profile.name}`
  return isRenewable(tokens)
    ? `This login ends ${when}, however often it is renewed. ${remedy}`
    : `This login ended ${when}, and its access token can't be renewed any more. ${remedy}`
}

function statusRows(login: StoredLogin, host: string): readonly (readonly [string, string])[] {
  const { profile, tokens } = login
  const expiry = instantText(tokens.expiresAt)
  const renewal = isRenewable(tokens)
    ? 'renewed when it is due'
    : "can't be renewed: log in again when it expires"
  return [
    ['Profile', profile.name],
    ['Account', profile.accountEmail ?? 'unknown'],
    ['Organization', namedText(tokens.organization)],
    ['Workspace', tokens.workspace === null ? 'none' : namedText(tokens.workspace)],
    ['Scopes', tokens.scopes?.join(' ') ?? 'unknown'],
    ['Host', host],
    ['Expires', `${expiry}, ${isUsable(login) ? renewal : 'log in again'}`],
    ...(tokens.refreshTokenExpiresAt === null
      ? []
      : [['Login ends', instantText(tokens.refreshTokenExpiresAt)] as const]),
  ]
}

function statusJson(login: StoredLogin, host: string): object {
  const { profile, tokens } = login
  return {
    profile: profile.name,
    account: profile.accountEmail === null ? null : { email: profile.accountEmail },
    organization: tokens.organization,
    workspace: tokens.workspace,
    scopes: tokens.scopes,
    baseUrl: host,
    clientId: profile.clientId,
    expiresAt: tokens.expiresAt,
    refreshTokenExpiresAt: tokens.refreshTokenExpiresAt,
    isRenewable: isRenewable(tokens),
    isUsable: isUsable(login),
  }
}

/** Whether the access token is valid or can be renewed. After the login has ended, it can't be renewed. */
function isUsable({ tokens }: StoredLogin): boolean {
  return isRenewable(tokens) || !tokens.isExpired(0)
}

function isRenewable({ refreshToken, refreshTokenExpiresAt }: TokenSet): boolean {
  const isOver = refreshTokenExpiresAt !== null && refreshTokenExpiresAt <= Date.now() / 1000
  return refreshToken !== null && !isOver
}
