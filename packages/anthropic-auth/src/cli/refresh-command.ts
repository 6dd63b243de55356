import type { TokenSet } from '@anthropic-auth/core'
import { CommandTokenProvider } from './command-token-provider.ts'
import { reportWarning } from './error-report.ts'
import { instantText, namedText, printJson, tell } from './output.ts'
import type { CommandContext } from './command-context.ts'
import { refreshProblem } from './refresh-problem.ts'
import type { CommonFlags } from './common-flags.ts'
import { openLogin, type StoredLogin } from './stored-login.ts'

export interface RefreshFlags extends CommonFlags {
  readonly watch?: boolean
}

/** `anthropic-auth refresh` */
export async function runRefresh(flags: RefreshFlags, context: CommandContext): Promise<void> {
  const login = await openLogin(flags, context)
  const provider = new CommandTokenProvider(login, flags, context.signal)
  const { expiresAt } = await provider.accessToken({ forceRefresh: true })
  await provider.settle()
  report(expiresAt, login, flags)
  for (const change of changesOf(login.tokens, provider.tokens())) reportWarning(change, flags.json)
  if (flags.watch === true) await watch(login, provider, flags, context)
}

/** Describes what the server changed besides the tokens. */
function changesOf(before: TokenSet, after: TokenSet | null): readonly string[] {
  if (after === null) return []
  const dropped = (before.scopes ?? []).filter((scope) => after.scopes?.includes(scope) === false)
  const isMoved = before.organization !== null && before.organization.id !== after.organization?.id
  return [
    ...(dropped.length > 0 ? [`The new token no longer has the scope ${dropped.join(' ')}.`] : []),
    ...(isMoved ? [`The login is now for the organization ${namedText(after.organization)}.`] : []),
  ]
}

/** Keeps the profile's tokens fresh for all programs of this machine. */
async function watch(
  login: StoredLogin,
  provider: CommandTokenProvider,
  flags: RefreshFlags,
  { signal }: CommandContext,
): Promise<void> {
  const { keepRefreshed } = await import('./background-refresh.ts')
  await keepRefreshed({
    login,
    provider,
    signal,
    onRefreshed: (expiresAt) => report(expiresAt, login, flags),
    onProblem: (error) => reportWarning(refreshProblem(error, login.profile), flags.json),
  })
}

function report(expiresAt: number | null, { profile }: StoredLogin, { json }: RefreshFlags): void {
  if (json === true) printJson({ profile: profile.name, expiresAt })
  else {
    tell(
      `Refreshed the login of profile '${profile.name}'. The access token expires ${instantText(expiresAt)}.`,
    )
  }
}
