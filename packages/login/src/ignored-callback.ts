import type { CallbackRequestEvent } from '@anthropic-auth/callback-server'

/** Messages about ignored requests to the callback URL, by the reason of the callback server. */
const TEXTS: Readonly<Record<string, string>> = {
  state_mismatch: 'Ignored a callback for a different login',
  invalid_authorization_response: 'Ignored a callback without a usable code',
  not_a_navigation:
    'Ignored a callback that is not a navigation: a browser has to open the redirect URL, and fetch() does not count',
  foreign_origin: 'Ignored a callback from the page of another website',
  wrong_method: 'Ignored a callback that is not a GET request',
  unknown_host: 'Ignored a callback to a host name other than localhost',
}

/**
 * Reasons that need no message: the request that counts, requests after it, other paths (such as `/favicon.ico`), and
 * the browser's own prefetch, which the real request follows.
 */
const SILENT = new Set([
  'accepted',
  'authorization_denied',
  'account_on_hold',
  'oauth_error',
  'already_answered',
  'unknown_path',
  'prefetch',
])

/** Returns the message for a request that the callback server has ignored; `null` when none is needed. */
export function ignoredCallbackText({ reason }: CallbackRequestEvent): string | null {
  if (SILENT.has(reason)) return null
  return TEXTS[reason] ?? `Ignored a callback (${reason})`
}
