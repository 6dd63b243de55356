import { type EndpointOverrides, OAuthClient, platformApiEndpoints } from '@anthropic-auth/core'
import { checkedHostUrl } from '../host-url.ts'
import type { ProfileDescription } from '../profile-store.ts'
import { reportWarning } from './error-report.ts'

const DEFAULT_HOST = new URL(platformApiEndpoints.token).origin

/** The flags that every command has. */
export interface CommonFlags {
  readonly profile?: string
  readonly baseUrl?: string
  readonly json?: boolean
  readonly debug?: boolean
}

/** The first setting that is there: of a flag, of the environment, of the profile. */
export interface Setting {
  readonly value: string
  /** Where it is from, for errors. */
  readonly source: string
}

/** Where tokens, keys and profile are asked for; `null`: at the default host. */
export function baseUrlSetting(flags: CommonFlags, profile: ProfileDescription | null): Setting | null {
  return (
    given('--base-url', flags.baseUrl) ??
    environment('ANTHROPIC_BASE_URL') ??
    given(`base_url of profile '${profile?.name}'`, profile?.baseUrl)
  )
}

/**
 * The host that `baseUrlSetting()` comes to.
 *
 * @throws AnthropicAuthError `invalid_config`, naming where the setting is from
 */
export function hostOf(flags: CommonFlags, profile: ProfileDescription): string {
  const baseUrl = baseUrlSetting(flags, profile)
  return baseUrl === null ? DEFAULT_HOST : checkedUrl(baseUrl)
}

/**
 * The client that the tokens are bound to: another one could do nothing with them.
 *
 * The variable may name a gateway that is meant for messages alone: whoever did not mean it for tokens is told.
 */
export function clientOf(flags: CommonFlags, profile: ProfileDescription): OAuthClient {
  const baseUrl = baseUrlSetting(flags, profile)
  if (baseUrl?.source === 'ANTHROPIC_BASE_URL') warnOfOtherHost(flags, profile)
  return createClient({
    clientId:
      given(`client_id of profile '${profile.name}'`, profile.clientId) ??
      environment('ANTHROPIC_OAUTH_CLIENT_ID'),
    baseUrl,
  })
}

function warnOfOtherHost(flags: CommonFlags, profile: ProfileDescription): void {
  const [own, other] = [profile.baseUrl ?? DEFAULT_HOST, hostOf(flags, profile)]
  if (own === other) return
  const message = `ANTHROPIC_BASE_URL sends the tokens of profile '${profile.name}' to ${other}, not to ${own}.`
  reportWarning(message, flags.json)
}

/** A setting of a flag; `null` when it was not given. */
export function given(source: string, value: string | null | undefined): Setting | null {
  return value === null || value === undefined || value === '' ? null : { source, value }
}

/** A setting of the environment; an empty variable counts as not set. */
export function environment(name: string): Setting | null {
  return given(name, process.env[name]?.trim())
}

/**
 * The client of a command: token and API at one host, as the profile files mean it.
 *
 * @throws AnthropicAuthError `invalid_config`, naming where the setting is from
 */
export function createClient(settings: {
  readonly clientId: Setting | null
  readonly baseUrl: Setting | null
  readonly consoleUrl?: Setting | null
}): OAuthClient {
  const { clientId, baseUrl, consoleUrl = null } = settings
  return new OAuthClient({
    clientId: clientId?.value,
    endpoints: {
      ...platformApiEndpoints,
      ...(baseUrl && apiEndpoints(checkedUrl(baseUrl))),
      ...(consoleUrl && consoleEndpoints(checkedUrl(consoleUrl))),
    },
  })
}

function apiEndpoints(baseUrl: string): EndpointOverrides {
  return {
    token: `${baseUrl}/v1/oauth/token`,
    revoke: `${baseUrl}/v1/oauth/token/revoke`,
    apiKey: `${baseUrl}/api/oauth/claude_cli/create_api_key`,
    profile: `${baseUrl}/api/oauth/profile`,
  }
}

function consoleEndpoints(consoleUrl: string): EndpointOverrides {
  return { authorize: `${consoleUrl}/oauth/authorize`, codePage: `${consoleUrl}/oauth/code/callback` }
}

function checkedUrl({ value, source }: Setting): string {
  return checkedHostUrl(value, source)
}
