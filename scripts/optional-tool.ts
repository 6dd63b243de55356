import { existsSync } from 'node:fs'
import { delimiter, isAbsolute, join } from 'node:path'

/** A program that some tests need and that no package manager of this workspace installs. */
export interface OptionalTool {
  readonly name: string
  /** Absolute, or a name to look for on PATH. */
  readonly command: string
  /** What is not run without it. */
  readonly tests: string
  readonly install: string
}

export const OPTIONAL_TOOLS: readonly OptionalTool[] = [
  {
    name: 'Chromium',
    command: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
    tests: 'browser tests of packages/testing',
    install: 'apt-get install chromium',
  },
  {
    name: 'D-Bus',
    command: 'dbus-run-session',
    tests: 'keychain tests of examples',
    install: 'apt-get install dbus-x11',
  },
  {
    name: 'GNOME Keyring, a Secret Service',
    command: 'gnome-keyring-daemon',
    tests: 'keychain tests of examples',
    install: 'apt-get install gnome-keyring',
  },
  {
    name: 'Redis',
    command: 'redis-server',
    tests: 'Redis tests of examples',
    install: 'apt-get install redis-server',
  },
  {
    name: 'fish',
    command: 'fish',
    tests: 'fish examples of packages/anthropic-auth',
    install: 'apt-get install fish',
  },
  {
    name: 'strace',
    command: 'strace',
    tests: 'fault injection tests of packages/profile-store',
    install: 'apt-get install strace',
  },
  {
    name: 'zsh',
    command: 'zsh',
    tests: 'zsh completion of packages/anthropic-auth',
    install: 'apt-get install zsh',
  },
]

/** A line for each tool that is not there. */
export function missingTools(
  tools: readonly OptionalTool[],
  path: string = process.env['PATH'] ?? '',
): string[] {
  return tools
    .filter(({ command }) => !isInstalled(command, path))
    .map(
      ({ name, command, tests, install }) =>
        `not run: ${tests} (${name} is not ${where(command)}; ${install})`,
    )
}

/** Whether there is such a program, by its absolute path or on PATH: tests that need it are skipped without it. */
export function isInstalled(command: string, path: string = process.env['PATH'] ?? ''): boolean {
  if (isAbsolute(command)) return existsSync(command)
  return path.split(delimiter).some((folder) => existsSync(join(folder, command)))
}

function where(command: string): string {
  return isAbsolute(command) ? `at ${command}` : 'on PATH'
}
