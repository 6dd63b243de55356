import { AnthropicAuthError } from '@anthropic-auth/core'
import { DEFAULT_HOST } from './host-endpoints.ts'
import { isSameHostUrl } from './host-url.ts'
import { loginCommand, type NamedSettings, NOTHING_NAMED } from './login-remedy.ts'
import { foreignHostOf, loginHostOf, namedConsoleOf, namedModeOf } from './own-keys.ts'
import type { Credentials } from './profile-credentials.ts'

/** The profile that tokens are about to be read for. */
interface Reader {
  readonly name: string
  readonly clientId: string | null
  /** The host that the config names; `null`: none. */
  readonly ownHost: string | null
  /** The host that the tokens would be sent to. `null` if the profile names none, which means the default one. */
  readonly host: string | null
  /** The host that they would be sent to instead; `null`: no other. */
  readonly target: TokenTarget | null
}

/** A host for the tokens of a profile that comes from elsewhere. */
export interface TokenTarget {
  readonly host: string
  /** The flag or variable that names it. */
  readonly source: string
}

/**
 * Throws if the tokens were issued by another host than the one that they would be sent to: the profile has lost its
 * settings, somebody has changed them by hand, or a flag names another host. After a login by another program, the file
 * doesn't say which host issued the tokens. Only the config can then object to a flag.
 *
 * @throws AnthropicAuthError `store_failed` with `reason: 'other_host'`
 */
export async function assertSameOrigin(content: Credentials, reader: Reader): Promise<void> {
  const goal = reader.target?.host ?? reader.host ?? DEFAULT_HOST
  const host = await issuerOf(content, reader, goal)
  if (host === null || isSameHostUrl(host, goal)) return
  const { json } = content
  throw otherHost({ host, consoleUrl: namedConsoleOf(json), mode: namedModeOf(json) }, reader)
}

/** Returns the host that issued the tokens; `null` if it is not known, or if nothing is known against `goal`. */
async function issuerOf(
  { json, tokens }: Credentials,
  { target, ownHost }: Reader,
  goal: string,
): Promise<string | null> {
  const foreign = await foreignHostOf(json, tokens, (host) => isSameHostUrl(host, goal))
  if (foreign !== null || target === null) return foreign
  return (await loginHostOf(json, tokens)) ?? ownHost
}

function otherHost(own: NamedSettings & { readonly host: string }, reader: Reader): AnthropicAuthError {
  const { name } = reader
  return new AnthropicAuthError(
    'store_failed',
    `The tokens of profile '${name}' belong to ${own.host}, but ${goalText(reader)}`,
    { reason: 'other_host', hint: waysOut(own, reader).join('\n') },
  )
}

function goalText({ host, target }: Reader): string {
  if (target !== null) return `${target.source} names ${target.host}`
  return host === null
    ? `its settings name no host, so they would be sent to ${DEFAULT_HOST}`
    : `its settings name ${host}`
}

function waysOut(own: NamedSettings, { name, clientId, host, target }: Reader): readonly string[] {
  const login = (named: NamedSettings): string => loginCommand({ name, clientId, named })
  if (target !== null) {
    const toTarget = login({ ...NOTHING_NAMED, host: target.host })
    return [
      `To use ${own.host}, leave out ${target.source}.`,
      `To log in to ${target.host}, run: ${toTarget}`,
    ]
  }
  if (host === null) return [`Run: ${login(own)}`]
  const toHost = login({ ...NOTHING_NAMED, host })
  return [`To keep ${own.host}, run: ${login(own)}`, `To use ${host}, run: ${toHost}`]
}
