import type { ChildProcess } from 'node:child_process'
import { isAnthropicAuthError } from '@anthropic-auth/core'
import { assertFunction, readOptions } from '@anthropic-auth/core/internal'
import { requireBrowser } from './can-open-browser.ts'
import { checkedApp } from './browser-app.ts'
import { checkedHref } from './browser-url.ts'
import { checkExit, launchFailure } from './launch-failure.ts'

/** The options of `openBrowser()`. */
export interface OpenBrowserOptions {
  /**
   * The name or path of a browser, as the system knows it: `google chrome`, `google-chrome` or `chrome`.
   *
   * @default the user's default browser
   */
  readonly app?: string | undefined
  /** Your own function that opens the link, in any runtime. It is called after the URL was checked; `app` is ignored. */
  readonly launch?: ((href: string) => Promise<void>) | undefined
}

/** How long the launcher is watched. A launcher that finds no browser fails long before. */
const WATCH_MS = 500

/**
 * Opens a link in the user's browser.
 *
 * It resolves when the launcher has ended without an error, or has run for half a second. Nobody can know whether a
 * window appeared, so always show the link as well.
 *
 * @param url - an https URL, or an http URL of a loopback host, without characters that a shell or parser acts upon
 * @throws TypeError when `url` or an option has the wrong type
 * @throws AnthropicAuthError `unsafe_url`, before anything is started; `browser_launch_failed`, also if
 *   {@link canOpenBrowser} finds no browser; `unsupported_runtime` if the runtime can't start programs
 * @see https://www.rfc-editor.org/rfc/rfc8252#section-4
 * @example
 * ```ts
 * import { openBrowser } from '@anthropic-auth/browser'
 * import { isAnthropicAuthError, OAuthClient } from '@anthropic-auth/core'
 *
 * const { authorizationUrl } = new OAuthClient().startFlow('console')
 * console.log('Open this link and allow access:', authorizationUrl)
 * try {
 *   await openBrowser(authorizationUrl)
 * } catch (error) {
 *   if (!isAnthropicAuthError(error, 'browser_launch_failed')) throw error
 *   console.log(error.message)
 * }
 * ```
 */
export async function openBrowser(url: string | URL, options: OpenBrowserOptions = {}): Promise<void> {
  const { app, launch } = readOptions(options)
  assertFunction(launch, 'launch')
  const href = checkedHref(url)
  if (launch !== undefined) return launchWith(launch, href)
  const name = checkedApp(app)
  requireBrowser()
  const child = await startLauncher(href, name)
  // Without a listener, a later 'error' event would crash this process.
  child.on('error', () => {})
  await watch(child)
}

async function launchWith(launch: (href: string) => Promise<void>, href: string): Promise<void> {
  try {
    await launch(href)
  } catch (error) {
    if (isAnthropicAuthError(error)) throw error
    throw launchFailure('launch() failed', error)
  }
}

async function startLauncher(href: string, app: string | undefined): Promise<ChildProcess> {
  try {
    const { default: open } = await import('#open')
    // An empty name means no app. Without this member, `open` would also find an app in `Object.prototype`.
    return await open(href, { app: { name: app ?? '', arguments: [] } })
  } catch (error) {
    throw launchFailure('its launcher did not start', error)
  }
}

async function watch(child: ChildProcess): Promise<void> {
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null
  if (!hasEnded()) {
    await new Promise<void>((resolve) => {
      const end = (): void => {
        clearTimeout(timer)
        child.off('exit', end)
        resolve()
      }
      const timer = setTimeout(end, WATCH_MS)
      child.on('exit', end)
    })
  }
  if (hasEnded()) checkExit(child.spawnfile, child.exitCode)
}
