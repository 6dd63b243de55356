import { globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** A module that programs import from a package; paths are relative to the workspace. */
export interface PublicEntry {
  /** The specifier of an import, such as `anthropic-auth/profile-store`. */
  readonly name: string
  /** `packages/<folder>` */
  readonly folder: string
  readonly source: string
  /** Its declarations, after a build. */
  readonly types: string
}

interface Conditions {
  readonly '@anthropic-auth/source'?: string
  readonly types?: string
}

/** The public entries of all packages, sorted by name; `./internal` is not public. */
export function publicEntries(root: string): PublicEntry[] {
  return globSync('packages/*/package.json', { cwd: root })
    .flatMap((file) => entriesOf(root, dirname(file)))
    .toSorted((left, right) => left.name.localeCompare(right.name))
}

function entriesOf(root: string, folder: string): PublicEntry[] {
  const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8')) as {
    readonly name: string
    readonly exports: Readonly<Record<string, Conditions | string>>
  }
  return Object.entries(manifest.exports).flatMap(([path, conditions]) => {
    if (path === './internal' || typeof conditions === 'string') return []
    const { '@anthropic-auth/source': source, types } = conditions
    if (source === undefined || types === undefined) return []
    const name = join(manifest.name, path).replaceAll('\\', '/')
    return [{ name, folder, source: join(folder, source), types: join(folder, types) }]
  })
}
