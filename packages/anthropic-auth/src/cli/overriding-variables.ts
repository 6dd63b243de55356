import { isSameHostUrl, shownUrl } from '@anthropic-auth/profile-store/internal'
import { environment } from './setting.ts'
import { unset } from './shell-assignments.ts'

/** The variables that the official SDKs read before any profile. */
export const OVERRIDING_VARIABLES: readonly string[] = ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN']

/** A variable that keeps the official SDKs from using a login. */
export interface OverridingVariable {
  readonly problem: string
  readonly remedy: string
}

/**
 * Finds the variables that keep the official SDKs from using a login: keys and tokens that come first, and another host.
 *
 * @param baseUrl - the host that the profile names, or `null`
 * @param login - the name of the login in the texts
 */
export function findOverridingVariables(
  baseUrl: string | null,
  login: string = 'this login',
): readonly OverridingVariable[] {
  const keys = OVERRIDING_VARIABLES.filter((name) => environment(name) !== null).map((name) => ({
    problem: `${name} is set, so the official SDKs use it and ignore ${login}`,
    remedy: `To use the login, run: ${unset(name)}`,
  }))
  const host = environment('ANTHROPIC_BASE_URL')?.value
  if (host !== undefined && !isWebUrl(host)) return [...keys, NO_URL]
  // While a key is set, the official SDKs don't send the access token, so its host doesn't matter.
  if (keys.length > 0 || baseUrl === null || host === undefined || isSameHostUrl(host, baseUrl)) return keys
  const problem = `ANTHROPIC_BASE_URL is set, so the official SDKs send the access token of ${login} to ${shownUrl(host)}, not to ${shownUrl(baseUrl)}`
  const remedy = `To send it to its own host, run: ${unset('ANTHROPIC_BASE_URL')}`
  return [{ problem, remedy }]
}

/** The official SDKs accept any host, even without TLS. */
function isWebUrl(text: string): boolean {
  return URL.canParse(text) && ['https:', 'http:'].includes(new URL(text).protocol)
}

const NO_URL: OverridingVariable = {
  problem: "ANTHROPIC_BASE_URL is not an http or https URL, so the official SDKs can't send requests",
  remedy: `Set it to a URL such as https://host, or run: ${unset('ANTHROPIC_BASE_URL')}`,
}

/** Returns a warning for each of them. */
export function overridingVariableWarnings(baseUrl: string | null, login?: string): readonly string[] {
  return findOverridingVariables(baseUrl, login).map(({ problem, remedy }) => `${problem}. ${remedy}`)
}
