import { defaultEndpoints, type EndpointOverrides, platformApiEndpoints } from '@anthropic-auth/core'
import { isLoopback } from '@anthropic-auth/core/internal'
import { isSameHostUrl } from './host-url.ts'

/** The host of the token endpoint and the API, unless a profile names another one. */
export const DEFAULT_HOST: string = new URL(platformApiEndpoints.token).origin

/** The hosts of a profile, without a slash at their end; `null`: the default host. */
export interface ProfileHosts {
  /** The host of both tokens and API. */
  readonly baseUrl: string | null
  /** The host of the consent page and the code page. */
  readonly consoleUrl: string | null
}

/** Whether a host is this machine, as that of an emulator. */
export function isOnLoopback(hostUrl: string | null): boolean {
  return hostUrl !== null && isLoopback(new URL(hostUrl).hostname)
}

/** Whether a profile's host is the default one. `null` means the default one. */
export function isDefaultHost(hostUrl: string | null): boolean {
  return hostUrl === null || isSameHostUrl(hostUrl, DEFAULT_HOST)
}

/** Returns the endpoints at the hosts of a profile. */
export function hostEndpoints({ baseUrl, consoleUrl }: ProfileHosts): EndpointOverrides {
  return {
    ...platformApiEndpoints,
    ...(baseUrl !== null && {
      token: `${baseUrl}/v1/oauth/token`,
      revoke: `${baseUrl}/v1/oauth/token/revoke`,
      apiKey: `${baseUrl}/api/oauth/claude_cli/create_api_key`,
      profile: `${baseUrl}/api/oauth/profile`,
    }),
    ...(consoleUrl !== null && {
      authorize: { max: maxPage(consoleUrl), console: `${consoleUrl}/oauth/authorize` },
      codePage: `${consoleUrl}/oauth/code/callback`,
    }),
  }
}

/** Anthropic's consent pages differ by host. Any other host has both, told apart by the path of claude.com. */
function maxPage(consoleUrl: string): string {
  const { max, console } = defaultEndpoints.authorize
  const isAnthropic = [max, console].some((page) => new URL(page).origin === new URL(consoleUrl).origin)
  return isAnthropic ? max : `${consoleUrl}/cai/oauth/authorize`
}
