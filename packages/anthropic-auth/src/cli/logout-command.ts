import { isAnthropicAuthError, type TokensLike } from '@anthropic-auth/core'
import { createProfileStore, listProfiles, type ProfileStore } from '../profile-store.ts'
import { reportWarning } from './error-report.ts'
import { printJson, tell } from './output.ts'
import type { CommandContext } from './program.ts'
import type { CommonFlags } from './settings.ts'
import { clientOf } from './stored-login.ts'

export interface LogoutFlags extends CommonFlags {
  readonly all?: boolean
}

/** What became of the login of a profile. */
interface Logout {
  readonly profile: string
  /** Somebody was logged in. */
  readonly removed: boolean
  /** The server knows of it. */
  readonly revoked: boolean
}

/** `anthropic-auth logout`: the server is told where it can be; the files go in any case. */
export async function runLogout(flags: LogoutFlags, context: CommandContext): Promise<void> {
  const names = flags.all === true ? await listProfiles() : [flags.profile]
  const problems: unknown[] = []
  const logouts: Logout[] = []
  for (const profile of names) {
    try {
      logouts.push(await logOut({ ...flags, ...(profile !== undefined && { profile }) }, context))
    } catch (error) {
      // Of many, one that can't be read is no reason to keep the others.
      problems.push(error)
    }
  }
  if (flags.json === true) printJson(logouts)
  else for (const logout of logouts) tell(logoutText(logout))
  if (names.length === 0 && flags.json !== true) tell('There is no profile.')
  for (const problem of problems) throw problem
}

async function logOut(flags: LogoutFlags, { signal }: CommandContext): Promise<Logout> {
  const store = createProfileStore({ profile: flags.profile })
  const { name } = await store.describe()
  if ((await store.load()) === null) return { profile: name, removed: false, revoked: false }
  return store.lock(async () => {
    // Another process may have renewed them meanwhile: the newest are revoked.
    const tokens = await store.load()
    const revoked = tokens !== null && (await revoke(tokens, store, flags, signal))
    await store.remove()
    return { profile: name, removed: tokens !== null, revoked }
  })
}

async function revoke(
  tokens: TokensLike,
  store: ProfileStore,
  flags: LogoutFlags,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await clientOf({ profile: await store.describe() }, flags).revokeToken(tokens, { signal })
    return true
  } catch (error) {
    if (!isAnthropicAuthError(error) || isAnthropicAuthError(error, 'aborted')) throw error
    reportWarning(
      `The server could not be told, so the tokens stay valid until they expire: ${error.message}`,
    )
    return false
  }
}

function logoutText({ profile, removed, revoked }: Logout): string {
  if (!removed) return `Nobody was logged in to profile '${profile}'.`
  return `Logged out of profile '${profile}'${revoked ? '' : ', on this machine alone'}.`
}
