import type { AnthropicAuthErrorCode } from '@anthropic-auth/core'

export const UNEXPECTED = 1
export const USAGE = 2
export const NOT_LOGGED_IN = 3
export const INTERRUPTED = 130

/**
 * The exit code for each error code. The README lists them, and scripts rely on them. For every command, a profile that
 * doesn't exist counts as one without a login (`reauthentication_required`): a script that logs in after a 3 creates it.
 * Only `doctor` exits with 0 where nobody has logged in yet: that is no problem.
 */
export const EXIT_CODES: Readonly<Record<AnthropicAuthErrorCode, number>> = {
  invalid_config: USAGE,
  unsafe_url: USAGE,
  reauthentication_required: NOT_LOGGED_IN,
  missing_refresh_token: NOT_LOGGED_IN,
  authorization_denied: 4,
  account_on_hold: 4,
  organization_mismatch: 4,
  timeout: 5,
  callback_timeout: 5,
  network_error: 6,
  http_error: 6,
  rate_limited: 6,
  oauth_error: 6,
  invalid_token_response: 6,
  state_mismatch: 7,
  invalid_authorization_response: 7,
  invalid_flow: 7,
  store_failed: 8,
  port_unavailable: 9,
  browser_launch_failed: 9,
  callback_server_failed: 9,
  missing_scope: 10,
  aborted: INTERRUPTED,
  worker_failed: UNEXPECTED,
  unsupported_runtime: UNEXPECTED,
}
