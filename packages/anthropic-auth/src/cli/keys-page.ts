import { platformApiEndpoints } from '@anthropic-auth/core'
import { checkedUrl, type TokenDestination } from './host-settings.ts'
import { consoleUrlSetting, isAnthropic, isSameHost } from './login-hosts.ts'

const ANTHROPIC_CONSOLE = new URL(platformApiEndpoints.authorize.console).origin

/** Returns the page where the API keys of a profile are managed, or `null` if its console is not known. */
export function keysPage({ profile, baseUrl }: TokenDestination): string | null {
  const isOther = baseUrl !== null && !isSameHost(baseUrl.value, profile)
  const consoleUrl = consoleUrlSetting({}, isOther ? null : profile, baseUrl)
  const host = consoleUrl ?? baseUrl
  if (host === null || isAnthropic(host)) return `${ANTHROPIC_CONSOLE}/settings/keys`
  return consoleUrl === null ? null : `${checkedUrl(consoleUrl)}/settings/keys`
}
