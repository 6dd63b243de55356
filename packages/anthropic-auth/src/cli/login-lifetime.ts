import { isAnthropicAuthError, type TokenSet } from '@anthropic-auth/core'
import { loginCommand } from '@anthropic-auth/profile-store/internal'
import { momentText } from './output.ts'
import type { StoredLogin } from './stored-login.ts'

/**
 * Whether the login has not ended: the access token can be refreshed, or it is valid and never had a refresh token. A
 * login that has ended is not usable, even if its access token is still valid for a while.
 */
export function isUsable({ tokens }: Pick<StoredLogin, 'tokens'>): boolean {
  return isRefreshable(tokens) || (tokens.refreshToken === null && !tokens.isExpired(0))
}

export function isRefreshable({ refreshToken, refreshTokenExpiresAt }: TokenSet): boolean {
  return refreshToken !== null && !isOver(refreshTokenExpiresAt)
}

/** `status` warns when a login ends within this many days. */
const WARNING_DAYS = 7

export function endsSoon({ refreshTokenExpiresAt }: TokenSet): boolean {
  return refreshTokenExpiresAt !== null && refreshTokenExpiresAt - Date.now() / 1000 <= WARNING_DAYS * 86_400
}

/** Whether an instant in Unix seconds has passed; `null` = unknown. */
export function isOver(at: number | null): boolean {
  return at !== null && at <= Date.now() / 1000
}

/** Whether an error says that the server has ended the login. A logout doesn't count: it leaves no login. */
export function isEndOfLogin(error: unknown): boolean {
  return isAnthropicAuthError(error, 'reauthentication_required') && !NO_LOGIN.has(error.reason)
}

const NO_LOGIN: ReadonlySet<string | undefined> = new Set(['logged_out', 'no_tokens'])

/** Says that a login has ended, and how to log in again. */
export function endedText(login: Pick<StoredLogin, 'profile' | 'tokens'>, isAccepted = false): string {
  const rest = remainingText(login.tokens, isAccepted)
  return `This login has ended. ${rest === null ? '' : `${rest}. `}Run: ${loginCommand(login.profile)}`
}

/**
 * Says how long the access token of a login that has ended may still work; `null` if it has expired.
 *
 * @param isAccepted - whether the server has just accepted the token
 */
export function remainingText(tokens: TokenSet, isAccepted = false): string | null {
  if (tokens.refreshToken === null || tokens.isExpired(0)) return null
  const { expiresAt } = tokens
  const limit =
    expiresAt === null ? 'may still work for a while' : `works until ${momentText(expiresAt)} at most`
  return `Its access token ${limit}${isAccepted ? '' : ', if the server still accepts it'}`
}
