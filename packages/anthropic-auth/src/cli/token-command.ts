import type { AccessToken, TokenSet } from '@anthropic-auth/core'
import { isMachineLogin, openAnyLogin } from './any-login.ts'
import type { CommandTokenProvider } from './command-token-provider.ts'
import { lasts, lastingToken } from './lasting-token.ts'
import type { CommandContext } from './command-context.ts'
import { reportWarning } from './error-report.ts'
import { endedText, isUsable } from './login-lifetime.ts'
import { checkedUrl, clientOf } from './host-settings.ts'
import type { StoredLogin } from './stored-login.ts'
import { MIN_TTL, printToken, type TokenFlags, warnOfShortLife } from './token-output.ts'

export type { TokenFlags } from './token-output.ts'

/** `anthropic-auth token` */
export async function runToken(flags: TokenFlags, context: CommandContext): Promise<void> {
  const login = await openAnyLogin(flags, context)
  if (isMachineLogin(login)) {
    return (await import('./machine/machine-token.ts')).printMachineToken(login, flags, context)
  }
  const { baseUrl } = login
  const host = baseUrl === null ? null : checkedUrl(baseUrl)
  if (isFresh(login.tokens, flags)) printStoredToken(login, host, flags)
  else await printLastingToken(login, host, flags, context)
}

/** Whether no refresh is due. Then the provider, which takes a while to load, would return the stored token as it is. */
function isFresh({ accessToken: token, expiresAt }: TokenSet, { minTtl = 0, debug }: TokenFlags): boolean {
  const isKnown = expiresAt !== null
  return isKnown && debug !== true && lasts({ token, expiresAt }, Math.max(minTtl, MIN_TTL))
}

function printStoredToken(login: StoredLogin, host: string | null, flags: TokenFlags): void {
  const { tokens } = login
  // Wrong settings are an error now, and not only when the token is due for a refresh.
  clientOf(login, flags)
  printToken({ token: tokens.accessToken, expiresAt: tokens.expiresAt }, host, flags)
  if (!isUsable(login)) reportWarning(endedText(login), flags.json)
}

async function printLastingToken(
  login: StoredLogin,
  host: string | null,
  flags: TokenFlags,
  { signal }: CommandContext,
): Promise<void> {
  const { CommandTokenProvider } = await import('./command-token-provider.ts')
  const provider = new CommandTokenProvider(login, flags, signal)
  const accessToken = await (flags.minTtl === undefined
    ? lastingToken(provider, MIN_TTL)
    : tokenFor(provider, flags.minTtl))
  printToken(accessToken, host, flags)
  await provider.settle()
  provider.warnIfEnded()
  if (flags.minTtl !== undefined && provider.isRefreshed()) warnOfShortLife(accessToken, flags.minTtl, flags)
}

/** A script that asks for a lifetime must not go on with less because the tokens could not be refreshed. */
async function tokenFor(provider: CommandTokenProvider, minTtl: number): Promise<AccessToken> {
  const found = await provider.accessToken()
  return lasts(found, minTtl) || provider.isRefreshed() ? found : provider.accessToken({ forceRefresh: true })
}
