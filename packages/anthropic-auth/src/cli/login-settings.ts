import { AnthropicAuthError, OAuthClient, type OAuthMode } from '@anthropic-auth/core'
import { ANT_CLIENT_ID } from '@anthropic-auth/profile-store/internal'
import type { ProfileDescription, ProfileStoreOptions } from '@anthropic-auth/profile-store'
import { reportWarning } from './error-report.ts'
import type { LoginFlags } from './login-flags.ts'
import { environment, given, ofProfile, type Setting } from './setting.ts'
import { createClient } from './host-settings.ts'
import { chooseLoginHosts, isForOtherServer } from './login-hosts.ts'

/** The settings of one login, from its flags, its profile and the environment. */
export interface LoginSettings {
  readonly client: OAuthClient
  readonly mode: OAuthMode
  readonly scopes: readonly string[] | undefined
  readonly organizationId: string | undefined
  readonly workspaceId: string | undefined
  /** The settings that the profile remembers for the next login. */
  readonly remembered: Pick<
    ProfileStoreOptions,
    'baseUrl' | 'clientId' | 'consoleUrl' | 'mode' | 'scopes' | 'organizationId' | 'workspaceId'
  >
}

type ChosenSettings = Readonly<
  Record<'clientId' | 'baseUrl' | 'consoleUrl' | 'organizationId' | 'workspaceId', Setting | null>
>

/**
 * Chooses the settings of a login: a flag, else the profile's own, else the environment, else a default. Refuses
 * settings that can't work before the user sees a link.
 *
 * @throws AnthropicAuthError `invalid_config`
 */
export function chooseLoginSettings(flags: LoginFlags, profile: ProfileDescription | null): LoginSettings {
  const clientId = clientIdSetting(flags, profile)
  assertOwnClient(clientId, profile)
  const known = isForOtherServer(flags, profile) ? null : profile
  const { baseUrl, consoleUrl } = chooseLoginHosts(flags, profile)
  const organizationId = organizationSetting(flags, known)
  assertUuid(organizationId)
  const workspaceId = workspaceSetting(flags, known)
  const settings = { clientId, baseUrl, consoleUrl, organizationId, workspaceId }
  const mode = flags.mode ?? known?.mode ?? 'console'
  if (profile !== null) warnOfVariables(settings, flags)
  return {
    client: createClient(settings),
    mode,
    scopes: flags.scope ?? profile?.scopes ?? undefined,
    organizationId: organizationId?.value,
    workspaceId: workspaceId?.value,
    remembered: { ...rememberedSettings(settings, flags), mode },
  }
}

function rememberedSettings(
  { clientId, baseUrl, consoleUrl, organizationId, workspaceId }: ChosenSettings,
  { scope }: LoginFlags,
): LoginSettings['remembered'] {
  return {
    baseUrl: baseUrl?.value ?? null,
    clientId: clientId?.value,
    consoleUrl: consoleUrl?.value ?? null,
    scopes: scope,
    organizationId: organizationId?.value ?? null,
    workspaceId: workspaceId?.value ?? null,
  }
}

function organizationSetting(flags: LoginFlags, profile: ProfileDescription | null): Setting | null {
  return (
    given('--organization', flags.organization) ??
    ofProfile('organization_id', profile, profile?.organizationId) ??
    environment('ANTHROPIC_ORGANIZATION_ID')
  )
}

function workspaceSetting(flags: LoginFlags, profile: ProfileDescription | null): Setting | null {
  const isOtherOrganization =
    given('', flags.organization) !== null && flags.organization !== profile?.organizationId
  return (
    given('--workspace', flags.workspace) ??
    ofProfile('workspace_id', profile, isOtherOrganization ? null : profile?.workspaceId) ??
    environment('ANTHROPIC_WORKSPACE_ID')
  )
}

function clientIdSetting(flags: LoginFlags, profile: ProfileDescription | null): Setting | null {
  return (
    given('--client-id', flags.clientId) ??
    ofProfile('client_id', profile, profile?.clientId) ??
    environment('ANTHROPIC_OAUTH_CLIENT_ID')
  )
}

/**
 * Refuses a login as the client of another program: we don't know its code page and scopes. Refuses a different client
 * for its profile, too, since the program could not refresh the tokens.
 */
function assertOwnClient(clientId: Setting | null, profile: ProfileDescription | null): void {
  const own = new OAuthClient().config.clientId
  const isOfAnt = profile?.clientId === ANT_CLIENT_ID || clientId?.value === ANT_CLIENT_ID
  const isChosen = clientId !== null && clientId.source === '--client-id'
  const isForeign = profile !== null && profile.clientId !== null && profile.clientId !== own
  const isSameVariable = environment('ANTHROPIC_OAUTH_CLIENT_ID')?.value === profile?.clientId
  if (!isOfAnt && (!isForeign || isChosen || isSameVariable)) return
  throw foreignClient(profile, isOfAnt)
}

function foreignClient(profile: ProfileDescription | null, isOfAnt: boolean): AnthropicAuthError {
  const name = profile?.name ?? 'NAME'
  const message = isOfAnt
    ? `${profile === null ? 'This client id' : `Profile '${name}'`} belongs to ant, Anthropic's own command line tool`
    : `Profile '${name}' belongs to another OAuth client (${profile?.clientId ?? ''})`
  const remedy = isOfAnt
    ? `Log in with ant: ant auth login --profile ${name}`
    : `If the client is yours, add: --client-id ${profile?.clientId ?? ''}`
  return new AnthropicAuthError('invalid_config', message, {
    reason: 'foreign_client',
    hint: `${remedy}\nOr log in to another profile: anthropic-auth login --profile NAME`,
  })
}

const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i

function assertUuid(organizationId: Setting | null): void {
  if (organizationId === null || UUID.test(organizationId.value)) return
  throw new AnthropicAuthError('invalid_config', `${organizationId.source} is not a UUID`, {
    reason: 'organization',
    hint: "Use the organization's id, such as 01234567-89ab-cdef-0123-456789abcdef, not its name.",
  })
}

const VARIABLES: readonly (readonly [key: keyof ChosenSettings, variable: string, flag: string])[] = [
  ['clientId', 'ANTHROPIC_OAUTH_CLIENT_ID', '--client-id'],
  ['baseUrl', 'ANTHROPIC_BASE_URL', '--base-url'],
  ['consoleUrl', 'ANTHROPIC_CONSOLE_URL', '--console-url'],
  ['organizationId', 'ANTHROPIC_ORGANIZATION_ID', '--organization'],
  ['workspaceId', 'ANTHROPIC_WORKSPACE_ID', '--workspace'],
]

/** Warns about each variable that the profile will remember, or that it overrides. */
function warnOfVariables(settings: ChosenSettings, { json }: LoginFlags): void {
  for (const [key, variable, flag] of VARIABLES) {
    const warning = variableWarning(settings[key], variable, flag)
    if (warning !== null) reportWarning(warning, json)
  }
}

function variableWarning(used: Setting | null, variable: string, flag: string): string | null {
  const set = environment(variable)
  if (set === null || used === null) return null
  if (used.source === variable) {
    return `This login uses ${variable} (${set.value}), and the profile will remember it.`
  }
  if (used.isOfProfile !== true || used.value === set.value) return null
  return `${variable} is ignored: the profile has its own value (${used.value}). To change it, use ${flag}.`
}
