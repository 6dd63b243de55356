import type { TokenSet } from '@anthropic-auth/core'
import type { StoredLogin } from './stored-login.ts'

/** Whether the access token is valid or can be refreshed. After the login has ended, it can't be refreshed. */
export function isUsable({ tokens }: Pick<StoredLogin, 'tokens'>): boolean {
  return isRefreshable(tokens) || !tokens.isExpired(0)
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
