import { isAnthropicAuthError, OAuthClient, type TokenSet } from '@anthropic-auth/core'
import { sentences } from '@anthropic-auth/login/internal'
import { createProfileStore, listProfiles, type ProfileDescription } from '@anthropic-auth/profile-store'
import {
  ANT_CLIENT_ID,
  DEFAULT_HOST,
  isSameHostUrl,
  locateProfile,
  openFederationProfile,
  openStoredProfile,
  storeOf,
  withoutSlashes,
} from '@anthropic-auth/profile-store/internal'
import { ciAdvice, isInCi } from './ci-advice.ts'
import { hintOf } from './error-hint.ts'
import { reportWarning } from './error-report.ts'
import { durationText, print, printJson, tell } from './output.ts'
import { overridingVariableWarnings } from './overriding-variables.ts'
import { hasFederationVariables, selectionCommand } from './sdk-credential.ts'
import { environment } from './setting.ts'
import { tokenHostSetting } from './host-settings.ts'
import { endsSoon, isRefreshable, isUsable } from './login-lifetime.ts'
import { type Cell, type Format, printTable } from './table.ts'

export interface ListFlags {
  readonly quiet?: boolean
  readonly json?: boolean
}

/** A profile in the list. */
interface ListedProfile {
  readonly profile: string
  /** Whether commands and official SDKs use it in this shell when no profile is named. */
  readonly isActive: boolean
  /**
   * `user`: a user's login; `ant`: made by the official command line tool; `other_client`: made by another program;
   * `federation`: a machine's login; `damaged`: the files can't be read; `missing`: the active profile does not exist.
   */
  readonly type: 'user' | 'ant' | 'other_client' | 'federation' | 'damaged' | 'missing'
  readonly isLoggedIn: boolean
  /** Whether the login can't be refreshed any more. Its access token may still work for a while. */
  readonly hasEnded: boolean
  readonly account: string | null
  readonly organization: string | null
  /** `null` when it is not known, and for a machine. */
  readonly mode: ProfileDescription['mode']
  /** The host that commands in this shell send the tokens to; `null` if it is not known. */
  readonly baseUrl: string | null
  readonly expiresAt: number | null
  readonly refreshTokenExpiresAt: number | null
}

/** A profile with its tokens, which are not shown. */
interface Entry {
  readonly listed: ListedProfile
  /** `null` for the default host. */
  readonly host: string | null
  readonly tokens: TokenSet | null
}

/** `anthropic-auth list` */
export async function runList({ json, quiet }: ListFlags): Promise<void> {
  const names = await listProfiles()
  if (quiet === true) {
    if (json === true) printJson(names)
    else for (const name of names) print(name)
    return
  }
  const active = await findActive()
  const entries = await Promise.all(names.map(async (name) => entryOf(name, name === active.name)))
  if (names.length === 0 && json !== true) {
    tellOfNone()
    return
  }
  const missing =
    active.name === null || names.length === 0 || names.includes(active.name) ? null : active.name
  show(missing === null ? entries : withMissing(entries, missing), json)
  if (missing !== null) reportWarning(missingText(missing, entries), json)
  for (const warning of active.warnings) reportWarning(warning, json)
  if (json !== true && environment('ANTHROPIC_PROFILE') !== null && active.name !== null) tell(ACTIVE_HERE)
}

function tellOfNone(): void {
  const way = isInCi() ? ciAdvice() : 'To create one, run: anthropic-auth login --profile NAME'
  for (const line of `No profiles yet. ${way}`.split('\n')) tell(line)
}

const ACTIVE_HERE = 'ANTHROPIC_PROFILE is set in this shell, and decides which profile is active (*).'

interface Active {
  /** `null` when it can't be found out. */
  readonly name: string | null
  /** The reason why an official SDK uses something else, or why the name can't be found out. */
  readonly warnings: readonly string[]
}

async function findActive(): Promise<Active> {
  try {
    const { name } = await locateProfile({})
    const store = createProfileStore({ profile: name })
    const description = await store.describe().catch(() => null)
    const warnings = overridingVariableWarnings(description?.baseUrl ?? null, 'the active profile')
    return { name, warnings: isShadowed() ? [...warnings, SHADOWED] : warnings }
  } catch (error) {
    if (!isAnthropicAuthError(error)) throw error
    return { name: null, warnings: [sentences(error.message, hintOf(error, undefined))] }
  }
}

/** The official SDKs, `token`, `run` and `status` then log in as a machine. */
const SHADOWED =
  'The federation variables are set, so the official SDKs use them and ignore the active profile. To use a profile, set ANTHROPIC_PROFILE.'

function isShadowed(): boolean {
  return environment('ANTHROPIC_PROFILE') === null && hasFederationVariables()
}

async function entryOf(profile: string, isActive: boolean): Promise<Entry> {
  const opened = openStoredProfile({ profile })
  const store = storeOf(opened)
  try {
    const [description, tokens] = [await store.describe(), await store.load()]
    const host = await tokenHostSetting({}, description, async () => opened.loginHost())
    const login = { ...loginOf(description, tokens), baseUrl: hostOfTokens(host?.value ?? null) }
    const listed = { profile, isActive, type: typeOf(description), ...login }
    return { listed, tokens, host: shownHost(description.baseUrl) }
  } catch (error) {
    if (!isAnthropicAuthError(error)) throw error
    if (error.reason === 'foreign_profile') return machineEntry(profile, isActive)
    return {
      listed: { profile, isActive, type: 'damaged', ...loginOf(null, null) },
      tokens: null,
      host: null,
    }
  }
}

/** Returns the host that `status` shows for a profile. */
function hostOfTokens(own: string | null): string {
  return withoutSlashes(own ?? environment('ANTHROPIC_BASE_URL')?.value ?? DEFAULT_HOST)
}

/** The default host needs no mention. */
function shownHost(baseUrl: string | null): string | null {
  if (baseUrl === null || !URL.canParse(baseUrl) || isSameHostUrl(baseUrl, DEFAULT_HOST)) return null
  return new URL(baseUrl).host
}

async function machineEntry(name: string, isActive: boolean): Promise<Entry> {
  const profile = await openFederationProfile({ profile: name }).catch(() => null)
  const tokens = (await profile?.load(hostOfTokens(profile.baseUrl)).catch(() => null)) ?? null
  const organization = profile?.organizationId ?? null
  const baseUrl = profile === null ? null : hostOfTokens(profile.baseUrl)
  const login = { ...loginOf(null, tokens), organization, baseUrl }
  return { listed: { profile: name, isActive, type: 'federation', ...login }, tokens: null, host: null }
}

/** Adds the active profile although it does not exist: commands and SDKs look for it, and fail. */
function withMissing(entries: readonly Entry[], profile: string): readonly Entry[] {
  const listed = { profile, isActive: true, type: 'missing' as const, ...loginOf(null, null) }
  return [...entries, { listed, tokens: null, host: null }].toSorted((one, other) =>
    one.listed.profile < other.listed.profile ? -1 : 1,
  )
}

function missingText(profile: string, entries: readonly Entry[]): string {
  const usable = entries.find(({ tokens }) => tokens !== null && isUsable({ tokens })) ?? entries[0]
  const other = usable?.listed.profile ?? ''
  return `The active profile '${profile}' does not exist. To use '${other}', run: ${selectionCommand(other)}`
}

function typeOf({ clientId }: ProfileDescription): ListedProfile['type'] {
  if (clientId === ANT_CLIENT_ID) return 'ant'
  return clientId === null || clientId === new OAuthClient().config.clientId ? 'user' : 'other_client'
}

type ListedLogin = Omit<ListedProfile, 'profile' | 'isActive' | 'type'>

function loginOf(description: ProfileDescription | null, tokens: TokenSet | null): ListedLogin {
  return {
    isLoggedIn: tokens !== null,
    hasEnded: tokens !== null && !isUsable({ tokens }),
    account: description?.accountEmail ?? null,
    organization: tokens?.organization?.name ?? tokens?.organization?.id ?? null,
    mode: description?.mode ?? null,
    baseUrl: null,
    expiresAt: tokens?.expiresAt ?? null,
    refreshTokenExpiresAt: tokens?.refreshTokenExpiresAt ?? null,
  }
}

function show(entries: readonly Entry[], json: boolean | undefined): void {
  if (json === true) {
    printJson(entries.map(({ listed }) => listed))
    return
  }
  printTable(['', 'PROFILE', 'ACCOUNT', 'ORGANIZATION', 'MODE', 'STATUS'], {
    rows: entries.map(rowOf),
    lastWidth: 15,
    narrow: { inLine: 2, indent: 5 },
  })
}

function rowOf(entry: Entry): readonly Cell[] {
  const { profile, isActive, account, organization, type, mode } = entry.listed
  const format = isActive ? 'green' : undefined
  const [status, statusFormat] = statusOf(entry)
  return [
    { text: isActive ? '*' : '', format },
    { text: profile, format },
    { text: account ?? '' },
    { text: organization ?? '' },
    { text: type === 'federation' ? 'machine' : (mode ?? '') },
    { text: status, format: statusFormat },
  ]
}

type Status = readonly [text: string, format: Format | undefined]

const MAKERS = { user: '', ant: ' (by ant)', other_client: ' (by another program)' }

function statusOf({ listed: { type }, tokens, host }: Entry): Status {
  if (type === 'missing') return ['does not exist', 'red']
  if (type === 'federation') return ['federation', undefined]
  if (type === 'damaged') return ["can't be read: see status", 'red']
  const [text, format] = tokens === null ? (['logged out', 'dim'] as const) : loginStatusOf(tokens)
  return [`${text}${host === null ? '' : `, at ${host}`}${MAKERS[type]}`, format]
}

/** An expired access token says nothing about the login: it is refreshed at the next use. */
function loginStatusOf(tokens: TokenSet): Status {
  const { expiresAt, refreshTokenExpiresAt } = tokens
  if (!isUsable({ tokens })) return ['login has ended', 'red']
  const canRefresh = isRefreshable(tokens)
  const end = canRefresh ? refreshTokenExpiresAt : expiresAt
  const text = end === null ? '' : `, ends in ${durationText(end - Date.now() / 1000)}`
  return [`logged in${text}`, canRefresh && !endsSoon(tokens) ? undefined : 'yellow']
}
