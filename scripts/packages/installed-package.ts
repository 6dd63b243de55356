import { cpSync, existsSync, mkdirSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { PackedPackage } from './packed-package.ts'

/** Creates an empty project outside the workspace's own node_modules. */
export function createProject(project: string): void {
  mkdirSync(project, { recursive: true })
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }\n')
}

/**
 * Installs a packed package and its dependencies, as a package manager would. A dependency that the package doesn't
 * declare is therefore missing.
 */
export function installPackage(
  project: string,
  installed: PackedPackage,
  siblings: readonly PackedPackage[],
): void {
  const { name, dependencies = {} } = installed.manifest
  cpSync(installed.directory, placeOf(project, name), { recursive: true })
  for (const dependency of Object.keys(dependencies)) {
    const sibling = siblings.find(({ manifest }) => manifest.name === dependency)
    if (sibling) installPackage(project, sibling, siblings)
    else linkPackage(project, dependency, join(installed.source, 'node_modules', dependency))
  }
}

function linkPackage(project: string, name: string, source: string): void {
  const place = placeOf(project, name)
  // Two packages can have the same dependency. A missing one shows when it is imported.
  if (existsSync(source) && !existsSync(place)) symlinkSync(realpathSync(source), place, 'junction')
}

function placeOf(project: string, name: string): string {
  const place = join(project, 'node_modules', name)
  mkdirSync(dirname(place), { recursive: true })
  return place
}
