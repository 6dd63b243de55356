import { print, printJson } from './output.ts'
import type { CommandContext } from './program.ts'
import type { CommonFlags } from './settings.ts'
import { briefProvider, clientOf, openLogin } from './stored-login.ts'

export type CreateKeyFlags = CommonFlags

/** `anthropic-auth create-key` */
export async function runCreateKey(flags: CreateKeyFlags, { signal }: CommandContext): Promise<void> {
  const login = await openLogin(flags)
  const client = clientOf(login, flags)
  const { provider, settle } = briefProvider(client, login.store)
  const { token } = await provider({ signal })
  // The set knows its scopes: one that is missing is told before anything is asked for.
  const apiKey = await client.createApiKey(provider.tokens ?? token, { signal })
  if (flags.json === true) printJson({ apiKey })
  else print(apiKey)
  settle()
}
