import { type AnthropicAuthError, isAnthropicAuthError, type OAuthClient } from '@anthropic-auth/core'
import { sentences } from '@anthropic-auth/login/internal'
import type { ProfileDescription } from '@anthropic-auth/profile-store'
import { type HeldLogin, isSameHostUrl, shownUrl } from '@anthropic-auth/profile-store/internal'
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
 * Revokes tokens at the hosts that issued them, whatever host a flag names. A failure is only a warning: the tokens are
 * removed from this machine in any case.
 *
 * @returns whether the servers have revoked all of them
 */
export async function revokeLogins(logins: readonly HeldLogin[], revocation: Revocation): Promise<boolean> {
  const { configProblem, flags } = revocation
  // An unreadable config may name another client than ours. A flag says that the user wants to try.
  if (configProblem?.code === 'store_failed' && given('', flags.baseUrl) === null) {
    if (logins.length > 0) reportWarning(removedText(configProblem), flags.json)
    return false
  }
  let areRevoked = true
  for (const login of logins) areRevoked = (await revoke(login, revocation)) && areRevoked
  return areRevoked
}

/** Says that tokens are gone from this machine, but not at the server. */
export function removedText({ message }: AnthropicAuthError): string {
  return sentences(message, "The tokens are removed, but can't be revoked: they stay valid until they expire")
}

async function revoke(login: HeldLogin, revocation: Revocation): Promise<boolean> {
  const { flags, signal } = revocation
  try {
    await clientFor(login, revocation).revokeToken(login.tokens, { signal })
    return true
  } catch (error) {
    if (!isAnthropicAuthError(error) || isAnthropicAuthError(error, 'aborted')) throw error
    reportWarning(notRevokedText(error), flags.json)
    return false
  }
}

/** @throws AnthropicAuthError `invalid_config`, also when nothing but an invalid setting names the host */
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
    `The tokens of profile '${name}' belong to ${host}, so they are revoked there, and not at ${shownUrl(baseUrl)}.`,
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
