import { commandTokenProvider } from './command-token-provider.ts'
import { instantText, printJson, tell } from './output.ts'
import type { CommandContext } from './program.ts'
import type { CommonFlags } from './settings.ts'
import { openLogin } from './stored-login.ts'

export type RefreshFlags = CommonFlags

/** `anthropic-auth refresh` */
export async function runRefresh(flags: RefreshFlags, context: CommandContext): Promise<void> {
  const login = await openLogin(flags, context)
  const { accessToken, settle } = commandTokenProvider(login, flags, context.signal)
  const { expiresAt } = await accessToken({ forceRefresh: true })
  await settle()
  const { name } = login.profile
  if (flags.json === true) printJson({ profile: name, expiresAt })
  else tell(`Renewed the login of profile '${name}'. The access token expires ${instantText(expiresAt)}.`)
}
