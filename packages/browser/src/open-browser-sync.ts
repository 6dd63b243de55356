import type { ChildProcess } from 'node:child_process'
import type { AnthropicAuthError } from '@anthropic-auth/core'
import { readOptions } from '@anthropic-auth/core/internal'
import { requireBrowser } from './can-open-browser.ts'
import { checkedApp } from './browser-app.ts'
import { checkedHref } from './browser-url.ts'
import { launchCommand, type LaunchCommand } from './launch-command.ts'
import { checkExit, launchFailure } from './launch-failure.ts'
import { nodeBuiltin } from './node-builtin.ts'
import type { OpenBrowserOptions } from './open-browser.ts'

/** The time limit for launchers that end by themselves. */
const TIMEOUT_MS = 10_000

/**
 * Opens a link in the user's browser before it returns. Use it in scripts that block afterwards: `openBrowser()` starts
 * nothing until the event loop runs.
 *
 * On macOS, Windows and WSL it waits until the launcher has ended. On Linux it only knows that `xdg-open` has started.
 * Always show the link as well.
 *
 * @param url - an https URL, or an http URL of a loopback host, without characters that a shell or parser acts upon
 * @throws TypeError when `url` or `app` has the wrong type
 * @throws AnthropicAuthError `unsafe_url`, before anything is started; `browser_launch_failed`, also if
 *   {@link canOpenBrowser} finds no browser; `unsupported_runtime` if the runtime can't start programs
 * @example
 * ```ts
 * import { openBrowserSync } from '@anthropic-auth/browser'
 *
 * openBrowserSync('https://claude.ai/oauth/authorize?client_id=my-client')
 * ```
 */
export function openBrowserSync(url: string | URL, options: Pick<OpenBrowserOptions, 'app'> = {}): void {
  const href = checkedHref(url)
  const app = checkedApp(readOptions(options).app)
  requireBrowser()
  const command = launchCommand(href, app)
  if (command.endsSoon) run(command)
  else start(command)
}

function run({ file, args, cwd }: LaunchCommand): void {
  const { spawnSync } = nodeBuiltin('node:child_process')
  const options = { stdio: 'ignore', windowsHide: true, timeout: TIMEOUT_MS, cwd } as const
  const { error, status } = spawnSync(file, args, options)
  if (error) throw notStarted(error)
  checkExit(file, status)
}

function start({ file, args }: LaunchCommand): void {
  const child = spawned(file, args)
  // Without a listener, a later 'error' event would crash this process.
  child.on('error', () => {})
  if (child.pid === undefined) throw notStarted()
  child.unref()
}

function spawned(file: string, args: readonly string[]): ChildProcess {
  try {
    return nodeBuiltin('node:child_process').spawn(file, args, { stdio: 'ignore', detached: true })
  } catch (error) {
    throw notStarted(error)
  }
}

function notStarted(error?: unknown): AnthropicAuthError {
  return launchFailure('its launcher did not start', error)
}
