import { type AnthropicAuthError, isAnthropicAuthError, type TokenSet } from '@anthropic-auth/core'
import { checkedHostUrl } from './host-url.ts'
import { loginHostOf } from './own-keys.ts'
import { readConfigIfWhole } from './profile-config.ts'
import type { Credentials } from './profile-credentials.ts'
import { ProfileFiles } from './profile-files.ts'
import type { ProfileChoice } from './profile-location.ts'

/** Tokens in the files of a profile. */
export interface HeldLogin {
  readonly tokens: TokenSet
  /** The host that issued them, by the credentials or else by the config. `null`: neither names one. */
  readonly host: string | null
}

/** The tokens that a logout revokes, as far as the files can be read. */
export interface HeldLogins {
  readonly logins: readonly HeldLogin[]
  /** The reason why a file of tokens can't be read. */
  readonly problem: AnthropicAuthError | null
  /** The reason why the config can't say which host issued the tokens. */
  readonly configProblem: AnthropicAuthError | null
}

/**
 * Reads all tokens of a profile, also those that saves have left behind, whatever host they come from: each of them can
 * be revoked where it was issued.
 *
 * @throws AnthropicAuthError `store_failed` when the config can't be read at all; `invalid_config`
 */
export async function readHeldLogins(choice: ProfileChoice): Promise<HeldLogins> {
  const files = new ProfileFiles(choice)
  const { file, format } = await files.open(readConfigIfWhole)
  const config = await hostOfConfig(files)
  const contents: Credentials[] = []
  let problem: AnthropicAuthError | null = null
  // An empty file holds no tokens.
  const isBlank = await file.isBlank()
  for (const read of [async () => file.load(format), async () => file.leftovers(format)]) {
    const found = await read().catch((error: unknown) => {
      problem ??= unreadable(error)
      return null
    })
    contents.push(...[found ?? []].flat())
  }
  const logins = await Promise.all(
    contents.filter(isFirstOfItsLogin).map(async ({ json, tokens }) => {
      return { tokens, host: (await loginHostOf(json, tokens)) ?? config.host }
    }),
  )
  return { logins, problem: isBlank ? null : problem, configProblem: config.problem }
}

async function hostOfConfig(
  files: ProfileFiles,
): Promise<{ readonly host: string | null; readonly problem: AnthropicAuthError | null }> {
  try {
    const { name, config } = await files.openToLoad()
    const host = config.baseUrl && checkedHostUrl(config.baseUrl, `base_url of profile '${name}'`)
    return { host, problem: null }
  } catch (problem) {
    if (!isAnthropicAuthError(problem)) throw problem
    return { host: null, problem }
  }
}

/** Some servers report it as an error when a token is revoked twice. */
function isFirstOfItsLogin(
  { tokens: { refreshToken } }: Credentials,
  index: number,
  all: readonly Credentials[],
): boolean {
  return (
    refreshToken === null || all.findIndex(({ tokens }) => tokens.refreshToken === refreshToken) === index
  )
}

const UNREADABLE: ReadonlySet<string | undefined> = new Set(['corrupt_file', 'unsafe_file', 'read_failed'])

function unreadable(error: unknown): AnthropicAuthError {
  if (isAnthropicAuthError(error, 'store_failed') && UNREADABLE.has(error.reason)) return error
  throw error
}
