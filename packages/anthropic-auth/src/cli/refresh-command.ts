import { briefProvider } from './brief-provider.ts'
import { expiryText, printJson, tell } from './output.ts'
import type { CommandContext } from './program.ts'
import type { CommonFlags } from './settings.ts'
import { openLogin } from './stored-login.ts'

export type RefreshFlags = CommonFlags

/** `anthropic-auth refresh` */
export async function runRefresh(flags: RefreshFlags, { signal }: CommandContext): Promise<void> {
  const login = await openLogin(flags)
  const { provider, settle } = briefProvider(login, flags, signal)
  const { expiresAt } = await provider({ forceRefresh: true, signal })
  await settle()
  const { name } = login.profile
  if (flags.json === true) printJson({ profile: name, expiresAt })
  else tell(`Renewed the login of profile '${name}'. The access token expires ${expiryText({ expiresAt })}.`)
}
