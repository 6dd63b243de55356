import { createProfileStore } from '@anthropic-auth/profile-store'
import { assignment } from './shell-assignments.ts'
import { environment } from './setting.ts'

/** The credential that an official SDK uses in this shell, unless the program sets one. */
export interface SdkCredential {
  readonly type: 'api_key' | 'auth_token' | 'profile' | 'federation'
  /** The variable that decides it, or `active profile`. */
  readonly source: string
  readonly profile: string | null
}

/**
 * Finds the credential that an official SDK uses, in its order.
 *
 * @returns `null` if the active profile is unknown
 */
export async function sdkCredential(): Promise<SdkCredential | null> {
  if (isSet('ANTHROPIC_API_KEY')) return { type: 'api_key', source: 'ANTHROPIC_API_KEY', profile: null }
  if (isSet('ANTHROPIC_AUTH_TOKEN')) {
    return { type: 'auth_token', source: 'ANTHROPIC_AUTH_TOKEN', profile: null }
  }
  const named = environment('ANTHROPIC_PROFILE')
  if (named !== null) return { type: 'profile', source: named.source, profile: named.value }
  if (hasFederationVariables()) {
    return { type: 'federation', source: 'ANTHROPIC_FEDERATION_RULE_ID', profile: null }
  }
  return createProfileStore()
    .describe()
    .then(({ name }) => ({ type: 'profile' as const, source: 'active profile', profile: name }))
    .catch(() => null)
}

/** Describes the credential for a user who looks at a profile. */
export function sdkCredentialText(credential: SdkCredential | null, profile: string): string {
  if (credential === null) return 'unknown'
  const { type, source } = credential
  if (type === 'api_key') return `the key in ${source}, not this login`
  if (type === 'auth_token') return `the token in ${source}, not this login`
  if (type === 'federation') return `workload identity federation (${source}), not this login`
  if (credential.profile === profile) return `this login (${source})`
  return `profile '${credential.profile}' (${source}), not this login`
}

/**
 * Explains how to make the SDKs use a profile in place of another one, or of federation. Returns `null` when they
 * already use it, or when a key or token comes first: other warnings cover those.
 */
export function selectionAdvice(credential: SdkCredential | null, profile: string): string | null {
  if (credential === null || credential.profile === profile) return null
  if (credential.type !== 'profile' && credential.type !== 'federation') return null
  return `To use this login, run: ${selectionCommand(profile)}`
}

/** Returns the command that makes this shell, or all programs, use a profile. */
export function selectionCommand(profile: string): string {
  return isSet('ANTHROPIC_PROFILE') || hasFederationVariables()
    ? assignment('ANTHROPIC_PROFILE', profile)
    : `anthropic-auth use ${profile}`
}

function isSet(name: string): boolean {
  return environment(name) !== null
}

/** Without all three, the SDKs go on to the active profile. */
export function hasFederationVariables(): boolean {
  const hasIdentity = isSet('ANTHROPIC_IDENTITY_TOKEN_FILE') || isSet('ANTHROPIC_IDENTITY_TOKEN')
  return isSet('ANTHROPIC_FEDERATION_RULE_ID') && isSet('ANTHROPIC_ORGANIZATION_ID') && hasIdentity
}

/** Whether this is a job that can request identity tokens. Only this tool and its packages use those. */
function isInGithubActions(): boolean {
  return isSet('ACTIONS_ID_TOKEN_REQUEST_URL')
}

/** Whether `token`, `run` and `status` can log in as this machine with the variables alone. */
export function hasMachineVariables(): boolean {
  const isForJob = isSet('ANTHROPIC_FEDERATION_RULE_ID') && isSet('ANTHROPIC_ORGANIZATION_ID')
  return hasFederationVariables() || (isInGithubActions() && isForJob)
}

/** The places where the official SDKs look for a credential, in their order. */
export const SDK_ORDER: readonly string[] = [
  'ANTHROPIC_API_KEY',
  'ANTHROPIC_AUTH_TOKEN',
  'ANTHROPIC_PROFILE',
  'federation variables',
  'active profile',
]

/** The order in words. A credential that a program passes to the SDK comes before all of these. */
export function sdkOrderText(): string {
  return `${SDK_ORDER.slice(0, -1).join(', ')}, then the ${SDK_ORDER.at(-1)}`
}
