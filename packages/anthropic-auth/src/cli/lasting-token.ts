import type { AccessToken } from '@anthropic-auth/core'
import type { CommandTokenProvider } from './command-token-provider.ts'
import { withOAuthBeta } from './token-headers.ts'

/**
 * Returns a token that is valid for `minTtl` seconds, unless even a new one is not. When the tokens can't be renewed, a
 * token that is still valid is returned, too, and `settle()` reports the failure.
 */
export async function lastingToken(provider: CommandTokenProvider, minTtl: number): Promise<AccessToken> {
  const found = await provider.accessToken()
  return lasts(found, minTtl) || provider.isRenewed() ? found : provider.renewedOr(found)
}

/** Whether a token is valid for so many seconds; one whose expiry is not known counts as valid. */
export function lasts({ expiresAt }: AccessToken, seconds: number): boolean {
  return expiresAt === null || expiresAt - Date.now() / 1000 >= seconds
}

/**
 * Returns the variables with which an official SDK uses a token, at the host that the token is for. A variable that is `null`
 * must be unset: the official SDKs would use a key instead of the token.
 */
export function tokenEnvironment(
  token: string,
  host: string | null,
): Readonly<Record<string, string | null>> {
  return {
    ANTHROPIC_AUTH_TOKEN: token,
    ANTHROPIC_CUSTOM_HEADERS: withOAuthBeta(process.env['ANTHROPIC_CUSTOM_HEADERS']),
    ...(host !== null && { ANTHROPIC_BASE_URL: host }),
    ANTHROPIC_API_KEY: null,
  }
}
