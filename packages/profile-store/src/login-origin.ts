import { AnthropicAuthError } from '@anthropic-auth/core'
import { DEFAULT_HOST } from './host-endpoints.ts'
import { isSameHostUrl } from './host-url.ts'
import { loginCommand, type NamedSettings } from './login-remedy.ts'
import { foreignHostOf, namedModeOf } from './own-keys.ts'
import type { Credentials } from './profile-credentials.ts'

/** The profile that tokens are about to be read for. */
interface Reader {
  readonly name: string
  readonly clientId: string | null
  /** The host that the tokens would be sent to. `null` if the profile names none, which means the default one. */
  readonly host: string | null
}

/**
 * Throws if the tokens were issued by another host than the one that they would be sent to: the profile has lost its
 * settings, or somebody has changed them by hand. After a login by another program, the file doesn't say which host
 * issued the tokens, and nothing is thrown.
 *
 * @throws AnthropicAuthError `store_failed` with `reason: 'other_host'`
 */
export async function assertSameOrigin({ json, tokens }: Credentials, reader: Reader): Promise<void> {
  const target = reader.host ?? DEFAULT_HOST
  const own = await foreignHostOf(json, tokens, (host) => isSameHostUrl(host, target))
  if (own !== null) throw otherHost({ host: own, mode: namedModeOf(json) }, reader)
}

function otherHost(
  own: NamedSettings & { readonly host: string },
  { name, clientId, host }: Reader,
): AnthropicAuthError {
  const target =
    host === null
      ? `its settings name no host, so they would be sent to ${DEFAULT_HOST}`
      : `its settings name ${host}`
  const again = loginCommand({ name, clientId, named: own })
  const hint =
    host === null
      ? `Run: ${again}`
      : `To keep ${own.host}, run: ${again}\nTo use ${host}, run: ${loginCommand({ name, clientId, named: { host, mode: null } })}`
  return new AnthropicAuthError(
    'store_failed',
    `The tokens of profile '${name}' belong to ${own.host}, but ${target}`,
    {
      reason: 'other_host',
      hint,
    },
  )
}
