import { AnthropicAuthError } from '@anthropic-auth/core'
import { withAcceptedToken } from './accepted-token.ts'
import { CommandTokenProvider } from './command-token-provider.ts'
import { keysPage } from './keys-page.ts'
import { namedText, print, printJson, tell } from './output.ts'
import type { CommandContext } from './command-context.ts'
import type { CommonFlags } from './common-flags.ts'
import { takeOutputProblem } from './standard-output.ts'
import { openLogin } from './stored-login.ts'

export type CreateKeyFlags = CommonFlags

/** `anthropic-auth create-key` */
export async function runCreateKey(flags: CreateKeyFlags, context: CommandContext): Promise<void> {
  const login = await openLogin(flags, context)
  const provider = new CommandTokenProvider(login, flags, context.signal)
  const apiKey = await withAcceptedToken(provider, async () => {
    const { token } = await provider.accessToken()
    // Save the rotated tokens first: otherwise a failed save leaves an orphaned API key.
    await provider.settle()
    // The token set knows its scopes, so a missing one is reported before anything is sent.
    return provider.client.createApiKey(provider.tokens() ?? token, { signal: context.signal })
  })
  const page = keysPage(login)
  if (flags.json === true) printJson({ apiKey })
  else print(apiKey)
  await assertShown(page)
  if (flags.json !== true) {
    const organization = provider.tokens()?.organization ?? login.tokens.organization
    if (organization !== null) tell(`Created in the organization ${namedText(organization)}.`)
    const manage = page === null ? '' : ` To manage your keys, open ${page}`
    tell(`This key is shown only once, and is not saved.${manage}`)
  }
  provider.warnIfEnded()
}

/** Throws if the key could not be printed: nobody knows it, and it stays valid until it is deleted. */
async function assertShown(page: string | null): Promise<void> {
  const cause = await takeOutputProblem()
  if (cause === null) return
  const message = `The API key was created, but could not be printed (${cause.code}). Nobody has seen it, and it stays valid`
  const remove = page === null ? 'Delete it in your console.' : `To delete it, open ${page}`
  throw new AnthropicAuthError('store_failed', message, {
    reason: 'write_failed',
    hint: `${remove}\nThen check the file or pipe that standard output goes to, and run the command again.`,
    cause,
  })
}
