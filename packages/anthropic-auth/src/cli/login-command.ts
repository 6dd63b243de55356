import {
  AnthropicAuthError,
  createTokenProvider,
  isAnthropicAuthError,
  type OAuthClient,
  type TokenSet,
} from '@anthropic-auth/core'
import type { LoginOptions } from '@anthropic-auth/login'
import { sentences } from '@anthropic-auth/login/internal'
import { createProfileStore, type ProfileDescription, type ProfileStore } from '@anthropic-auth/profile-store'
import { assertReachable, terminalLogin } from '../terminal/terminal-login.ts'
import { ciAdvice, isInCi } from './ci-advice.ts'
import { activateFirst } from './first-login.ts'
import { reportWarning } from './error-report.ts'
import { instantText, namedText, printJson, tell } from './output.ts'
import type { CommandContext } from './command-context.ts'
import { lockProfile } from './lock-notice.ts'
import type { LoginFlags } from './login-flags.ts'
import { isUsable } from './login-lifetime.ts'
import { chooseLoginSettings, type LoginSettings } from './login-settings.ts'
import { overridingVariableWarnings } from './overriding-variables.ts'
import { printFacts } from './table.ts'
import { sharedText } from './shared-login.ts'
import { assertUsableName } from './usable-name.ts'

/** The profile that a login is saved to. */
interface Place {
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
  const { place, settings } = await planLogin(flags, context)
  const { client } = settings
  warnOfCredentials(settings, flags)
  if (settings.mode === 'max') tell(TERMS)
  const tokens = await terminalLogin(terminalOptions(settings, flags, context.signal))
  const problem = place === null ? null : await save(place, { client, tokens, flags })
  report(flags, problem === null ? place : null, tokens)
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
  const store = createProfileStore({ profile: profile.name, ...settings.remembered })
  await tightenFolders(store)
  await proveSave(store, flags, context.signal)
  return { place: { store, profile }, settings }
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
async function proveSave(store: ProfileStore, flags: LoginFlags, signal: AbortSignal): Promise<void> {
  await lockProfile(store, async () => store.prepareSave(), { json: flags.json, signal })
}

/**
 * A damaged file counts as no login, and so do tokens whose host the profile no longer names. `proveSave()` decides
 * whether they may be replaced.
 */
async function heldLogin(store: ProfileStore): Promise<TokenSet | null> {
  return store.load().catch((error: unknown) => {
    if (isAnthropicAuthError(error, 'store_failed') && NO_LOGIN.has(error.reason)) return null
    throw error
  })
}

const NO_LOGIN: ReadonlySet<string | undefined> = new Set(['corrupt_file', 'other_host'])

function tightenedText(folder: string): string {
  return `Other users could change files in ${folder}. Removed their write permission.`
}

function replacementText({ name, accountEmail }: ProfileDescription, tokens: TokenSet): string {
  const whose = accountEmail === null ? 'a login' : `the login of ${accountEmail}`
  const held = `Profile '${name}' holds ${whose}, which`
  return isUsable({ tokens })
    ? `${held} the new login will replace. To revoke it first, run: anthropic-auth logout --profile ${name}`
    : `${held} has ended. The new login will replace it.`
}

/** Enter does not replace a login that still works: the new one may be for another account. */
async function confirmProfile(name: string, held: TokenSet | null, signal: AbortSignal): Promise<boolean> {
  const { confirm } = await import('../terminal/confirmation.ts')
  const preset = held === null || !isUsable({ tokens: held })
  return confirm({ question: `Save to profile '${name}'?`, preset }, signal)
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

interface NewLogin {
  readonly client: OAuthClient
  readonly tokens: TokenSet
  readonly flags: LoginFlags
}

/** Saves the tokens of a login, and retries if that fails. Revokes tokens that can't be kept anywhere. */
async function save({ store }: Place, login: NewLogin): Promise<AnthropicAuthError | null> {
  const { client, tokens, flags } = login
  try {
    await saveTokens(store, login)
    return null
  } catch (error) {
    if (!isAnthropicAuthError(error)) throw error
    const isKept = flags.printTokens === true || (await isOnDisk(store, tokens))
    return notSaved(error, isKept ? '' : await revokedText(client, tokens))
  }
}

/** Saves under the lock, or without it if another process doesn't release it: a new login must not be lost. */
async function saveTokens(store: ProfileStore, { client, tokens, flags }: NewLogin): Promise<void> {
  try {
    await createTokenProvider(client, { store, tokens }).setTokens(tokens)
  } catch (error) {
    if (!isAnthropicAuthError(error, 'store_failed') || error.reason !== 'lock_timeout') throw error
    await store.save(tokens)
    reportWarning(`Saved without the lock. ${error.message}`, flags.json)
  }
}

/** Whether the tokens are in the file, or on the disk next to it, where the next command finds them. */
async function isOnDisk(store: ProfileStore, { accessToken }: TokenSet): Promise<boolean> {
  const stored = await store.load().catch(() => null)
  const leftovers = await store.leftovers().catch(() => [])
  return [...leftovers, ...(stored === null ? [] : [stored])].some(
    (tokens) => tokens.accessToken === accessToken,
  )
}

async function revokedText(client: OAuthClient, tokens: TokenSet): Promise<string> {
  try {
    await client.revokeToken(tokens)
    return 'Its tokens were revoked.'
  } catch (error) {
    if (!isAnthropicAuthError(error)) throw error
    return `Its tokens could not be revoked and stay valid until they expire: ${error.message}`
  }
}

function notSaved({ message, reason, hint, cause }: AnthropicAuthError, outcome: string): AnthropicAuthError {
  const text = sentences(`The login worked, but could not be saved: ${message}`, outcome)
  return new AnthropicAuthError('store_failed', text, { reason, hint, cause })
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
