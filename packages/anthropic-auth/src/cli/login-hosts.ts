import { AnthropicAuthError, defaultEndpoints, legacyEndpoints } from '@anthropic-auth/core'
import type { ProfileDescription } from '@anthropic-auth/profile-store'
import { DEFAULT_HOST, isOnLoopback, isSameHostUrl } from '@anthropic-auth/profile-store/internal'
import { baseUrlSetting, checkedUrl } from './host-settings.ts'
import type { LoginFlags } from './login-flags.ts'
import { environment, given, ofProfile, type Setting } from './setting.ts'

/** The hosts of one login; `null` stands for a default host. */
export interface LoginHosts {
  /** The host of tokens and API keys. */
  readonly baseUrl: Setting | null
  /** The host of the consent page. */
  readonly consoleUrl: Setting | null
}

/** Hosts that share logins: consent at one of them gives a code for the token endpoint of any other. */
const ANTHROPIC_HOSTS: ReadonlySet<string> = new Set(
  [
    DEFAULT_HOST,
    ...[defaultEndpoints, legacyEndpoints].flatMap((one) => [...Object.values(one.authorize), one.token]),
  ].map((url) => new URL(url).origin),
)

/**
 * Chooses the hosts of a login.
 *
 * @throws AnthropicAuthError `invalid_config`
 */
export function chooseLoginHosts(flags: LoginFlags, profile: ProfileDescription | null): LoginHosts {
  const baseUrl = baseUrlSetting(flags, profile)
  const consoleUrl = consoleUrlSetting(flags, isForOtherServer(flags, profile) ? null : profile, baseUrl)
  assertNoPath(baseUrl)
  assertNoPath(consoleUrl)
  assertOneServer(baseUrl, consoleUrl)
  return { baseUrl, consoleUrl }
}

/** The profile's settings for another server don't apply to the server of the flag. */
export function isForOtherServer(
  { baseUrl }: Pick<LoginFlags, 'baseUrl'>,
  profile: ProfileDescription | null,
): boolean {
  return profile !== null && given('', baseUrl) !== null && !isSameHost(baseUrl, profile)
}

/** On loopback, `--base-url` is enough: an emulator is both servers. */
export function consoleUrlSetting(
  flags: Pick<LoginFlags, 'consoleUrl'>,
  profile: ProfileDescription | null,
  baseUrl: Setting | null,
): Setting | null {
  return (
    given('--console-url', flags.consoleUrl) ??
    ofProfile('console_url', profile, profile?.consoleUrl) ??
    environment('ANTHROPIC_CONSOLE_URL') ??
    (baseUrl !== null && isOnLoopback(checkedUrl(baseUrl)) ? baseUrl : null)
  )
}

export function isSameHost(baseUrl: string | undefined, profile: ProfileDescription): boolean {
  const own = profile.baseUrl ?? DEFAULT_HOST
  return baseUrl !== undefined && isSameHostUrl(baseUrl, own)
}

/** The official SDKs append their own paths to this URL. If the profile already has a path, it is used unchanged. */
function assertNoPath(setting: Setting | null): void {
  if (setting === null || setting.isOfProfile === true) return
  const { origin, pathname } = new URL(checkedUrl(setting))
  if (pathname === '/') return
  throw new AnthropicAuthError(
    'invalid_config',
    `${setting.source} must be the URL of a host, without a path`,
    {
      reason: 'baseUrl',
      hint: `Use ${origin}`,
    },
  )
}

/** Refuses consent at one server and tokens from another one, unless the user named both. */
function assertOneServer(baseUrl: Setting | null, consoleUrl: Setting | null): void {
  if (baseUrl !== null && consoleUrl === null && !isAnthropic(baseUrl)) {
    const hint = `Set both: --base-url ${baseUrl.value} --console-url URL. To log in at Anthropic, use: --base-url ${DEFAULT_HOST}`
    throw twoServers(
      `Tokens would come from ${baseUrl.value} (${baseUrl.source}), but the consent page is at Anthropic`,
      hint,
    )
  }
  if (consoleUrl !== null && baseUrl === null && !isAnthropic(consoleUrl)) {
    const hint = `Set both: --base-url URL --console-url ${consoleUrl.value}`
    throw twoServers(
      `The consent page is at ${consoleUrl.value} (${consoleUrl.source}), but tokens would come from Anthropic`,
      hint,
    )
  }
}

/** Whether a setting names one of Anthropic's own hosts. */
export function isAnthropic(setting: Setting): boolean {
  return ANTHROPIC_HOSTS.has(new URL(checkedUrl(setting)).origin)
}

function twoServers(message: string, hint: string): AnthropicAuthError {
  return new AnthropicAuthError('invalid_config', message, { reason: 'two_servers', hint })
}
