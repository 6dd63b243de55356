import type { TokenSet } from '@anthropic-auth/core'
import type { StoredLogin } from './stored-login.ts'

/** Whether the access token is valid or can be renewed. After the login has ended, it can't be renewed. */
export function isUsable({ tokens }: Pick<StoredLogin, 'tokens'>): boolean {
  return isRenewable(tokens) || !tokens.isExpired(0)
}

export function isRenewable({ refreshToken, refreshTokenExpiresAt }: TokenSet): boolean {
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
