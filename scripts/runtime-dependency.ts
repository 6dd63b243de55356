import { existsSync, globSync, readFileSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A package of others that a package of this project needs at run time, as it is installed here. */
export interface RuntimeDependency {
  readonly name: string
  readonly version: string
  readonly license: string
  /** The packages of this project that need it. */
  readonly usedBy: readonly string[]
  /** How many packages it installs, itself included. */
  readonly packages: number
  /** The files of all these packages, in bytes. */
  readonly bytes: number
}

interface Manifest {
  readonly name: string
  readonly version: string
  readonly license?: string
  readonly dependencies?: Readonly<Record<string, string>>
}

/** The runtime dependencies of all packages, sorted by name; packages of this project are left out. */
export function runtimeDependencies(root: string): RuntimeDependency[] {
  const folders = globSync('packages/*/package.json', { cwd: root }).map((file) => join(root, dirname(file)))
  const own = new Map(folders.map((folder) => [manifestOf(folder).name, folder]))
  const users = new Map<string, { folder: string; usedBy: string[] }>()
  for (const [name, folder] of [...own].toSorted(([left], [right]) => left.localeCompare(right))) {
    for (const dependency of Object.keys(manifestOf(folder).dependencies ?? {})) {
      if (own.has(dependency)) continue
      const known = users.get(dependency) ?? { folder: installed(dependency, folder), usedBy: [] }
      users.set(dependency, { ...known, usedBy: [...known.usedBy, name] })
    }
  }
  return [...users]
    .map(([, { folder, usedBy }]) => describe(folder, usedBy))
    .toSorted((left, right) => left.name.localeCompare(right.name))
}

function describe(folder: string, usedBy: readonly string[]): RuntimeDependency {
  const { name, version, license = 'none' } = manifestOf(folder)
  const closure = withDependencies(folder)
  const bytes = [...closure].reduce((sum, each) => sum + sizeOf(each), 0)
  return { name, version, license, usedBy, packages: closure.size, bytes }
}

function withDependencies(folder: string, found: Set<string> = new Set()): Set<string> {
  if (found.has(folder)) return found
  found.add(folder)
  for (const name of Object.keys(manifestOf(folder).dependencies ?? {})) {
    withDependencies(installed(name, folder), found)
  }
  return found
}

/** Looks for a package in the node_modules folders above another, as Node does. */
function installed(name: string, from: string): string {
  const candidate = join(from, 'node_modules', name)
  if (existsSync(candidate)) return realpathSync(candidate)
  if (dirname(from) === from) throw new Error(`${name} is not installed`)
  return installed(name, dirname(from))
}

function manifestOf(folder: string): Manifest {
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest
}

function sizeOf(folder: string): number {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && !join(entry.parentPath, entry.name).includes(join(folder, 'node_modules')),
    )
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0)
}
