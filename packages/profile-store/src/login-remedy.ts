import { AnthropicAuthError, OAuthClient, type OAuthMode } from '@anthropic-auth/core'
import { shellQuoted } from './files/file-error.ts'
import { parseJsonFile } from './files/json-file.ts'
import { isCorruptFile, readOwnFile, SECRET } from './files/own-file.ts'
import { namedConsoleOf, namedHostOf, namedModeOf } from './own-keys.ts'
import type { ProfileLocation } from './profile-location.ts'

/** The client of `ant`, the official command line tool. Its code page takes a parameter that only `ant` sends. */
export const ANT_CLIENT_ID = '41077d10-94b8-4194-be48-d251e9eb21b4'

/** The settings that a login command names. */
export interface LoginTarget {
  readonly name: string
  /** `null`: the default client. */
  readonly clientId: string | null
  /** Settings that the profile no longer has. */
  readonly named?: NamedSettings | undefined
}

/** The settings that a credentials file remembers. */
export interface NamedSettings {
  /** `null`: not known. */
  readonly host: string | null
  /** The host of the consent page; `null`: a default one, that of the tokens, or not known. */
  readonly consoleUrl: string | null
  /** `null`: the default mode, or not known. */
  readonly mode: OAuthMode | null
}

export const NOTHING_NAMED: NamedSettings = { host: null, consoleUrl: null, mode: null }

/** Returns the command that logs in to a profile. For a profile that `ant` made, that is a command of `ant`. */
export function loginCommand({ name, clientId, named = NOTHING_NAMED }: LoginTarget): string {
  if (clientId === ANT_CLIENT_ID) return `ant auth login --profile ${name}`
  const isOwn = clientId === null || clientId === new OAuthClient().config.clientId
  return [
    `anthropic-auth login --profile ${name}`,
    ...(named.host === null ? [] : [`--base-url ${shellWord(named.host)}`]),
    ...(named.consoleUrl === null ? [] : [`--console-url ${shellWord(named.consoleUrl)}`]),
    ...(named.mode === null ? [] : [`--mode ${named.mode}`]),
    ...(isOwn ? [] : [`--client-id ${shellWord(clientId)}`]),
  ].join(' ')
}

/** Quotes a word that a shell would otherwise interpret. */
function shellWord(text: string): string {
  return /^[\w.,:/@%+-]+$/.test(text) ? text : shellQuoted(text)
}

/** Returns the settings that the credentials file remembers, when the config file can't name them. */
export async function rememberedSettings({
  credentialsPath,
}: Pick<ProfileLocation, 'credentialsPath'>): Promise<NamedSettings> {
  try {
    const bytes = await readOwnFile(credentialsPath, SECRET)
    if (bytes === null) return NOTHING_NAMED
    const json = parseJsonFile(credentialsPath, bytes)
    return { host: namedHostOf(json), consoleUrl: namedConsoleOf(json), mode: namedModeOf(json) }
  } catch {
    return NOTHING_NAMED
  }
}

/** Says which settings are lost with a config file, and which flags of a login set them again. */
export function lostSettingsText({ host, mode }: NamedSettings): string {
  // If the file names a host or a mode, the one that is missing is the default, so only the client is unknown.
  const [lost, flags] =
    host === null && mode === null
      ? ['a host, a mode or a client', '--base-url, --mode or --client-id']
      : ['a client', '--client-id']
  return `The settings in this file are lost with a new login. If the file named ${lost}, add ${flags}.`
}

/** Adds the login command and the lost settings to the hint for a damaged config file. */
export async function withConfigRemedy(error: unknown, location: ProfileLocation): Promise<unknown> {
  if (!isCorruptFile(error)) return error
  const named = await rememberedSettings(location)
  const login = loginCommand({ name: location.name, clientId: null, named })
  return withHint(error, `${loginText(login)}\n${lostSettingsText(named)}`)
}

/** Adds the login command to the hint for a damaged credentials file. */
export function withLoginRemedy(error: unknown, target: LoginTarget): unknown {
  return isCorruptFile(error) ? withHint(error, loginText(loginCommand(target))) : error
}

function loginText(login: string): string {
  return `To log in, run: ${login}`
}

function withHint({ message, reason, hint, cause }: AnthropicAuthError, more: string): AnthropicAuthError {
  const text = [hint, more].filter((line) => line !== undefined).join('\n')
  return new AnthropicAuthError('store_failed', message, { reason, hint: text, cause })
}
