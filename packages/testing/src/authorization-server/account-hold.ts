import type { Explanation } from '../explanations/refusal.ts'
import { OAuthError } from './oauth-error.ts'

/** The page that tells the user why the account is on hold. */
export const HOLD_PAGE = 'https://claude.ai/restricted?reason=account_on_hold'

/** The `error_description` of every refusal while the account is on hold, and the message of API errors. */
export const ON_HOLD = 'account_on_hold'

/** The explanation of every refusal while the account is on hold. */
export const HOLD_EXPLANATION: Explanation = {
  text: 'You have put the account on hold. Lift the hold on this page, or with `setAccountOnHold(false)`.',
}

/** Whether the account is on hold. Its logins don't work until the hold is lifted, but none of them ends. */
export class AccountHold {
  #isActive = false

  get isActive(): boolean {
    return this.#isActive
  }

  /** @throws TypeError when `isActive` is not a boolean */
  set(isActive: boolean): void {
    if (typeof isActive !== 'boolean') throw new TypeError('setAccountOnHold() takes true or false')
    this.#isActive = isActive
  }

  /** @throws OAuthError `invalid_grant` while the account is on hold */
  assertLifted(): void {
    if (!this.#isActive) return
    throw new OAuthError('invalid_grant', ON_HOLD, { errorUri: HOLD_PAGE, explanation: HOLD_EXPLANATION })
  }
}
