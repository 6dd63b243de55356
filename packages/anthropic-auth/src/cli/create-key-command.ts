import { briefProvider } from './brief-provider.ts'
import { print, printJson } from './output.ts'
import type { CommandContext } from './program.ts'
import type { CommonFlags } from './settings.ts'
import { openLogin } from './stored-login.ts'

export type CreateKeyFlags = CommonFlags

/** `anthropic-auth create-key` */
export async function runCreateKey(flags: CreateKeyFlags, { signal }: CommandContext): Promise<void> {
  const login = await openLogin(flags)
  const { client, provider, settle } = briefProvider(login, flags, signal)
  const { token } = await provider({ signal })
  // First: a login that is about to be lost makes no key that stays.
  await settle()
  // The set knows its scopes: one that is missing is told before anything is asked for.
  const apiKey = await client.createApiKey(provider.tokens ?? token, { signal })
  if (flags.json === true) printJson({ apiKey })
  else print(apiKey)
}
