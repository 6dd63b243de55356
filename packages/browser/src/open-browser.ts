import type { ChildProcess } from 'node:child_process'
import { isAnthropicAuthError } from '@anthropic-auth/core'
import { assertFunction, readOptions } from '@anthropic-auth/core/internal'
import { requireBrowser } from './can-open-browser.ts'
import { checkedApp } from './browser-app.ts'
import { checkedHref } from './browser-url.ts'
import { checkExit, launchFailure } from './launch-failure.ts'

/** The options of `openBrowser()`. A member that is left out or `undefined` has its default. */
export interface OpenBrowserOptions {
  /** The browser, by the name or path that the system knows it by; default: the person's own. */
  readonly app?: string | undefined
  /** Opens the link in a way of your own, in any runtime; the URL is checked before. `app` is then unused. */
  readonly launch?: ((href: string) => Promise<void>) | undefined
}

/** For how long the launcher is watched: one that finds no browser ends with an error long before. */
const WATCH_MS = 500

/**
 * Opens a link in the person's browser.
 *
 * It resolves once the launcher has done its work, or runs: whether a window came up can't be known, so show the
 * link as well.
 *
 * @param url - https, or http on a loopback host, without characters that a shell or parser would act upon
 * @throws AnthropicAuthError `unsafe_url`, before anything is started; `browser_launch_failed`, also where
 *   {@link canOpenBrowser} says that there is none; `unsupported_runtime` where no program can be started
 */
export async function openBrowser(url: string | URL, options: OpenBrowserOptions = {}): Promise<void> {
  const { app, launch } = readOptions(options)
  assertFunction(launch, 'launch')
  const href = checkedHref(url)
  if (launch !== undefined) return launchWith(launch, href)
  const name = checkedApp(app)
  requireBrowser()
  const child = await startLauncher(href, name)
  // Without a listener an 'error' of later would end this process.
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
    // An empty name counts as not set. Without an app of our own, `open` would look for one in `Object.prototype`.
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
