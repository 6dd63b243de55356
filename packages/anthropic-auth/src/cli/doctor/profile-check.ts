import { type AnthropicAuthError, OAuthClient } from '@anthropic-auth/core'
import { ANT_CLIENT_ID, loginCommand } from '@anthropic-auth/profile-store/internal'
import { ciAdvice, isInCi } from '../ci-advice.ts'
import { instantText } from '../output.ts'
import { endsSoon, isRefreshable, isUsable, remainingText } from '../login-lifetime.ts'
import type { StoredLogin } from '../stored-login.ts'
import { unknownProfile } from '../unknown-profile.ts'
import { unusableName } from '../usable-name.ts'
import type { ExaminedProfile } from './examined-profile.ts'
import { type Finding, inOneLine, ok, problem, problemOf, warning } from './finding.ts'

/** Checks that there is a folder of all profiles, and that its path is absolute. */
export function checkProfilesFolder({ location }: ExaminedProfile): readonly Finding[] {
  if (location.problem === null) return [ok(location.value.root)]
  return location.problem.reason === 'configDir' ? [problemOf(location.problem)] : []
}

/** Checks that the profile exists, and which program it belongs to. Damaged files have their own checks. */
export function checkProfile(profile: ExaminedProfile): readonly Finding[] {
  const { location, opened, isEmpty } = profile
  if (location.problem !== null) {
    return location.problem.reason === 'configDir' ? [] : [problemOf(location.problem)]
  }
  const { name } = location.value
  if (opened.problem !== null) {
    const isOfProfile =
      opened.problem.code === 'invalid_config' || opened.problem.reason === 'foreign_profile'
    return isOfProfile ? [problemOf(opened.problem, name)] : [ok(`'${name}'`)]
  }
  if (name.startsWith('-')) return [problemOf(unusableName(name))]
  const { clientId, json, isBlank } = opened.value.config
  if (isEmpty && json === null && !isBlank) return [noProfile(name, profile)]
  return [foreignClient(name, clientId) ?? ok(`'${name}'`)]
}

/** While there are others, the name is a mistake. */
function noProfile(name: string, { existing, source }: ExaminedProfile): Finding {
  const login = loginCommand({ name, clientId: null })
  if (existing.length > 0) return problemOf(unknownProfile({ name, existing, source, login }))
  const of = source === 'variable' ? ' (ANTHROPIC_PROFILE)' : ''
  const remedy = isInCi() ? inOneLine(ciAdvice()) : `To log in, run: ${login}`
  return warning(`There is no profile '${name}'${of}`, remedy)
}

function foreignClient(name: string, clientId: string | null): Finding | null {
  if (clientId === ANT_CLIENT_ID) {
    const message = `Profile '${name}' was made by ant, Anthropic's own command line tool, so login refuses it`
    return warning(message, `To log in again, run: ${loginCommand({ name, clientId })}`)
  }
  if (clientId === null || clientId === new OAuthClient().config.clientId) return null
  const message = `Profile '${name}' belongs to another OAuth client (${clientId})`
  return warning(message, `If the client is yours, log in with: ${loginCommand({ name, clientId })}`)
}

/** Checks the login: whether there is one, and when it ends. */
export function checkLogin({ opened, description, tokens, isEmpty }: ExaminedProfile): readonly Finding[] {
  if (opened.value === null || description.value === null) return []
  const { name, config } = opened.value
  if (tokens.problem?.reason === 'other_host') return [otherHost(tokens.problem)]
  if (tokens.problem !== null) return []
  if (tokens.value === null) {
    return isEmpty && config.json === null ? [] : [notLoggedIn(name, config.clientId)]
  }
  return [loginFinding({ profile: description.value, tokens: tokens.value })]
}

/** Shows only the first command of the hint, which keeps the host of the tokens. */
function otherHost(error: AnthropicAuthError): Finding {
  const [keep] = error.hint?.split('\n') ?? []
  return { ...problemOf(error), ...(keep !== undefined && { remedy: keep }) }
}

function notLoggedIn(name: string, clientId: string | null): Finding {
  return warning(
    `Not logged in (profile '${name}')`,
    isInCi() ? inOneLine(ciAdvice()) : `Run: ${loginCommand({ name, clientId })}`,
  )
}

function loginFinding({ profile, tokens }: Pick<StoredLogin, 'profile' | 'tokens'>): Finding {
  const login = `Run: ${loginCommand(profile)}`
  const end = instantText(tokens.refreshTokenExpiresAt)
  const account = profile.accountEmail ?? 'unknown account'
  if (!isUsable({ tokens })) {
    const rest = remainingText(tokens)
    return problem(`The login of ${account} has ended${rest === null ? '' : `. ${rest}`}`, login)
  }
  if (!isRefreshable(tokens)) {
    const expiry = instantText(tokens.expiresAt)
    return warning(`The access token can't be refreshed, and expires ${expiry}`, login)
  }
  if (endsSoon(tokens)) return warning(`The login ends ${end}, however often you refresh it`, login)
  return ok(
    `${account}, not checked with the server (run: anthropic-auth status --check --profile ${profile.name})`,
  )
}
