import {
  AnthropicAuthError,
  type IdentityTokenGrant,
  isAnthropicAuthError,
  type OAuthClient,
} from '@anthropic-auth/core'
import { restateError } from '@anthropic-auth/core/internal'
import { federationFromEnvironment } from '@anthropic-auth/federation'
import {
  DEFAULT_HOST,
  type FederationProfile,
  isSameHostUrl,
  openFederationProfile,
} from '@anthropic-auth/profile-store/internal'
import type { CommandContext } from '../command-context.ts'
import { environment, given, type Setting } from '../setting.ts'
import type { CommonFlags } from '../common-flags.ts'
import { checkedUrl, createClient } from '../host-settings.ts'

/** The login of a machine, by workload identity federation. */
export interface MachineLogin {
  /** `null`: the variables alone say how to log in. */
  readonly profile: FederationProfile | null
  readonly grant: IdentityTokenGrant
  /** The source of identity tokens, in words. */
  readonly identitySource: string
  /** Whether official SDKs can use this source, too. */
  readonly isSourceOfSdks: boolean
  readonly client: OAuthClient
  /** The host of both tokens and API, if it is not the default one. */
  readonly ownHost: string | null
  /** Whether the profile keeps the access tokens: not those of a host that only a flag names. */
  readonly isKept: boolean
  /** The setting that names this host. */
  readonly baseUrl: Setting | null
}

/** @throws AnthropicAuthError `invalid_config` when a variable is missing */
export function machineOfVariables(flags: CommonFlags): MachineLogin {
  return machineLogin(flags, null)
}

/** @returns `null` when the profile is not one of a machine */
export async function machineOfProfile(
  flags: CommonFlags,
  { useProfile }: CommandContext,
): Promise<MachineLogin | null> {
  const profile = await openFederationProfile({ profile: flags.profile })
  if (profile === null) return null
  useProfile(profile.name)
  return machineLogin(flags, profile)
}

function machineLogin(flags: CommonFlags, profile: FederationProfile | null): MachineLogin {
  const variables = variablesOf(profile)
  const grant = grantOf(variables, profile)
  const baseUrl = hostSetting(flags, profile)
  return {
    profile,
    grant,
    ...identitySourceOf(variables, profile),
    client: createClient({ clientId: null, baseUrl }),
    ownHost: baseUrl && checkedUrl(baseUrl),
    isKept: flags.baseUrl === undefined || isSameHostUrl(flags.baseUrl, profile?.baseUrl ?? DEFAULT_HOST),
    baseUrl,
  }
}

type Variables = Readonly<Record<string, string | undefined>>

/** Variables supply the settings that a profile leaves out, and never override it. */
function variablesOf(profile: FederationProfile | null): Variables {
  const fill = (value: string | null | undefined, name: string): string | undefined =>
    value ?? environment(name)?.value
  return {
    ...process.env,
    ANTHROPIC_FEDERATION_RULE_ID: fill(profile?.federationRuleId, 'ANTHROPIC_FEDERATION_RULE_ID'),
    ANTHROPIC_ORGANIZATION_ID: fill(profile?.organizationId, 'ANTHROPIC_ORGANIZATION_ID'),
    ANTHROPIC_SERVICE_ACCOUNT_ID: fill(profile?.serviceAccountId, 'ANTHROPIC_SERVICE_ACCOUNT_ID'),
    ANTHROPIC_WORKSPACE_ID: fill(profile?.workspaceId, 'ANTHROPIC_WORKSPACE_ID'),
    ANTHROPIC_IDENTITY_TOKEN_FILE: fill(profile?.identityTokenPath, 'ANTHROPIC_IDENTITY_TOKEN_FILE'),
  }
}

function grantOf(variables: Variables, profile: FederationProfile | null): IdentityTokenGrant {
  try {
    const grant = federationFromEnvironment(variables)
    if (grant !== null) return grant
  } catch (error) {
    if (profile === null || !isAnthropicAuthError(error)) throw error
    const message = `Profile '${profile.name}' is incomplete, and ${error.reason} is not set`
    throw restateError(error, { message })
  }
  throw new AnthropicAuthError(
    'invalid_config',
    `Profile '${profile?.name}' has no federation_rule_id, and ANTHROPIC_FEDERATION_RULE_ID is not set`,
    {
      reason: 'ANTHROPIC_FEDERATION_RULE_ID',
      hint: 'Add the id of your federation rule (fdrl_…) to one of them.',
    },
  )
}

function identitySourceOf(
  variables: Variables,
  profile: FederationProfile | null,
): Pick<MachineLogin, 'identitySource' | 'isSourceOfSdks'> {
  const path = variables['ANTHROPIC_IDENTITY_TOKEN_FILE']
  if (path !== undefined) {
    const by = profile?.identityTokenPath === path ? 'profile' : 'ANTHROPIC_IDENTITY_TOKEN_FILE'
    return { identitySource: `${path} (${by})`, isSourceOfSdks: true }
  }
  if (environment('ANTHROPIC_IDENTITY_TOKEN') !== null) {
    return { identitySource: 'ANTHROPIC_IDENTITY_TOKEN', isSourceOfSdks: true }
  }
  return { identitySource: 'GitHub Actions', isSourceOfSdks: false }
}

function hostSetting({ baseUrl }: CommonFlags, profile: FederationProfile | null): Setting | null {
  return (
    given('--base-url', baseUrl) ??
    given(`base_url of profile '${profile?.name}'`, profile?.baseUrl) ??
    environment('ANTHROPIC_BASE_URL')
  )
}

export function machineHost({ ownHost }: MachineLogin): string {
  return ownHost ?? DEFAULT_HOST
}
