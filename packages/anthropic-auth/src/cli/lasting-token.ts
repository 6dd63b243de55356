import type { AccessToken } from '@anthropic-auth/core'
import type { CommandTokenProvider } from './command-token-provider.ts'
import { withOAuthBeta } from './token-headers.ts'

/**
 * Returns a token that is valid for `minTtl` seconds, or a new one, even if the server issues none that lasts so long.
 * If the tokens can't be refreshed, returns the current one while it is valid, and `settle()`
 * and `warnIfEnded()` report why.
 */
export async function lastingToken(provider: CommandTokenProvider, minTtl: number): Promise<AccessToken> {
  const found = await provider.unexpiredToken()
  return lasts(found, minTtl) || provider.isRefreshed() ? found : provider.refreshedOr(found)
}

/** Whether a token stays valid for `seconds`. A token without a known expiry does. */
export function lasts({ expiresAt }: AccessToken, seconds: number): boolean {
  return expiresAt === null || expiresAt - Date.now() / 1000 >= seconds
}

/**
 * Returns the variables that make an official SDK use a token, at the host that the token is for. Unset those that are
 * `null`: the official SDKs would use the key instead of the token.
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
