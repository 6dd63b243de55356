import { AnthropicAuthError, isAnthropicAuthError, type OAuthMode, type TokenSet } from '@anthropic-auth/core'
import { createProfileStore, type ProfileDescription, type ProfileStore } from '../profile-store.ts'
import { terminalLogin } from '../terminal-login.ts'
import { reportWarning } from './error-report.ts'
import { expiryText, namedText, printJson, printRows, tell } from './output.ts'
import type { CommandContext } from './program.ts'
import { baseUrlSetting, type CommonFlags, createClient, environment, given } from './settings.ts'

export interface LoginFlags extends CommonFlags {
  readonly mode: OAuthMode
  readonly browser: boolean
  readonly port?: readonly number[]
  readonly timeout: number
  readonly clientId?: string
  readonly scope?: readonly string[]
  readonly organization?: string
  readonly workspace?: string
  readonly consoleUrl?: string
  readonly printTokens?: boolean
}

/** Where the tokens go beside standard output. */
interface Place {
  readonly store: ProfileStore
  readonly profile: ProfileDescription
}

const TERMS =
  "Anthropic's terms restrict what the tokens of a Claude subscription may be used for, and direct developers to API keys: https://code.claude.com/docs/en/legal-and-compliance"

/** `anthropic-auth login` */
export async function runLogin(flags: LoginFlags, { signal }: CommandContext): Promise<void> {
  const place = await choosePlace(flags, signal)
  if (flags.mode === 'max') tell(TERMS)
  const tokens = await logIn(flags, place, signal)
  const problem = place === null ? null : await save(place, tokens)
  report(flags, problem === null ? place : null, tokens)
  if (problem !== null) throw problem
}

/** A place that the person names or confirms, and that tokens can be saved to; `null`: standard output alone. */
async function choosePlace(flags: LoginFlags, signal: AbortSignal): Promise<Place | null> {
  if (flags.profile === undefined && flags.printTokens === true) return null
  const isNamed = flags.profile !== undefined
  if (!isNamed && !(process.stdin.isTTY && process.stderr.isTTY)) throw noPlace()
  const store = createProfileStore({ profile: flags.profile, baseUrl: flags.baseUrl })
  const profile = await store.describe()
  // What can't be read now could not be replaced later, when there are tokens to lose.
  if ((await store.load()) !== null) tell(replacementText(profile))
  if (!isNamed && !(await confirmProfile(profile.name, signal))) throw declined()
  return { store, profile }
}

function replacementText({ name, accountEmail }: ProfileDescription): string {
  const whose = accountEmail === null ? 'a login' : `the login of ${accountEmail}`
  return `Profile '${name}' holds ${whose}, which this one will replace. 'anthropic-auth logout' revokes it first.`
}

async function confirmProfile(name: string, signal: AbortSignal): Promise<boolean> {
  const { confirm } = await import('./confirmation.ts')
  return confirm(`Save to profile '${name}'?`, signal)
}

async function logIn(flags: LoginFlags, place: Place | null, signal: AbortSignal): Promise<TokenSet> {
  const profile = place?.profile ?? null
  const baseUrl = baseUrlSetting(flags, profile)
  if (place !== null && baseUrl?.source === 'ANTHROPIC_BASE_URL' && baseUrl.value !== profile?.baseUrl) {
    const message = 'The profile does not remember ANTHROPIC_BASE_URL; give --base-url for that.'
    reportWarning(message, flags.json)
  }
  const client = createClient({
    clientId:
      given('--client-id', flags.clientId) ??
      environment('ANTHROPIC_OAUTH_CLIENT_ID') ??
      given('client_id', profile?.clientId),
    baseUrl,
    consoleUrl: given('--console-url', flags.consoleUrl) ?? environment('ANTHROPIC_CONSOLE_URL'),
  })
  return terminalLogin({
    mode: flags.mode,
    client,
    scopes: flags.scope,
    organizationId: firstOf(flags.organization, 'ANTHROPIC_ORGANIZATION_ID', profile?.organizationId),
    workspaceId: firstOf(flags.workspace, 'ANTHROPIC_WORKSPACE_ID', profile?.workspaceId),
    // Without a browser of ours, only a port that is known beforehand can be reached from elsewhere.
    port: flags.port ?? (flags.browser ? 0 : false),
    openBrowser: flags.browser,
    timeoutMs: flags.timeout * 1000,
    signal,
  })
}

function firstOf(
  flag: string | undefined,
  variable: string,
  stored: string | null | undefined,
): string | undefined {
  return (given('', flag) ?? environment(variable) ?? given('', stored))?.value
}

async function save({ store }: Place, tokens: TokenSet): Promise<AnthropicAuthError | null> {
  try {
    await store.lock(async () => store.save(tokens))
    return null
  } catch (error) {
    if (!isAnthropicAuthError(error)) throw error
    return new AnthropicAuthError(
      'store_failed',
      `The login worked, but could not be saved: ${error.message}`,
      {
        reason: error.reason,
        hint: error.hint,
        cause: error.cause,
      },
    )
  }
}

function report(flags: LoginFlags, place: Place | null, tokens: TokenSet): void {
  const profile = place?.profile.name ?? null
  if (flags.printTokens === true) printTokens(tokens, flags.json === true)
  else if (flags.json === true && profile !== null) printJson(loginJson(profile, tokens))
  if (profile === null) return
  const who = [tokens.account?.email, tokens.organization?.name].filter(
    (name) => name !== null && name !== undefined,
  )
  tell(`Logged in${who.length > 0 ? ` as ${who.join(', ')}` : ''}. Saved to profile '${profile}'.`)
}

function printTokens(tokens: TokenSet, json: boolean): void {
  if (json) {
    printJson(tokens)
    return
  }
  printRows([
    ['Access token', tokens.accessToken],
    ['Refresh token', tokens.refreshToken ?? 'none'],
    ['Expires', expiryText(tokens)],
    ['Scopes', tokens.scopes?.join(' ') ?? 'unknown'],
    ['Account', tokens.account?.email ?? 'unknown'],
    ['Organization', namedText(tokens.organization)],
  ])
}

function loginJson(profile: string, tokens: TokenSet): object {
  const { accessToken: _access, refreshToken: _refresh, ...rest } = tokens.toJSON()
  return { profile, ...rest }
}

function noPlace(): AnthropicAuthError {
  return new AnthropicAuthError('invalid_config', 'Where the tokens should go was not said', {
    hint: 'Give --profile NAME to save them to a profile, or --print-tokens to write them to standard output.',
  })
}

function declined(): AnthropicAuthError {
  return new AnthropicAuthError('aborted', 'Nothing was saved, and nobody was logged in', {
    hint: 'Give --profile NAME to save to another profile, or --print-tokens to write the tokens to standard output.',
  })
}
