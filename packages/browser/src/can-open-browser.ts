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

/** Whether a browser can be opened; `reason` is a sentence for the person who would have used it. */
export type BrowserAbility = { readonly ok: true } | { readonly ok: false; readonly reason: string }

/** Whether a browser can be opened where the person sits, as far as that shows without starting anything. */
export function canOpenBrowser(): BrowserAbility {
  const reason = hasProcesses() ? obstacle() : NO_PROCESSES.message
  return reason === null ? { ok: true } : { ok: false, reason }
}

/** @throws AnthropicAuthError `unsupported_runtime`, or `browser_launch_failed` with the reason in words */
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
    return 'This program may not read its environment (in Deno, allow env, read, run and sys).'
  }
}

function environmentObstacle(): string | null {
  const { platform } = process
  const { BROWSER: browser = '' } = variables()
  if (browser.toLowerCase() === 'none') return 'BROWSER is set to none, which asks for no browser.'
  if (isCi()) return 'This is a CI job: nobody would see the browser.'
  const isDesktopSystem = platform === 'darwin' || platform === 'win32'
  // `xdg-open` obeys it. Editors that work on another machine name a program that opens the link at the person's.
  if (browser !== '' && !isDesktopSystem) return null
  if (isSsh() && (isDesktopSystem || !hasForwardedDisplay())) {
    return 'This is an SSH session: the browser would open on the other machine.'
  }
  // Android has no such variable, and always a display.
  return isDesktopSystem || platform === 'android' || hasDisplay() ? null : displayObstacle()
}

function displayObstacle(): string | null {
  if (wslPowerShell() !== null) return null
  if (isWsl()) return "This is WSL without a display, and it can't start the Windows browser."
  if (isContainer()) return 'This is a container without a display.'
  return 'There is no display: neither DISPLAY nor WAYLAND_DISPLAY is set.'
}
