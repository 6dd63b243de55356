import { existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { runCommand } from './child-command.ts'
import type { PackageManifest } from './package-manifest.ts'

/** A package as it is published. */
export interface PackedPackage {
  /** The absolute path of `packages/<folder>`. */
  readonly source: string
  readonly tarball: string
  /** The folder of the unpacked tarball. */
  readonly directory: string
  readonly manifest: PackageManifest
  /** Paths relative to `directory`, with slashes. */
  readonly files: readonly string[]
}

/** Packs every public package of the workspace into `target`. */
export async function packPackages(root: string, target: string): Promise<PackedPackage[]> {
  const folders = readdirSync(join(root, 'packages')).map((folder) => join(root, 'packages', folder))
  const publishable = folders.filter(
    (folder) => existsSync(join(folder, 'package.json')) && readManifest(folder).private !== true,
  )
  return Promise.all(publishable.map(async (folder) => packPackage(folder, target)))
}

/** Packs a package with pnpm into `<target>/<folder>.tgz` and unpacks that into `<target>/<folder>/`. */
async function packPackage(source: string, target: string): Promise<PackedPackage> {
  const directory = join(target, basename(source))
  const tarball = `${directory}.tgz`
  mkdirSync(directory, { recursive: true })
  await succeed('pnpm', ['pack', '--silent', '--out', tarball], source)
  await succeed('tar', ['-xzf', tarball, '-C', directory, '--strip-components=1'], target)
  return { source, tarball, directory, manifest: readManifest(directory), files: filesIn(directory) }
}

/** The package.json of a directory. */
function readManifest(directory: string): PackageManifest {
  return JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8')) as PackageManifest
}

async function succeed(command: string, args: readonly string[], cwd: string): Promise<void> {
  const { ok, output } = await runCommand(command, args, { cwd })
  if (!ok) throw new Error(`${command} ${args.join(' ')} failed: ${output}`)
}

function filesIn(directory: string): string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(directory, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .toSorted()
}
