import { mkdirSync, readFileSync, readdirSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { runCommand } from './command.ts'
import type { PackageManifest } from './package-manifest.ts'

/** A package as its users get it. */
export interface PackedPackage {
  /** Where it comes from: `packages/<folder>`, absolute. */
  readonly source: string
  readonly tarball: string
  /** Where the tarball is unpacked. */
  readonly directory: string
  readonly manifest: PackageManifest
  /** Relative to `directory`, with slashes. */
  readonly files: readonly string[]
}

/** Packs a package with pnpm into `<target>/<folder>.tgz` and unpacks that into `<target>/<folder>/`. */
export function packPackage(source: string, target: string): PackedPackage {
  const directory = join(target, basename(source))
  const tarball = `${directory}.tgz`
  mkdirSync(directory, { recursive: true })
  succeed('pnpm', ['pack', '--silent', '--out', tarball], source)
  succeed('tar', ['-xzf', tarball, '-C', directory, '--strip-components=1'], target)
  return { source, tarball, directory, manifest: readManifest(directory), files: filesIn(directory) }
}

/** The package.json of a directory. */
export function readManifest(directory: string): PackageManifest {
  return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as PackageManifest
}

function succeed(command: string, args: readonly string[], cwd: string): void {
  const { ok, output } = runCommand(command, args, { cwd })
  if (!ok) throw new Error(`${command} ${args.join(' ')} failed: ${output}`)
}

function filesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .toSorted()
}
