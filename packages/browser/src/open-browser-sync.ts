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

/** For launchers that end by themselves. */
const TIMEOUT_MS = 10_000

/**
 * Opens a link in the person's browser before it returns, for scripts that block afterwards.
 *
 * `openBrowser()` starts nothing until the event loop turns. On macOS, Windows and WSL this waits for the launcher;
 * elsewhere it knows only whether `xdg-open` started. Show the link as well.
 *
 * @param url - https, or http on a loopback host, without characters that a shell or parser would act upon
 * @throws AnthropicAuthError `unsafe_url`, before anything is started; `browser_launch_failed`, also where
 *   {@link canOpenBrowser} says that there is none; `unsupported_runtime` where no program can be started
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
  // It comes when the event loop turns next, if ever, and would end this process.
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
