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
]

/** A line for each tool that is not there. */
export function missingTools(
  tools: readonly OptionalTool[],
  path: string = process.env['PATH'] ?? '',
): string[] {
  return tools
    .filter(({ command }) => !isThere(command, path))
    .map(
      ({ name, command, tests, install }) =>
        `not run: ${tests} (${name} is not ${where(command)}; ${install})`,
    )
}

function isThere(command: string, path: string): boolean {
  if (isAbsolute(command)) return existsSync(command)
  return path.split(delimiter).some((folder) => existsSync(join(folder, command)))
}

function where(command: string): string {
  return isAbsolute(command) ? `at ${command}` : 'on PATH'
}
