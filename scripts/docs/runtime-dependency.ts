import { existsSync, globSync, readFileSync, readdirSync, realpathSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** An external package whose code runs in a package of this project, as it is installed here. */
export interface RuntimeDependency {
  readonly name: string
  readonly version: string
  readonly license: string
  /** The packages of this project that need it. */
  readonly usedBy: readonly string[]
  /** Whether the build copies its code into the package, so that users install nothing. */
  readonly isBundled: boolean
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
  readonly devDependencies?: Readonly<Record<string, string>>
}

interface Use {
  readonly folder: string
  readonly isBundled: boolean
  readonly usedBy: readonly string[]
}

/** The dependencies of all packages, sorted by name. Packages of this project and of types are left out. */
export function runtimeDependencies(root: string): RuntimeDependency[] {
  const folders = globSync('packages/*/package.json', { cwd: root })
    .map((file) => join(root, dirname(file)))
    .toSorted()
  const own = new Set(folders.map((folder) => manifestOf(folder).name))
  const uses = new Map<string, Use>()
  for (const folder of folders) {
    for (const [dependency, isBundled] of needsOf(folder)) {
      if (own.has(dependency) || dependency.startsWith('@types/')) continue
      const usedBy = [...(uses.get(dependency)?.usedBy ?? []), manifestOf(folder).name]
      uses.set(dependency, { folder: installed(dependency, folder), isBundled, usedBy })
    }
  }
  return [...uses.values()].map(describe).toSorted((left, right) => left.name.localeCompare(right.name))
}

/** A development dependency of a package is part of its build: the workspace has the tools. */
function needsOf(folder: string): [string, boolean][] {
  const { dependencies = {}, devDependencies = {} } = manifestOf(folder)
  return [
    ...Object.keys(dependencies).map((name): [string, boolean] => [name, false]),
    ...Object.keys(devDependencies).map((name): [string, boolean] => [name, true]),
  ]
}

function describe({ folder, isBundled, usedBy }: Use): RuntimeDependency {
  const { name, version, license = 'none' } = manifestOf(folder)
  const closure = withDependencies(folder)
  const bytes = [...closure].reduce((sum, each) => sum + sizeOf(each), 0)
  return { name, version, license, usedBy, isBundled, packages: closure.size, bytes }
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
