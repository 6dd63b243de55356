import { OAuthClient } from '@anthropic-auth/core'
import {
  checkedHostUrl,
  DEFAULT_HOST,
  hostEndpoints,
  isSameHostUrl,
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
    environment('ANTHROPIC_BASE_URL')
  )
}

/**
 * Returns the host that `baseUrlSetting()` chooses.
 *
 * @throws AnthropicAuthError `invalid_config`, naming where the setting comes from
 */
export function hostOf(flags: CommonFlags, profile: ProfileDescription): string {
  const baseUrl = baseUrlSetting(flags, profile)
  return baseUrl === null ? DEFAULT_HOST : checkedUrl(baseUrl)
}

/** Creates the client that the tokens of a profile are bound to: the server refuses them from any other client. */
export function clientOf(flags: CommonFlags, profile: ProfileDescription): OAuthClient {
  const baseUrl = baseUrlSetting(flags, profile)
  // The variable may name a gateway that is meant for messages only.
  if (baseUrl?.source === 'ANTHROPIC_BASE_URL') warnOfVariable(flags, profile)
  if (flags.baseUrl !== undefined && profile.baseUrl !== null) warnOfOtherServer(flags, profile)
  return createClient({
    clientId: ofProfile('client_id', profile, profile.clientId) ?? environment('ANTHROPIC_OAUTH_CLIENT_ID'),
    baseUrl,
  })
}

function warnOfOtherServer(flags: CommonFlags, profile: ProfileDescription): void {
  const [host, own] = [hostOf(flags, profile), hostOf({}, profile)]
  if (isSameHostUrl(host, own)) return
  const message = `--base-url sends the tokens of profile '${profile.name}' to ${host}. They belong to ${own}.`
  reportWarning(message, flags.json)
}

function warnOfVariable(flags: CommonFlags, profile: ProfileDescription): void {
  const host = hostOf(flags, profile)
  if (isSameHostUrl(host, DEFAULT_HOST)) return
  const message = `Profile '${profile.name}' names no host, so its tokens go to ${host} (ANTHROPIC_BASE_URL). To send them to Anthropic, add: --base-url ${DEFAULT_HOST}`
  reportWarning(message, flags.json)
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
