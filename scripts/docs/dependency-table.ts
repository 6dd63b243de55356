import { table } from './generated-section.ts'
import type { RuntimeDependency } from './runtime-dependency.ts'

/** The reason for each dependency. A dependency without a reason is refused. */
const REASONS: Readonly<Record<string, string>> = {
  '@hono/node-server': 'runs the emulator on Node',
  '@inquirer/core': 'the prompts in the terminal, with bracketed paste and screen readers',
  '@noble/hashes': 'a synchronous, audited SHA-256 for runtimes without one',
  commander: 'reads the arguments of the command line tool, and prints its help',
  'fast-string-width': 'measures wide characters in the terminal',
  hono: 'the routes and pages of the emulator',
  ky: 'sends the requests: retries, timeouts and hooks around `fetch`',
  open: 'opens the browser on macOS, Windows, Linux and WSL',
}

/** The dates on which the installed versions were released, by `name@version`. */
export type Releases = ReadonlyMap<string, string>

/** Returns a row for each runtime dependency. Throws if one has no reason, or a reason has no dependency. */
export function dependencyTable(dependencies: readonly RuntimeDependency[], releases: Releases): string {
  const unused = Object.keys(REASONS).filter((name) => !dependencies.some((each) => each.name === name))
  if (unused.length > 0) throw new Error(`no package depends on ${unused.join(', ')}`)
  return table(
    ['package', 'needed by', 'for', 'license', 'installs', 'release of this version'],
    dependencies.map((dependency) => [
      `\`${versionOf(dependency)}\``,
      dependency.usedBy.map((name) => `\`${name}\``).join(', '),
      reasonOf(dependency),
      dependency.license,
      installText(dependency),
      releases.get(versionOf(dependency)) ?? 'unknown',
    ]),
  )
}

function installText({ isBundled, packages, bytes }: RuntimeDependency): string {
  if (isBundled) return 'nothing: it is part of the build'
  return `${packages} ${packages === 1 ? 'package' : 'packages'}, ${Math.round(bytes / 1000)} kB`
}

/** `name@version` */
export function versionOf({ name, version }: RuntimeDependency): string {
  return `${name}@${version}`
}

/** Returns the dates that a table already has. */
export function releasesIn(page: string): Releases {
  return new Map(
    [...page.matchAll(/^\| `([^`]+)`.*\| (\d{4}-\d{2}-\d{2}) +\|$/gm)].map(([, version = '', date = '']) => [
      version,
      date,
    ]),
  )
}

function reasonOf({ name }: RuntimeDependency): string {
  const reason = REASONS[name]
  if (reason === undefined) throw new Error(`Say in dependency-table.ts why ${name} is needed.`)
  return reason
}
