import { NOT_LOGGED_IN } from './exit-code.ts'
import { expiryText, namedText, printJson, printRows } from './output.ts'
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
}

function statusRows(login: StoredLogin, host: string): readonly (readonly [string, string])[] {
  const { profile, tokens } = login
  const expiry = expiryText(tokens)
  const renewal =
    tokens.refreshToken === null ? 'can not be renewed: log in again then' : 'renewed when it is due'
  return [
    ['Profile', profile.name],
    ['Account', profile.accountEmail ?? 'unknown'],
    ['Organization', namedText(tokens.organization)],
    ['Workspace', tokens.workspace === null ? 'none' : namedText(tokens.workspace)],
    ['Scopes', tokens.scopes?.join(' ') ?? 'unknown'],
    ['Host', host],
    ['Expires', `${expiry}, ${isUsable(login) ? renewal : 'log in again'}`],
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
    isRenewable: tokens.refreshToken !== null,
    isUsable: isUsable(login),
  }
}

function isUsable({ tokens }: StoredLogin): boolean {
  return tokens.refreshToken !== null || !tokens.isExpired(0)
}
