import { AnthropicAuthError, isAnthropicAuthError } from '@anthropic-auth/core'
import {
  credentialsPathProblem,
  errorCode,
  findDamagedCredentials,
  type HeldLogins,
  locateProfile,
  readHeldLogins,
  removeFile,
  removeSettings,
} from '@anthropic-auth/profile-store/internal'
import { createProfileStore, listProfiles, type ProfileStore } from '@anthropic-auth/profile-store'
import { sentences } from '@anthropic-auth/login/internal'
import { reportError, reportWarning } from './error-report.ts'
import { lockProfile } from './lock-notice.ts'
import { printJson, tell } from './output.ts'
import type { CommandContext } from './command-context.ts'
import type { CommonFlags } from './common-flags.ts'
import { findCredentialsLink, removedLinkText } from './logout-link.ts'
import { removedText, revokeLogins } from './logout-revocation.ts'
import { assertRemovable, isRemovable } from './removable-profile.ts'
import { environment } from './setting.ts'
import { sharedText } from './shared-login.ts'
import { sourceOf, unknownProfile } from './unknown-profile.ts'
import { assertUsableName } from './usable-name.ts'

export interface LogoutFlags extends CommonFlags {
  readonly all?: boolean
  readonly remove?: boolean
}

/** The result of logging out of one profile. */
interface Logout {
  readonly profile: string
  /** Whether there was a login to remove. */
  readonly removed: boolean
  /** Whether the server has revoked the tokens. */
  readonly revoked: boolean
  /** Only with `--remove`: whether the settings were removed, too. */
  readonly settingsRemoved?: boolean
  /** The file that still holds the tokens: the credentials file was only a symbolic link to it. */
  readonly tokensIn?: string
}

/** Runs `anthropic-auth logout`: revokes the tokens if it can, and removes the files in any case. */
export async function runLogout(flags: LogoutFlags, context: CommandContext): Promise<void> {
  if (flags.all === true) return logOutOfAll(flags, context)
  await assertUsableName(flags)
  await assertExists(flags)
  const { name } = await locateProfile({ profile: flags.profile })
  if (flags.remove === true) await assertRemovable(name)
  report([await logOut(name, flags, context)], flags)
}

/** Logging out of a name with a typing error must not look like a logout. */
async function assertExists({ profile }: LogoutFlags): Promise<void> {
  const name = profile ?? environment('ANTHROPIC_PROFILE')?.value
  if (name === undefined) return
  const existing = await listProfiles()
  if (existing.includes(name)) return
  throw unknownProfile({ name, existing, source: sourceOf(profile), login: null })
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
  const isRemoved = flags.remove === true && (await isRemovable(name))
  const damaged = await findDamagedCredentials(name)
  const isEmpty = damaged === null && (await store.isEmpty())
  if (isEmpty) await warnOfUnknownFile(name, flags)
  if (isEmpty && !isRemoved) return logoutOf(name, flags, { removed: false, revoked: false })
  if (!isEmpty && flags.all !== true) await warnOfShared(name, flags)
  return lockedIfPossible(store, { json: flags.json, signal }, async () => {
    // Another process may have refreshed the tokens meanwhile. Revoke the newest ones.
    const { logins, problem, configProblem } = await readHeldLogins({ profile: name })
    const revocation = { profile: await store.describe(), configProblem, flags, signal }
    let revoked = logins.length > 0 && problem === null && damaged === null
    revoked = (await revokeLogins(logins, revocation)) && revoked
    const link = await findCredentialsLink(name)
    await remove(store, { logins, problem, revoked })
    if (link !== null) reportWarning(removedLinkText(link), flags.json)
    else if (problem !== null) reportWarning(removedText(problem), flags.json)
    if (damaged !== null) await removeDamaged(damaged, flags.json)
    if (isRemoved) await removeSettings(name)
    const tokensIn = link?.target ?? null
    return logoutOf(name, flags, { removed: !isEmpty, revoked, settingsRemoved: isRemoved, tokensIn })
  })
}

/** A config that can't be read may have named another credentials file. */
async function warnOfUnknownFile(profile: string, { json }: LogoutFlags): Promise<void> {
  const { configPath } = await locateProfile({ profile })
  const problem = await credentialsPathProblem(configPath)
  if (problem === null) return
  const consequence = 'If it named another credentials file, the tokens in that file are still there'
  reportWarning(sentences(problem.message, consequence), json)
}

async function warnOfShared(profile: string, { json }: LogoutFlags): Promise<void> {
  const shared = await sharedText(profile, 'you are logged out there, too')
  if (shared !== null) reportWarning(shared, json)
}

/** A logout whose optional members are known. */
type LogoutResult = Omit<Logout, 'profile' | 'tokensIn'> & { readonly tokensIn?: string | null }

function logoutOf(
  profile: string,
  { remove: isToBeRemoved }: LogoutFlags,
  { removed, revoked, settingsRemoved = false, tokensIn = null }: LogoutResult,
): Logout {
  return {
    profile,
    removed,
    revoked,
    ...(isToBeRemoved === true && { settingsRemoved }),
    ...(tokensIn !== null && { tokensIn }),
  }
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

/** Removes the credentials file that the user moved away because it was damaged. */
async function removeDamaged(path: string, json: boolean | undefined): Promise<void> {
  await removeFile(path)
  reportWarning(
    `${path} is removed, too. Any tokens in it can't be revoked: they stay valid until they expire.`,
    json,
  )
}

/** Removes the files. If that fails, says whether the tokens still work. */
async function remove(
  store: ProfileStore,
  { logins, revoked, problem }: Pick<HeldLogins, 'logins' | 'problem'> & { readonly revoked: boolean },
): Promise<void> {
  try {
    await store.remove()
  } catch (error) {
    if (!isAnthropicAuthError(error, 'store_failed')) throw error
    if (revoked) throw explained(error, 'The tokens in it were revoked, so they no longer work')
    if (error.reason !== 'write_failed') throw error
    throw explained(
      error,
      problem === null || logins.length > 0 ? 'You are still logged in' : 'Nothing was removed',
    )
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

function report(logouts: readonly Logout[], { json }: LogoutFlags): void {
  if (json === true) printJson(logouts)
  else for (const logout of logouts) tell(logoutText(logout))
}

function logoutText({ profile, removed, revoked, settingsRemoved, tokensIn }: Logout): string {
  const settings = settingsText(settingsRemoved)
  if (!removed) return `Not logged in (profile '${profile}').${settings}`
  const isLeft = tokensIn !== undefined
  if (isLeft) return `Removed the login of profile '${profile}', but not its tokens.${settings}`
  return `Logged out of profile '${profile}'${revoked ? '' : ' on this machine only'}.${settings}`
}

function settingsText(removed: boolean | undefined): string {
  if (removed === undefined) return ''
  return removed ? ' Removed its settings.' : ' Kept its settings, which may belong to another program.'
}
