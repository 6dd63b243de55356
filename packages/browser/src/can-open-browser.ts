import { AnthropicAuthError } from '@anthropic-auth/core'
import {
  hasDisplay,
  hasForwardedDisplay,
  isCi,
  isContainer,
  isSsh,
  isWsl,
  variables,
  wslPowerShell,
} from './host-system.ts'
import { hasProcesses, NO_PROCESSES } from './node-builtin.ts'

/** The result of {@link canOpenBrowser}. `reason` is a sentence that you can show to the user. */
export type BrowserAbility = { readonly ok: true } | { readonly ok: false; readonly reason: string }

/** Returns whether a browser can open on the user's screen, as far as that is known without starting a program. */
export function canOpenBrowser(): BrowserAbility {
  const reason = hasProcesses() ? obstacle() : NO_PROCESSES.message
  return reason === null ? { ok: true } : { ok: false, reason }
}

/** @throws AnthropicAuthError `unsupported_runtime`, or `browser_launch_failed` with the reason as its message */
export function requireBrowser(): void {
  if (!hasProcesses()) {
    throw new AnthropicAuthError('unsupported_runtime', NO_PROCESSES.message, { hint: NO_PROCESSES.hint })
  }
  const reason = obstacle()
  if (reason !== null) throw new AnthropicAuthError('browser_launch_failed', reason, { reason: 'no_browser' })
}

function obstacle(): string | null {
  try {
    return environmentObstacle()
  } catch {
    return "This program can't read its environment. In Deno, run it with --allow-env --allow-read --allow-run --allow-sys."
  }
}

function environmentObstacle(): string | null {
  const { platform } = process
  const { BROWSER: browser = '' } = variables()
  if (browser.toLowerCase() === 'none') return 'BROWSER is set to none, which asks for no browser.'
  if (isCi()) return 'This is a CI job, where nobody would see the browser.'
  const isDesktopSystem = platform === 'darwin' || platform === 'win32'
  // `xdg-open` runs this program. Remote editors set it to one that opens the link on the user's own machine.
  if (browser !== '' && !isDesktopSystem) return null
  if (isSsh() && (isDesktopSystem || !hasForwardedDisplay())) {
    return 'This is an SSH session: the browser would open on the remote machine.'
  }
  // Android always has a display, and no variable for it.
  return isDesktopSystem || platform === 'android' || hasDisplay() ? null : displayObstacle()
}

function displayObstacle(): string | null {
  if (wslPowerShell() !== null) return null
  if (isWsl()) return "This is WSL without a display, and it can't start the Windows browser."
  if (isContainer()) return 'This is a container without a display.'
  return 'This machine has no display: neither DISPLAY nor WAYLAND_DISPLAY is set.'
}
