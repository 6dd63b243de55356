import {
  AnthropicAuthError,
  type EndpointOverrides,
  isAnthropicAuthError,
  OAuthClient,
  platformApiEndpoints,
} from '@anthropic-auth/core'
import type { ProfileDescription } from '../profile-store.ts'

/** The flags that every command has. */
export interface CommonFlags {
  readonly profile?: string
  readonly baseUrl?: string
  readonly json?: boolean
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

/** The URL of a host without the slash at its end, by the client's own rules. */
function checkedUrl({ value, source }: Setting): string {
  const url = value.replace(/\/+$/, '')
  try {
    if (url.includes('?')) throw new AnthropicAuthError('invalid_config', 'codePage must not have a query')
    return new OAuthClient({ endpoints: { codePage: url } }).config.endpoints.codePage
  } catch (error) {
    if (!isAnthropicAuthError(error)) throw error
    const problem = error.message.replace(/^\S+ /, '')
    throw new AnthropicAuthError('invalid_config', `${source} ${problem}`, {
      hint: 'Give it as https://host, or http://localhost:port for a server on this machine.',
    })
  }
}
