import { openBrowserSync } from '@anthropic-auth/browser'
import { isAnthropicAuthError } from '@anthropic-auth/core'

/** Opens the link where that is possible; where it is not, the printed one will do. */
export function openBrowser(url: string): void {
  try {
    openBrowserSync(url)
  } catch (error) {
    if (!isAnthropicAuthError(error)) throw error
    console.log(`${error.message}\n`)
  }
}
