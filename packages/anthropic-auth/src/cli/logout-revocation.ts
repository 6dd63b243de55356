import { type AnthropicAuthError, isAnthropicAuthError, type OAuthClient } from '@anthropic-auth/core'
import { sentences } from '@anthropic-auth/login/internal'
import type { ProfileDescription } from '@anthropic-auth/profile-store'
import { type HeldLogin, isSameHostUrl } from '@anthropic-auth/profile-store/internal'
import type { CommonFlags } from './common-flags.ts'
import { reportWarning } from './error-report.ts'
import { baseUrlSetting, boundClient, clientOf } from './host-settings.ts'
import { given } from './setting.ts'

/** The settings that decide where the tokens of a profile are revoked. */
export interface Revocation {
  readonly profile: ProfileDescription
  /** The reason why the config can't say which host issued the tokens. */
  readonly configProblem: AnthropicAuthError | null
  readonly flags: CommonFlags
  readonly signal: AbortSignal
}

/**
 * Revokes tokens at the host that issued them, whatever host the settings name now. A failure is only a warning: the
 * tokens are removed from this machine in any case.
 *
 * @returns whether the server has revoked them
 */
export async function revokeLogin(login: HeldLogin, revocation: Revocation): Promise<boolean> {
  const { flags, signal } = revocation
  try {
    const client = clientFor(login, revocation)
    await client.revokeToken(login.tokens, { signal })
    return true
  } catch (error) {
    if (!isAnthropicAuthError(error) || isAnthropicAuthError(error, 'aborted')) throw error
    reportWarning(notRevokedText(error), flags.json)
    return false
  }
}

/** @throws AnthropicAuthError `invalid_config`; the problem of the config if nothing names the host */
function clientFor({ host }: HeldLogin, { profile, configProblem, flags }: Revocation): OAuthClient {
  if (host !== null) {
    warnOfOtherHost(host, profile, flags)
    return boundClient({ profile, baseUrl: given(`the host of profile '${profile.name}'`, host) })
  }
  if (configProblem !== null && given('', flags.baseUrl) === null) throw configProblem
  const unnamed = { ...profile, baseUrl: null }
  return clientOf({ profile: unnamed, baseUrl: baseUrlSetting(flags, unnamed) }, flags)
}

function warnOfOtherHost(host: string, { name }: ProfileDescription, { baseUrl, json }: CommonFlags): void {
  if (baseUrl === undefined || isSameHostUrl(baseUrl, host)) return
  reportWarning(
    `The tokens of profile '${name}' belong to ${host}, so they are revoked there, and not at ${baseUrl}.`,
    json,
  )
}

/** The server's own description is long, and doesn't help the user here. */
function notRevokedText({ message, status }: AnthropicAuthError): string {
  const problem = 'The tokens could not be revoked, and stay valid until they expire'
  return status === undefined
    ? sentences(problem, message)
    : `${problem}: the server responded with HTTP ${status}.`
}
