import { existsSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'
import { CHROMIUM_PATH } from './chromium-path.ts'

/** A program of the system, not of npm, that some tests need. */
export interface OptionalTool {
  /** An absolute path, or a name on PATH. */
  readonly command: string
  /** The tests that are skipped without it. */
  readonly tests: string
  readonly debianPackage: string
}

export const OPTIONAL_TOOLS: readonly OptionalTool[] = [
  {
    command: CHROMIUM_PATH,
    tests: 'browser tests',
    debianPackage: 'chromium',
  },
  { command: 'dbus-run-session', tests: 'keychain tests of examples', debianPackage: 'dbus-x11' },
  { command: 'gnome-keyring-daemon', tests: 'keychain tests of examples', debianPackage: 'gnome-keyring' },
  { command: 'redis-server', tests: 'Redis tests of examples', debianPackage: 'redis-server' },
  { command: 'fish', tests: 'fish tests of packages/anthropic-auth', debianPackage: 'fish' },
  { command: 'strace', tests: 'fault injection tests of packages', debianPackage: 'strace' },
  { command: 'zsh', tests: 'zsh tests of packages/anthropic-auth', debianPackage: 'zsh' },
]

/** Returns a line for each tool that is not installed. */
export function missingTools(tools: readonly OptionalTool[], path?: string): string[] {
  return tools
    .filter(({ command }) => !isInstalled(command, path))
    .map(
      ({ command, tests, debianPackage }) =>
        `not run: ${tests} (no ${command}; apt-get install ${debianPackage})`,
    )
}

/** Whether a program exists, by its absolute path or its name on PATH. */
export function isInstalled(command: string, path: string = process.env['PATH'] ?? ''): boolean {
  if (isAbsolute(command)) return existsSync(command)
  return path.split(delimiter).some((folder) => existsSync(join(folder, command)))
}
