import { OAuthClient } from '@anthropic-auth/core'
import {
  checkedHostUrl,
  DEFAULT_HOST,
  hostEndpoints,
  isDefaultHost,
  isHostUrl,
  isSameHostUrl,
  loginCommand,
  NOTHING_NAMED,
} from '@anthropic-auth/profile-store/internal'
import type { ProfileDescription } from '@anthropic-auth/profile-store'
import type { CommonFlags } from './common-flags.ts'
import { reportWarning } from './error-report.ts'
import { useProxies } from './proxy.ts'
import { environment, given, ofProfile, type Setting } from './setting.ts'

/**
 * Returns the host of tokens, API keys and profile, or `null` for the default host. A variable sets it only for a profile
 * that names no host: it must never move the tokens of the others.
 */
export function baseUrlSetting(flags: CommonFlags, profile: ProfileDescription | null): Setting | null {
  return (
    given('--base-url', flags.baseUrl) ??
    ofProfile('base_url', profile, profile?.baseUrl) ??
    environment(VARIABLE)
  )
}

/**
 * Returns the host that the tokens of a profile are sent to. The variable doesn't move tokens that are known to come from
 * another host.
 *
 * @param loginHost - finds the host that issued the tokens; `null`: not known
 */
export async function tokenHostSetting(
  flags: CommonFlags,
  profile: ProfileDescription,
  loginHost: () => Promise<string | null>,
): Promise<Setting | null> {
  const baseUrl = baseUrlSetting(flags, profile)
  if (baseUrl?.source !== VARIABLE) return baseUrl
  const own = await loginHost()
  if (own === null || isSameHostUrl(own, baseUrl.value)) return baseUrl
  // The store refuses tokens of any other host, which the config should name.
  return isDefaultHost(own) ? ofProfile(CREDENTIALS, profile, DEFAULT_HOST) : null
}

const VARIABLE = 'ANTHROPIC_BASE_URL'
const CREDENTIALS = 'login_base_url'

/** The host that the tokens of a login are sent to. */
export function hostOf({ baseUrl }: TokenDestination): string {
  return baseUrl === null ? DEFAULT_HOST : checkedUrl(baseUrl)
}

/** A profile, and the setting that names the host of its tokens. */
export interface TokenDestination {
  readonly profile: ProfileDescription
  /** `null`: the default host. */
  readonly baseUrl: Setting | null
}

/** Creates the client of a command that sends the tokens of a profile, and says where a variable leads them. */
export function clientOf(destination: TokenDestination, { json }: CommonFlags): OAuthClient {
  const warning = variableWarning(destination)
  if (warning !== null) reportWarning(warning, json)
  return boundClient(destination)
}

/** Creates the client that the tokens of a profile are bound to: the server refuses them from any other client. */
export function boundClient({ profile, baseUrl }: TokenDestination): OAuthClient {
  const own = ofProfile('client_id', profile, profile.clientId)
  return createClient({ clientId: own ?? environment('ANTHROPIC_OAUTH_CLIENT_ID'), baseUrl })
}

/** Says that `--base-url` moves the tokens of a profile, if another host is known to have issued them. */
export function warnOfOtherHost(
  { baseUrl, json }: CommonFlags,
  profile: ProfileDescription,
  issuer: string | null,
): void {
  const own = issuer ?? profile.baseUrl
  const flag = given('--base-url', baseUrl)
  if (flag === null || own === null || isSameHostUrl(own, flag.value)) return
  reportWarning(
    `--base-url sends the tokens of profile '${profile.name}' to ${checkedUrl(flag)}. They belong to ${own}.`,
    json,
  )
}

/** The variable may name a gateway that is meant for messages only. */
function variableWarning({ profile, baseUrl }: TokenDestination): string | null {
  const { name, baseUrl: own } = profile
  const variable = environment(VARIABLE)?.value
  if (variable === undefined || baseUrl === null || own !== null) return null
  if (baseUrl.source === VARIABLE) {
    if (isDefaultHost(variable)) return null
    return `Profile '${name}' names no host, so its tokens go to ${checkedUrl(baseUrl)} (${VARIABLE}). To send them to Anthropic, add: --base-url ${DEFAULT_HOST}`
  }
  if (baseUrl.isOfProfile !== true) return null
  const ignored = `${VARIABLE} is ignored: the tokens of profile '${name}' belong to ${baseUrl.value}.`
  // It may contain a password.
  if (!isHostUrl(variable)) return ignored
  const login = loginCommand({ ...profile, named: { ...NOTHING_NAMED, host: variable } })
  return `${ignored} To log in to ${variable}, run: ${login}`
}

/**
 * Creates the client of a command. Tokens and API are at one host, as in the profile files.
 *
 * @throws AnthropicAuthError `invalid_config`, naming where the setting comes from
 */
export function createClient(settings: {
  readonly clientId: Setting | null
  readonly baseUrl: Setting | null
  readonly consoleUrl?: Setting | null
}): OAuthClient {
  const { clientId, baseUrl, consoleUrl = null } = settings
  useProxies()
  return new OAuthClient({
    clientId: clientId?.value,
    endpoints: hostEndpoints({
      baseUrl: baseUrl && checkedUrl(baseUrl),
      consoleUrl: consoleUrl && checkedUrl(consoleUrl),
    }),
  })
}

/**
 * Returns the URL of a host.
 *
 * @throws AnthropicAuthError `invalid_config`, naming where the setting comes from
 */
export function checkedUrl({ value, source }: Setting): string {
  return checkedHostUrl(value, source)
}
