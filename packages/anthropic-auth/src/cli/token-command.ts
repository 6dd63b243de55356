import { commandTokenProvider } from './command-token-provider.ts'
import { print, printJson } from './output.ts'
import type { CommandContext } from './program.ts'
import type { CommonFlags } from './settings.ts'
import { openLogin } from './stored-login.ts'

export interface TokenFlags extends CommonFlags {
  readonly env?: boolean
}

/** `anthropic-auth token` */
export async function runToken(flags: TokenFlags, { signal }: CommandContext): Promise<void> {
  const login = await openLogin(flags)
  const { accessToken, settle } = commandTokenProvider(login, flags, signal)
  const { token, expiresAt } = await accessToken()
  if (flags.json === true)
    printJson(flags.env === true ? { ANTHROPIC_AUTH_TOKEN: token } : { token, expiresAt })
  else print(flags.env === true ? `ANTHROPIC_AUTH_TOKEN=${token}` : token)
  await settle()
}
