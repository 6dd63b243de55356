import { isAnthropicAuthError, OAuthClient, type TokenSet } from '@anthropic-auth/core'
import { createProfileStore, listProfiles, type ProfileDescription } from '@anthropic-auth/profile-store'
import { ANT_CLIENT_ID } from './ant-client.ts'
import { instantText, print, printJson, printTable, tell } from './output.ts'

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
   * `federation`: a machine's login; `damaged`: the files can't be read.
   */
  readonly type: 'user' | 'ant' | 'other_client' | 'federation' | 'damaged'
  readonly isLoggedIn: boolean
  readonly account: string | null
  readonly organization: string | null
  readonly expiresAt: number | null
  readonly refreshTokenExpiresAt: number | null
}

/** `anthropic-auth list` */
export async function runList({ json, quiet }: ListFlags): Promise<void> {
  const names = await listProfiles()
  if (quiet === true) {
    if (json === true) printJson(names)
    else for (const name of names) print(name)
    return
  }
  const active = await activeName()
  const profiles = await Promise.all(names.map(async (name) => listed(name, name === active)))
  if (json === true) printJson(profiles)
  else if (profiles.length === 0) {
    tell('No profiles yet. To create one, run: anthropic-auth login --profile NAME')
  } else printTable(['', 'PROFILE', 'ACCOUNT', 'ORGANIZATION', 'STATUS'], profiles.map(rowOf))
}

async function activeName(): Promise<string | null> {
  return createProfileStore()
    .describe()
    .then(({ name }) => name)
    .catch(() => null)
}

async function listed(profile: string, isActive: boolean): Promise<ListedProfile> {
  const store = createProfileStore({ profile })
  try {
    const [description, tokens] = [await store.describe(), await store.load()]
    return { profile, isActive, type: typeOf(description), ...loginOf(description, tokens) }
  } catch (error) {
    if (!isAnthropicAuthError(error)) throw error
    const type = error.reason === 'foreign_profile' ? 'federation' : 'damaged'
    return { profile, isActive, type, ...loginOf(null, null) }
  }
}

function typeOf({ clientId }: ProfileDescription): ListedProfile['type'] {
  if (clientId === ANT_CLIENT_ID) return 'ant'
  return clientId === null || clientId === new OAuthClient().config.clientId ? 'user' : 'other_client'
}

type ListedLogin = Omit<ListedProfile, 'profile' | 'isActive' | 'type'>

function loginOf(description: ProfileDescription | null, tokens: TokenSet | null): ListedLogin {
  return {
    isLoggedIn: tokens !== null,
    account: description?.accountEmail ?? null,
    organization: tokens?.organization?.name ?? tokens?.organization?.id ?? null,
    expiresAt: tokens?.expiresAt ?? null,
    refreshTokenExpiresAt: tokens?.refreshTokenExpiresAt ?? null,
  }
}

function rowOf(row: ListedProfile): readonly string[] {
  const { profile, isActive, account, organization } = row
  return [isActive ? '*' : '', profile, account ?? '', organization ?? '', statusText(row)]
}

function statusText({ type, isLoggedIn, expiresAt, refreshTokenExpiresAt }: ListedProfile): string {
  if (type === 'federation') return 'federation (a machine logs in by itself)'
  if (type === 'damaged') return "can't be read: see status"
  const maker = { user: '', ant: ' (made by ant)', other_client: ' (made by another program)' }[type]
  if (!isLoggedIn) return `logged out${maker}`
  const now = Date.now() / 1000
  if (refreshTokenExpiresAt !== null && refreshTokenExpiresAt <= now) return `login is over${maker}`
  return `${tokenText(expiresAt, now)}${maker}`
}

function tokenText(expiresAt: number | null, now: number): string {
  if (expiresAt === null) return 'logged in'
  return expiresAt > now ? `token expires ${instantText(expiresAt)}` : 'needs renewal'
}
