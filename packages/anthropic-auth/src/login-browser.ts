import { openBrowser } from '@anthropic-auth/browser'
import { AnthropicAuthError, isAnthropicAuthError } from '@anthropic-auth/core'

/** Opens a URL in a browser in an application's own way; `signal` aborts when the login is over. */
export type OpenUrl = (url: string, options: { readonly signal: AbortSignal }) => Promise<void>

/**
 * Opens the login page, after its URL was checked.
 *
 * @throws AnthropicAuthError `browser_launch_failed`, `unsafe_url` or `unsupported_runtime`, with why in words
 */
export async function openLoginPage(url: string, open: true | OpenUrl, signal: AbortSignal): Promise<void> {
  await openBrowser(url, open === true ? {} : { launch: async (href) => openWith(open, href, signal) })
}

/** An application's own error stays out, since it may hold the URL, with the state. */
async function openWith(open: OpenUrl, href: string, signal: AbortSignal): Promise<void> {
  try {
    await open(href, { signal })
  } catch (error) {
    if (isAnthropicAuthError(error)) throw error
    throw new AnthropicAuthError(
      'browser_launch_failed',
      "The browser was not opened: the application's `openBrowser` failed",
    )
  }
}
