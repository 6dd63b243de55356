import type { TokenSet } from '@anthropic-auth/core'
import type { CommandContext } from '../command-context.ts'
import { reportWarning } from '../error-report.ts'
import { instantText, printJson } from '../output.ts'
import { overridingVariableWarnings } from '../overriding-variables.ts'
import {
  type SdkCredential,
  sdkCredential,
  sdkCredentialText,
  SDK_ORDER,
  sdkOrderText,
} from '../sdk-credential.ts'
import type { CommonFlags } from '../common-flags.ts'
import { type Format, printFacts } from '../table.ts'
import { type MachineLogin, machineHost } from './machine-login.ts'
import { exchange, keptToken } from './machine-token.ts'

interface MachineStatus {
  readonly login: MachineLogin
  readonly tokens: TokenSet | null
  readonly sdk: SdkCredential | null
  readonly isChecked: boolean
}

/** `anthropic-auth status` of a machine. Only `--check` exchanges an identity token. */
export async function showMachineStatus(
  login: MachineLogin,
  flags: CommonFlags & { readonly check?: boolean },
  context: CommandContext,
): Promise<void> {
  const isChecked = flags.check === true
  const tokens = isChecked ? await checked(login, flags, context) : await keptToken(login)
  const status = { login, tokens, sdk: await sdkCredential(), isChecked }
  if (flags.json === true) printJson(statusJson(status))
  else printFacts(factsOf(status))
  const name = login.profile === null ? 'the federation variables' : 'this profile'
  for (const warning of overridingVariableWarnings(login.profile?.baseUrl ?? null, name)) {
    reportWarning(warning, flags.json)
  }
}

/** @throws AnthropicAuthError when the server refuses the identity token or the access token, or can't be asked */
async function checked(
  login: MachineLogin,
  flags: CommonFlags,
  { signal }: CommandContext,
): Promise<TokenSet> {
  const { checkToken } = await import('../api-check.ts')
  const tokens = await exchange(login, { signal, json: flags.json })
  await checkToken(login.client, tokens, { host: machineHost(login), signal })
  return tokens
}

function factsOf(status: MachineStatus): readonly (readonly [string, string, Format?])[] {
  const { login, tokens, sdk } = status
  const { federationRuleId, organizationId, serviceAccountId, workspaceId } = login.grant
  return [
    ['Status', ...stateOf(status)],
    ['Profile', login.profile?.name ?? 'none: the federation variables are set'],
    ['Rule', federationRuleId],
    ['Organization', organizationId],
    ['Service account', serviceAccountId ?? 'from the rule'],
    ['Workspace', workspaceId ?? 'from the rule'],
    ['Identity token', login.identitySource],
    ['Host', machineHost(login)],
    ['Access token', tokenText(tokens)],
    ['SDKs use', sdkText(login, sdk)],
    ['SDKs check', sdkOrderText()],
  ]
}

function stateOf({ isChecked }: MachineStatus): readonly [string, Format?] {
  if (isChecked) return ['a machine, and the server accepts its identity token', 'green']
  return ['a machine (to see whether it can log in, add --check)']
}

function tokenText(tokens: TokenSet | null): string {
  if (tokens === null) return 'none saved, issued at the next use'
  const when = instantText(tokens.expiresAt)
  return tokens.isExpired(0) ? `expired ${when}, replaced at the next use` : `expires ${when}`
}

function sdkText({ profile, isSourceOfSdks }: MachineLogin, sdk: SdkCredential | null): string {
  if (profile !== null) return sdkCredentialText(sdk, profile.name)
  if (sdk?.type === 'federation') return 'the same variables'
  return isSourceOfSdks || sdk?.type !== 'profile'
    ? sdkCredentialText(sdk, '')
    : `${sdkCredentialText(sdk, '')} (they need ANTHROPIC_IDENTITY_TOKEN_FILE)`
}

function statusJson({ login, tokens, sdk, isChecked }: MachineStatus): object {
  const { federationRuleId, organizationId, serviceAccountId, workspaceId } = login.grant
  return {
    type: 'federation',
    profile: login.profile?.name ?? null,
    federationRuleId,
    organizationId,
    serviceAccountId: serviceAccountId ?? null,
    workspaceId: workspaceId ?? null,
    identityToken: login.identitySource,
    baseUrl: machineHost(login),
    expiresAt: tokens?.expiresAt ?? null,
    sdkCredential: sdk,
    sdkOrder: SDK_ORDER,
    ...(isChecked && { isChecked }),
  }
}
