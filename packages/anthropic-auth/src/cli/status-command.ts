import { isMachineLogin, openAnyLogin } from './any-login.ts'
import { reportWarning } from './error-report.ts'
import { loginCommand } from '@anthropic-auth/profile-store/internal'
import { NOT_LOGGED_IN } from './exit-code.ts'
import { endedText, endsSoon, isOver, isRefreshable, isUsable } from './login-lifetime.ts'
import { instantText, namedText, printJson, tell } from './output.ts'
import { overridingVariableWarnings } from './overriding-variables.ts'
import type { CommandContext } from './command-context.ts'
import type { CommandTokenProvider } from './command-token-provider.ts'
import {
  SDK_ORDER,
  type SdkCredential,
  sdkCredential,
  sdkCredentialText,
  sdkOrderText,
  selectionAdvice,
} from './sdk-credential.ts'
import type { CommonFlags } from './common-flags.ts'
import { hostOf } from './host-settings.ts'
import { withAcceptedToken } from './accepted-token.ts'
import type { StoredLogin } from './stored-login.ts'
import { type Format, printFacts } from './table.ts'

export interface StatusFlags extends CommonFlags {
  readonly check?: boolean
}

/** The facts that `status` shows. */
interface Status {
  readonly login: StoredLogin
  readonly host: string
  readonly sdk: SdkCredential | null
  readonly isChecked: boolean
}

/** `anthropic-auth status`: the exit code says whether the login can still be used. */
export async function runStatus(flags: StatusFlags, context: CommandContext): Promise<void> {
  const stored = await openAnyLogin(flags, context)
  if (isMachineLogin(stored)) {
    return (await import('./machine/machine-status.ts')).showMachineStatus(stored, flags, context)
  }
  const isChecked = flags.check === true
  const login = isChecked ? await checkLogin(stored, flags, context) : stored
  const status = { login, host: hostOf(login), sdk: await sdkCredential(), isChecked }
  if (flags.json === true) printJson(statusJson(status))
  else printFacts(factsOf(status))
  if (!isUsable(login)) {
    reportWarning(endedText(login, isChecked), flags.json)
    context.end(NOT_LOGGED_IN)
  } else if (isRefreshable(login.tokens) && endsSoon(login.tokens)) {
    reportWarning(endsSoonText(login), flags.json)
  }
  const own = login.baseUrl?.isOfProfile === true ? login.baseUrl.value : null
  for (const warning of overridingVariableWarnings(own)) reportWarning(warning, flags.json)
  const advice = isUsable(login) ? selectionAdvice(status.sdk, login.profile.name) : null
  if (advice !== null && flags.json !== true) tell(advice)
}

/**
 * Asks the server with a valid access token. Refreshes it first if it is due, and once if the server refuses it.
 *
 * @throws AnthropicAuthError when the server refuses the login, or can't be asked
 */
async function checkLogin(
  login: StoredLogin,
  flags: StatusFlags,
  { signal }: CommandContext,
): Promise<StoredLogin> {
  const { CommandTokenProvider } = await import('./command-token-provider.ts')
  const provider = new CommandTokenProvider(login, flags, signal)
  const api = { host: hostOf(login), signal }
  return withAcceptedToken(provider, async () => checkOnce(login, provider, api))
}

async function checkOnce(
  login: StoredLogin,
  provider: CommandTokenProvider,
  api: { readonly host: string; readonly signal: AbortSignal },
): Promise<StoredLogin> {
  const { checkToken } = await import('./api-check.ts')
  await provider.accessToken()
  const tokens = provider.tokens() ?? login.tokens
  await provider.settle()
  await checkToken(provider.client, tokens, api)
  return { ...login, tokens }
}

function endsSoonText({ profile, tokens }: StoredLogin): string {
  const when = instantText(tokens.refreshTokenExpiresAt)
  return `This login ends ${when}, however often you refresh it. Run: ${loginCommand(profile)}`
}

const MODES = { max: 'max (Claude Pro or Max)', console: 'console (API)' } as const

type Fact = readonly [label: string, text: string, format?: Format]

function factsOf({ login, host, sdk, isChecked }: Status): readonly Fact[] {
  const { profile, tokens } = login
  const { refreshTokenExpiresAt } = tokens
  return [
    ['Status', ...stateOf(login, isChecked)],
    ['Account', profile.accountEmail ?? 'unknown'],
    ['Organization', namedText(tokens.organization)],
    ['Workspace', tokens.workspace === null ? 'none' : namedText(tokens.workspace)],
    ['Profile', profile.name],
    ...factsIf(profile.mode !== null, 'Mode', MODES[profile.mode ?? 'console']),
    ['Host', host],
    ...factsIf(
      profile.consoleUrl !== null && profile.consoleUrl !== host,
      'Console',
      profile.consoleUrl ?? '',
    ),
    ['Scopes', tokens.scopes?.join(' ') ?? 'unknown'],
    ['Access token', `${expiryText(tokens.expiresAt)}, ${refreshText(login)}`],
    ...factsIf(
      refreshTokenExpiresAt !== null,
      isOver(refreshTokenExpiresAt) ? 'Login ended' : 'Login ends',
      instantText(refreshTokenExpiresAt),
    ),
    ['SDKs use', sdkCredentialText(sdk, profile.name)],
    ...factsIf(isChecked || sdk?.profile !== profile.name, 'SDKs check', sdkOrderText()),
  ]
}

/** An expired access token is normal, and doesn't mean that the login has ended: only the server knows. */
function stateOf(login: StoredLogin, isChecked: boolean): readonly [text: string, format: Format] {
  const { tokens } = login
  if (!isUsable(login)) return ['login has ended', 'red']
  if (isChecked) return ['logged in, and the server accepts the access token', 'green']
  if (!isRefreshable(tokens)) return ['logged in, until the access token expires', 'yellow']
  if (endsSoon(tokens)) return ['logged in, but the login ends soon', 'yellow']
  if (tokens.isExpired(0)) return ['logged in (the access token is refreshed at the next use)', 'green']
  return ['logged in', 'green']
}

function expiryText(at: number | null): string {
  if (at === null) return 'expiry unknown'
  return `${isOver(at) ? 'expired' : 'expires'} ${instantText(at)}`
}

function factsIf(condition: boolean, label: string, text: string): readonly Fact[] {
  return condition ? [[label, text]] : []
}

function refreshText(login: StoredLogin): string {
  if (!isUsable(login)) return 'log in again'
  if (!isRefreshable(login.tokens)) return "can't be refreshed: log in again when it expires"
  return login.tokens.isExpired(0) ? 'refreshed at the next use' : 'refreshed when due'
}

function statusJson({ login, host, sdk, isChecked }: Status): object {
  const { profile, tokens } = login
  return {
    profile: profile.name,
    account: profile.accountEmail === null ? null : { email: profile.accountEmail },
    organization: tokens.organization,
    workspace: tokens.workspace,
    scopes: tokens.scopes,
    baseUrl: host,
    consoleUrl: profile.consoleUrl,
    mode: profile.mode,
    clientId: profile.clientId,
    expiresAt: tokens.expiresAt,
    refreshTokenExpiresAt: tokens.refreshTokenExpiresAt,
    isRenewable: isRefreshable(tokens),
    isUsable: isUsable(login),
    hasEnded: !isUsable(login),
    sdkCredential: sdk,
    sdkOrder: SDK_ORDER,
    ...(isChecked && { isChecked }),
  }
}
