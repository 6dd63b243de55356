import { AnthropicAuthError, isAnthropicAuthError, OAuthClient } from '@anthropic-auth/core'
import { shellQuoted } from './files/file-error.ts'
import { parseJsonFile } from './files/json-file.ts'
import { readOwnFile, SECRET } from './files/own-file.ts'
import { isDefaultHost } from './host-endpoints.ts'
import { namedHostOf } from './own-keys.ts'
import type { ProfileLocation } from './profile-location.ts'

/** The client of `ant`, the official command line tool. Its code page takes a parameter that only `ant` sends. */
export const ANT_CLIENT_ID = '41077d10-94b8-4194-be48-d251e9eb21b4'

/** The settings that a login command names. */
export interface LoginTarget {
  readonly name: string
  /** `null`: the default client. */
  readonly clientId: string | null
  /** A host to name in the command; `null`: none. */
  readonly host?: string | null
}

/** Returns the command that logs in to a profile. For a profile that `ant` made, that is a command of `ant`. */
export function loginCommand({ name, clientId, host = null }: LoginTarget): string {
  if (clientId === ANT_CLIENT_ID) return `ant auth login --profile ${name}`
  const isOwn = clientId === null || clientId === new OAuthClient().config.clientId
  return [
    `anthropic-auth login --profile ${name}`,
    ...(isDefaultHost(host) ? [] : [`--base-url ${shellWord(host ?? '')}`]),
    ...(isOwn ? [] : [`--client-id ${shellWord(clientId)}`]),
  ].join(' ')
}

/** Quotes a word that a shell would read in another way. */
function shellWord(text: string): string {
  return /^[\w.,:/@%+-]+$/.test(text) ? text : shellQuoted(text)
}

/** Returns the host that the credentials file remembers, when the config file can't name one. */
export async function rememberedHost({
  credentialsPath,
}: Pick<ProfileLocation, 'credentialsPath'>): Promise<string | null> {
  try {
    const bytes = await readOwnFile(credentialsPath, SECRET)
    return bytes === null ? null : namedHostOf(parseJsonFile(credentialsPath, bytes))
  } catch {
    return null
  }
}

/** Says which settings are lost with a config file, and how a login names them. */
export function lostSettingsText(host: string | null): string {
  const [lost, flags] =
    host === null
      ? ['a host, a mode or a client', '--base-url, --mode or --client-id']
      : ['a mode or a client', '--mode or --client-id']
  return `A new login doesn't know the settings in this file. If it named ${lost}, add ${flags}.`
}

/** Adds to the error of a damaged config file how to log in again, and what is lost. */
export async function withConfigRemedy(error: unknown, location: ProfileLocation): Promise<unknown> {
  if (!isDamage(error)) return error
  const host = await rememberedHost(location)
  const login = loginCommand({ name: location.name, clientId: null, host })
  return withHint(error, `${loginText(login)}\n${lostSettingsText(host)}`)
}

/** Adds to the error of a damaged credentials file how to log in again. */
export function withLoginRemedy(error: unknown, target: LoginTarget): unknown {
  return isDamage(error) ? withHint(error, loginText(loginCommand(target))) : error
}

function loginText(login: string): string {
  return `To log in, run: ${login}`
}

function isDamage(error: unknown): error is AnthropicAuthError {
  return isAnthropicAuthError(error, 'store_failed') && error.reason === 'corrupt_file'
}

function withHint({ message, reason, hint, cause }: AnthropicAuthError, more: string): AnthropicAuthError {
  const text = [hint, more].filter((line) => line !== undefined).join('\n')
  return new AnthropicAuthError('store_failed', message, { reason, hint: text, cause })
}
