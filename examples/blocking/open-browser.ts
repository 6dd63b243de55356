import { openBrowserSync } from '@anthropic-auth/browser'
import { isAnthropicAuthError } from '@anthropic-auth/core'

/** Opens the link if possible. If not, the user can open the printed link. */
export function openBrowser(url: string): void {
  try {
    openBrowserSync(url)
  } catch (error) {
    if (!isAnthropicAuthError(error)) throw error
    console.log(`${error.message}\n`)
  }
}
