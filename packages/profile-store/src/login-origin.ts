import { AnthropicAuthError } from '@anthropic-auth/core'
import { DEFAULT_HOST } from './host-endpoints.ts'
import { isHostUrl, isSameHostUrl, shownUrl } from './host-url.ts'
import { loginCommand, type NamedSettings, NOTHING_NAMED } from './login-remedy.ts'
import { foreignHostOf, namedConsoleOf, namedModeOf } from './own-keys.ts'
import type { Credentials } from './profile-credentials.ts'

/** The profile that tokens are about to be read for. */
interface Reader {
  readonly name: string
  readonly clientId: string | null
  /** The host that the tokens would be sent to. `null` if the profile names none, which means the default one. */
  readonly host: string | null
  /** `null`: the host comes from the profile. */
  readonly target: TokenTarget | null
}

/** A host that the user names for the tokens of a profile. */
export interface TokenTarget {
  readonly host: string
  /** The other host whose tokens may go there, since the user says so; `null`: no other. */
  readonly movedFrom: string | null
}

/**
 * Throws if the tokens were issued by another host than the one that they would be sent to: the profile has lost its
 * settings, somebody has changed them by hand, or the user has named a host for other tokens. After a login by another
 * program, the file doesn't say which host issued the tokens, and nothing is thrown.
 *
 * @throws AnthropicAuthError `store_failed` with `reason: 'other_host'`
 */
export async function assertSameOrigin({ json, tokens }: Credentials, reader: Reader): Promise<void> {
  const goals = [reader.host ?? DEFAULT_HOST, reader.target?.movedFrom ?? null]
  const host = await foreignHostOf(json, tokens, (own) =>
    goals.some((goal) => goal !== null && isSameHostUrl(own, goal)),
  )
  if (host === null) return
  throw otherHost({ host, consoleUrl: namedConsoleOf(json), mode: namedModeOf(json) }, reader)
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
  if (target !== null) return `this command would send them to ${target.host}`
  return host === null
    ? `its settings name no host, so they would be sent to ${DEFAULT_HOST}`
    : `its settings name ${shownUrl(host)}`
}

function waysOut(own: NamedSettings, { name, clientId, host, target }: Reader): readonly string[] {
  // A login has saved these tokens meanwhile.
  if (target !== null) return ['Run the command again.']
  const login = (named: NamedSettings): string => loginCommand({ name, clientId, named })
  if (host === null) return [`Run: ${login(own)}`]
  const keep = `To keep ${own.host}, run: ${login(own)}`
  if (!isHostUrl(host)) return [keep]
  const toHost = login({ ...NOTHING_NAMED, host })
  return [keep, `To use ${host}, run: ${toHost}`]
}
