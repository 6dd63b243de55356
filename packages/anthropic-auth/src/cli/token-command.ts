import type { AccessToken } from '@anthropic-auth/core'
import { isMachineLogin, openAnyLogin } from './any-login.ts'
import { CommandTokenProvider } from './command-token-provider.ts'
import { lasts, lastingToken } from './lasting-token.ts'
import type { CommandContext } from './command-context.ts'
import { baseUrlSetting, checkedUrl } from './host-settings.ts'
import { MIN_TTL, printToken, type TokenFlags, warnOfShortLife } from './token-output.ts'

export type { TokenFlags } from './token-output.ts'

/** `anthropic-auth token` */
export async function runToken(flags: TokenFlags, context: CommandContext): Promise<void> {
  const login = await openAnyLogin(flags, context)
  if (isMachineLogin(login)) {
    return (await import('./machine/machine-token.ts')).printMachineToken(login, flags, context)
  }
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
