import {
  AnthropicAuthError,
  isAnthropicAuthError,
  type OAuthClient,
  type TokenSet,
} from '@anthropic-auth/core'
import { errorCode } from '@anthropic-auth/profile-store/internal'
import { createProfileStore, listProfiles, type ProfileStore } from '@anthropic-auth/profile-store'
import { sentences } from '@anthropic-auth/login/internal'
import { reportError, reportWarning } from './error-report.ts'
import { lockProfile } from './lock-notice.ts'
import { printJson, tell } from './output.ts'
import type { CommandContext } from './command-context.ts'
import type { CommonFlags } from './common-flags.ts'
import { clientOf } from './host-settings.ts'

export interface LogoutFlags extends CommonFlags {
  readonly all?: boolean
}

/** The result of logging out of one profile. */
interface Logout {
  readonly profile: string
  /** Whether there was a login to remove. */
  readonly removed: boolean
  /** Whether the server has revoked the tokens. */
  readonly revoked: boolean
}

/** Runs `anthropic-auth logout`: revokes the tokens if it can, and removes the files in any case. */
export async function runLogout(flags: LogoutFlags, context: CommandContext): Promise<void> {
  if (flags.all === true) await logOutOfAll(flags, context)
  else report([await logOut(flags.profile, flags, context)], flags)
}

/** Logs out of every profile. A profile that fails does not stop the others; its error is reported at the end. */
async function logOutOfAll(flags: LogoutFlags, context: CommandContext): Promise<void> {
  const problems: unknown[] = []
  const logouts: Logout[] = []
  const profiles = await listProfiles()
  if (profiles.length === 0 && flags.json !== true) tell('No profiles to log out of.')
  for (const profile of profiles) {
    try {
      logouts.push(await logOut(profile, flags, context))
    } catch (error) {
      if (!isForeignProfile(error)) problems.push(error)
      if (context.signal.aborted) break
    }
  }
  report(logouts, flags)
  for (const problem of problems.slice(1)) {
    reportError(problem, { json: flags.json === true, debug: flags.debug === true })
  }
  for (const problem of problems) throw problem
}

/** Whether the profile holds no user's login, so that there is nothing to log out of. */
function isForeignProfile(error: unknown): boolean {
  return isAnthropicAuthError(error, 'store_failed') && error.reason === 'foreign_profile'
}

async function logOut(
  profile: string | undefined,
  flags: LogoutFlags,
  { signal, useProfile }: CommandContext,
): Promise<Logout> {
  const store = createProfileStore({ profile })
  const { name, clientId } = await store.describe()
  useProfile(name, clientId)
  if (await store.isEmpty()) return { profile: name, removed: false, revoked: false }
  return lockedIfPossible(store, { json: flags.json, signal }, async () => {
    // An invalid setting must end the command before anything is removed.
    const client = clientOf(flags, await store.describe())
    // Another process may have renewed the tokens meanwhile. Revoke the newest ones.
    const logins = await loginsIn(store, flags)
    let revoked = logins.length > 0
    for (const tokens of logins) revoked = (await revoke(client, tokens, flags, signal)) && revoked
    await remove(store, revoked)
    return { profile: name, removed: true, revoked }
  })
}

/** File system errors that prevent a new lock file, but not the removal of the tokens. */
const NO_NEW_FILES: ReadonlySet<string | undefined> = new Set(['EDQUOT', 'ENAMETOOLONG', 'ENOSPC', 'EROFS'])

/** Runs `logOutLocked` under the lock, or without it if no lock file can be created, as on a full disk. */
async function lockedIfPossible<T>(
  store: ProfileStore,
  { json, signal }: { readonly json: boolean | undefined; readonly signal: AbortSignal },
  logOutLocked: () => Promise<T>,
): Promise<T> {
  let hasBegun = false
  const begin = async (): Promise<T> => {
    hasBegun = true
    return logOutLocked()
  }
  try {
    return await lockProfile(store, begin, { json, signal })
  } catch (error) {
    if (hasBegun || !isAnthropicAuthError(error, 'store_failed')) throw error
    if (!NO_NEW_FILES.has(errorCode(error.cause))) throw explained(error, 'Nothing was removed')
    reportWarning(`${error.message}. Logging out without the lock.`, json)
    return logOutLocked()
  }
}

/** Returns the stored tokens and those that interrupted saves have left. Each set may still be valid. */
async function loginsIn(store: ProfileStore, { json }: LogoutFlags): Promise<readonly TokenSet[]> {
  const { logins, problem } = await readLogins(store)
  if (problem !== null && !(await store.isBlank())) {
    reportWarning(
      `${problem.message}. The tokens are removed, but can't be revoked: they stay valid until they expire.`,
      json,
    )
  }
  return logins
}

/** Removes the files. If that fails, says whether the tokens still work. */
async function remove(store: ProfileStore, revoked: boolean): Promise<void> {
  try {
    await store.remove()
  } catch (error) {
    if (!isAnthropicAuthError(error, 'store_failed')) throw error
    if (revoked) throw explained(error, 'The tokens in it were revoked, so they no longer work')
    throw error.reason === 'write_failed' ? explained(error, 'You are still logged in') : error
  }
}

/** For these errors, the usual hint suggests another folder, where a logout would leave the tokens in this one. */
const NOT_WRITABLE: ReadonlySet<string | undefined> = new Set(['EACCES', 'EPERM', 'EROFS'])

function explained(error: AnthropicAuthError, state: string): AnthropicAuthError {
  const { message, reason, retryable, cause } = error
  const hint = NOT_WRITABLE.has(errorCode(cause))
    ? 'Make the file and its folder writable, then run the command again.'
    : error.hint
  return new AnthropicAuthError('store_failed', sentences(message, state), { reason, retryable, hint, cause })
}

interface StoredLogins {
  readonly logins: readonly TokenSet[]
  /** Why a file can't be read. */
  readonly problem: AnthropicAuthError | null
}

async function readLogins(store: ProfileStore): Promise<StoredLogins> {
  const logins: TokenSet[] = []
  let problem: AnthropicAuthError | null = null
  for (const read of [async () => store.load(), async () => store.leftovers()]) {
    const found = await read().catch((error: unknown) => {
      problem ??= unreadable(error)
      return null
    })
    logins.push(...[found ?? []].flat())
  }
  return { logins: logins.filter(isFirstOfItsLogin), problem }
}

/** Some servers report it as an error when a token is revoked twice. */
function isFirstOfItsLogin({ refreshToken }: TokenSet, index: number, all: readonly TokenSet[]): boolean {
  return refreshToken === null || all.findIndex((tokens) => tokens.refreshToken === refreshToken) === index
}

const UNREADABLE: ReadonlySet<string | undefined> = new Set(['corrupt_file', 'unsafe_file', 'read_failed'])

/** A logout also removes files that it can't read: the user wants the tokens gone. Other errors are rethrown. */
function unreadable(error: unknown): AnthropicAuthError {
  if (isAnthropicAuthError(error, 'store_failed') && UNREADABLE.has(error.reason)) return error
  throw error
}

async function revoke(
  client: OAuthClient,
  tokens: TokenSet,
  flags: LogoutFlags,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    await client.revokeToken(tokens, { signal })
    return true
  } catch (error) {
    if (!isAnthropicAuthError(error) || isAnthropicAuthError(error, 'aborted')) throw error
    const message = `The tokens could not be revoked: ${error.message}`
    reportWarning(sentences(message, 'They stay valid until they expire'), flags.json)
    return false
  }
}

function report(logouts: readonly Logout[], { json }: LogoutFlags): void {
  if (json === true) printJson(logouts)
  else for (const logout of logouts) tell(logoutText(logout))
}

function logoutText({ profile, removed, revoked }: Logout): string {
  if (!removed) return `Not logged in (profile '${profile}').`
  return `Logged out of profile '${profile}'${revoked ? '' : ' on this machine only'}.`
}
