import { openBrowser } from '@anthropic-auth/browser'
import { AnthropicAuthError, isAnthropicAuthError } from '@anthropic-auth/core'

/** Opens a URL in the browser, in the application's own way. `signal` aborts when the login is over. */
export type OpenUrl = (url: string, options: { readonly signal: AbortSignal }) => Promise<void>

const NOT_OPENED = 'Could not open the browser'

/** Names the options of `login()` that can replace the browser. */
const OTHER_WAYS =
  'Pass promptForCode to ask for the code, onAuthorizationUrl to show the link, or an openBrowser function of your own.'

/**
 * Checks the URL of the login page and opens it.
 *
 * @throws AnthropicAuthError `browser_launch_failed`, `unsafe_url` or `unsupported_runtime`. The message says that the
 *   browser did not open, and why
 */
export async function openLoginPage(url: string, open: true | OpenUrl, signal: AbortSignal): Promise<void> {
  try {
    await openBrowser(url, open === true ? {} : { launch: async (href) => openWith(open, href, signal) })
  } catch (error) {
    throw isAnthropicAuthError(error) ? notOpened(error) : error
  }
}

/** The error of the application itself stays out: it may contain the URL, which holds the state. */
async function openWith(open: OpenUrl, href: string, signal: AbortSignal): Promise<void> {
  try {
    await open(href, { signal })
  } catch (error) {
    if (isAnthropicAuthError(error)) throw error
    throw new AnthropicAuthError(
      'browser_launch_failed',
      `${NOT_OPENED}: the openBrowser function of the application failed`,
    )
  }
}

function notOpened(error: AnthropicAuthError): AnthropicAuthError {
  const { code, message, reason, hint } = error
  if (message.startsWith(NOT_OPENED)) return error
  return new AnthropicAuthError(code, `${NOT_OPENED}. ${message}`, { reason, hint })
}

/** The error of a login that no user can finish, since the browser was the only way to get the URL. */
export function withoutBrowser(error: AnthropicAuthError): AnthropicAuthError {
  const { code, message, reason } = error
  if (code === 'unsafe_url') return error
  return new AnthropicAuthError(code, message, { reason, hint: OTHER_WAYS })
}
