import { AnthropicAuthError, isAnthropicAuthError, type TokenSet } from '@anthropic-auth/core'
import type { LoginOptions } from '@anthropic-auth/login'
import { createProfileStore, type ProfileDescription, type ProfileStore } from '@anthropic-auth/profile-store'
import {
  openStoredProfile,
  removeEmptyFolders,
  type StoredProfile,
  storeOf,
} from '@anthropic-auth/profile-store/internal'
import { assertReachable, terminalLogin } from '../terminal/terminal-login.ts'
import { ciAdvice, isInCi } from './ci-advice.ts'
import { activateFirst } from './first-login.ts'
import { reportWarning } from './error-report.ts'
import { instantText, namedText, printJson, tell } from './output.ts'
import type { CommandContext } from './command-context.ts'
import { lockProfile } from './lock-notice.ts'
import type { LoginFlags } from './login-flags.ts'
import { isUsable } from './login-lifetime.ts'
import { assertPrinted, NOT_SAVED, saveLogin } from './login-saving.ts'
import { chooseLoginSettings, type LoginSettings } from './login-settings.ts'
import { overridingVariableWarnings } from './overriding-variables.ts'
import { printFacts } from './table.ts'
import { sharedText } from './shared-login.ts'
import { assertUsableName } from './usable-name.ts'

/** The profile that a login is saved to. */
interface Place {
  readonly opened: StoredProfile
  readonly store: ProfileStore
  readonly profile: ProfileDescription
}

/** The settings of a login, and where it is saved. */
interface Plan {
  /** `null`: the tokens go to standard output only. */
  readonly place: Place | null
  readonly settings: LoginSettings
}

const TERMS =
  "Anthropic's terms restrict the use of a Claude subscription's tokens, and direct developers to API keys: https://code.claude.com/docs/en/legal-and-compliance"

/** `anthropic-auth login` */
export async function runLogin(flags: LoginFlags, context: CommandContext): Promise<void> {
  const plan = await planLogin(flags, context)
  const folders = (await plan.place?.opened.missingFolders()) ?? []
  try {
    await logIn(plan, flags, context)
  } catch (error) {
    await removeEmptyFolders(folders)
    throw error
  }
}

async function logIn({ place, settings }: Plan, flags: LoginFlags, context: CommandContext): Promise<void> {
  if (place !== null) await prepareSave(place, flags, context)
  const { client } = settings
  warnOfCredentials(settings, flags)
  if (settings.mode === 'max') tell(TERMS)
  const tokens = await terminalLogin(terminalOptions(settings, flags, context.signal))
  const login = { client, tokens, flags }
  const { problem, isOnDisk } = place === null ? NOT_SAVED : await saveLogin(place.store, login)
  report(flags, problem === null ? place : null, tokens)
  if (flags.printTokens === true && !isOnDisk) await assertPrinted(login)
  if (problem !== null) throw problem
  if (place !== null) await activateFirst(place.profile.name, flags)
}

/** In CI, the variables are the way to authenticate. */
function warnOfCredentials({ remembered }: LoginSettings, { json }: LoginFlags): void {
  if (isInCi()) return
  for (const warning of overridingVariableWarnings(remembered.baseUrl ?? null)) reportWarning(warning, json)
}

/** Chooses the settings, and a profile that the user names or confirms and that can be saved to. */
async function planLogin(flags: LoginFlags, context: CommandContext): Promise<Plan> {
  if (flags.profile === undefined && flags.printTokens === true) {
    return { place: null, settings: chooseLoginSettings(flags, null) }
  }
  const isNamed = flags.profile !== undefined
  if (!isNamed && !(process.stdin.isTTY && process.stderr.isTTY)) throw noDestination()
  await assertUsableName(flags)
  const reader = createProfileStore({ profile: flags.profile })
  const profile = await describeProfile(reader)
  context.useProfile(profile.name, profile.clientId)
  const settings = chooseLoginSettings(flags, profile)
  assertReachable(terminalOptions(settings, flags, context.signal))
  const held = await heldLogin(reader)
  if (held !== null) tell(replacementText(profile, held))
  const shared = await sharedText(profile.name, 'the new login will be used there, too')
  if (shared !== null) reportWarning(shared, flags.json)
  // Nothing is changed before the user has named or confirmed the profile.
  if (!isNamed && !(await confirmProfile(profile.name, held, context.signal))) throw declined()
  const opened = openStoredProfile({ profile: profile.name, ...settings.remembered })
  return { place: { opened, store: storeOf(opened), profile }, settings }
}

/** Reads the profile. First tightens folders that other users can write to: the store reads nothing in them. */
async function describeProfile(store: ProfileStore): Promise<ProfileDescription> {
  try {
    return await store.describe()
  } catch (error) {
    if (!isUnsafe(error)) throw error
    await tightenFolders(store)
    return store.describe()
  }
}

async function tightenFolders(store: ProfileStore): Promise<void> {
  for (const folder of await store.tightenFolders()) tell(tightenedText(folder))
}

function isUnsafe(error: unknown): boolean {
  return isAnthropicAuthError(error, 'store_failed') && error.reason === 'unsafe_file'
}

/** Proves that a save will work, before the user opens the browser: tokens that can't be saved would be lost. */
async function prepareSave(
  { store }: Place,
  { json }: LoginFlags,
  { signal }: CommandContext,
): Promise<void> {
  await tightenFolders(store)
  await lockProfile(store, async () => store.prepareSave(), { json, signal })
}

/** The login that a profile holds; `null`: none. */
type HeldLogin = 'usable' | 'ended' | null

/**
 * Finds the login that the new one will replace. A damaged file counts as none: `prepareSave()` decides whether it may be
 * replaced. Tokens may work at a host that the profile no longer names.
 */
async function heldLogin(store: ProfileStore): Promise<HeldLogin> {
  try {
    const tokens = await store.load()
    if (tokens === null) return null
    return isUsable({ tokens }) ? 'usable' : 'ended'
  } catch (error) {
    if (!isAnthropicAuthError(error, 'store_failed')) throw error
    if (error.reason === 'other_host') return 'usable'
    if (error.reason === 'corrupt_file') return null
    throw error
  }
}

function tightenedText(folder: string): string {
  return `Other users could change files in ${folder}. Removed their write permission.`
}

function replacementText({ name, accountEmail }: ProfileDescription, login: 'usable' | 'ended'): string {
  const whose = accountEmail === null ? 'a login' : `the login of ${accountEmail}`
  const held = `Profile '${name}' holds ${whose}, which`
  return login === 'usable'
    ? `${held} the new login will replace. To revoke it first, run: anthropic-auth logout --profile ${name}`
    : `${held} has ended. The new login will replace it.`
}

/** Enter does not replace a login that still works: the new one may be for another account. */
async function confirmProfile(name: string, held: HeldLogin, signal: AbortSignal): Promise<boolean> {
  const { confirm } = await import('../terminal/confirmation.ts')
  return confirm({ question: `Save to profile '${name}'?`, preset: held !== 'usable' }, signal)
}

function terminalOptions(
  { client, mode, scopes, organizationId, workspaceId }: LoginSettings,
  flags: LoginFlags,
  signal: AbortSignal,
): LoginOptions {
  return {
    mode,
    client,
    scopes,
    organizationId,
    workspaceId,
    // If we don't open the browser, it may run elsewhere, and can only reach a port that is known beforehand.
    port: flags.port ?? (flags.browser ? 0 : false),
    openBrowser: flags.browser,
    timeoutMs: flags.timeout * 1000,
    signal,
  }
}

function report(flags: LoginFlags, place: Place | null, tokens: TokenSet): void {
  const profile = place?.profile.name ?? null
  if (flags.printTokens === true) printTokens(tokens, flags.json === true)
  else if (flags.json === true && profile !== null) printJson(loginJson(profile, tokens))
  if (profile === null) return
  const who = [tokens.account?.email, tokens.organization?.name].filter(
    (name) => name !== null && name !== undefined,
  )
  tell(`Logged in${who.length > 0 ? ` as ${who.join(', ')}` : ''}. Saved to profile '${profile}'.`)
}

function printTokens(tokens: TokenSet, json: boolean): void {
  if (json) {
    printJson(tokens)
    return
  }
  printFacts([
    ['Access token', tokens.accessToken],
    ['Refresh token', tokens.refreshToken ?? 'none'],
    ['Expires', instantText(tokens.expiresAt)],
    ['Scopes', tokens.scopes?.join(' ') ?? 'unknown'],
    ['Account', tokens.account?.email ?? 'unknown'],
    ['Organization', namedText(tokens.organization)],
  ])
}

function loginJson(profile: string, tokens: TokenSet): object {
  const { accessToken: _access, refreshToken: _refresh, ...rest } = tokens.toJSON()
  return { profile, ...rest }
}

function noDestination(): AnthropicAuthError {
  return new AnthropicAuthError(
    'invalid_config',
    'No profile was given, and there is no terminal to ask in',
    {
      reason: 'usage',
      hint: isInCi()
        ? ciAdvice()
        : 'Add --profile NAME to save the login, or --print-tokens to print the tokens.',
    },
  )
}

function declined(): AnthropicAuthError {
  return new AnthropicAuthError('aborted', 'Not logged in, and nothing was saved', {
    reason: 'declined',
    hint: 'Add --profile NAME to save to another profile, or --print-tokens to print the tokens.',
  })
}
