import { platformApiEndpoints } from '@anthropic-auth/core'
import type { ProfileDescription } from '@anthropic-auth/profile-store'
import type { CommonFlags } from './common-flags.ts'
import { baseUrlSetting, checkedUrl } from './host-settings.ts'
import { consoleUrlSetting, isAnthropic, isForOtherServer } from './login-hosts.ts'

const ANTHROPIC_CONSOLE = new URL(platformApiEndpoints.authorize.console).origin

/** Returns the page where the API keys of a profile are managed, or `null` if its console is not known. */
export function keysPage(flags: CommonFlags, profile: ProfileDescription): string | null {
  const baseUrl = baseUrlSetting(flags, profile)
  const known = isForOtherServer(flags, profile) ? null : profile
  const consoleUrl = consoleUrlSetting({}, known, baseUrl)
  const host = consoleUrl ?? baseUrl
  if (host === null || isAnthropic(host)) return `${ANTHROPIC_CONSOLE}/settings/keys`
  return consoleUrl === null ? null : `${checkedUrl(consoleUrl)}/settings/keys`
}
