import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Plugin } from 'rolldown'

/** The file with the licenses of the packages whose code is part of a build. */
export const LICENSES_FILE = 'THIRD-PARTY-LICENSES.txt'

/** Writes the licenses of the packages whose code a build contains into one file beside it. */
export function inlinedLicenses(): Plugin {
  return {
    name: 'inlined-licenses',
    generateBundle(_options, bundle) {
      const modules = Object.values(bundle).flatMap((each) => (each.type === 'chunk' ? each.moduleIds : []))
      this.emitFile({ type: 'asset', fileName: LICENSES_FILE, source: licensesOf(modules) })
    },
  }
}

/** Returns the licenses of the installed packages that some modules belong to. */
export function licensesOf(modules: readonly string[]): string {
  const texts = installedFolders(modules).map((folder) => `${nameOf(folder)}\n\n${licenseIn(folder)}\n`)
  return texts.toSorted().join(`\n${'-'.repeat(80)}\n\n`)
}

/** Returns the folders of the installed packages that some modules belong to. Modules of this project belong to none. */
export function installedFolders(modules: readonly string[]): string[] {
  const folder = /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/
  return [...new Set(modules.flatMap((module) => folder.exec(module)?.[0] ?? []))]
}

/** @throws Error if the package has no license file */
export function licenseIn(folder: string): string {
  const [file] = globSync('{LICENSE,LICENCE,license}*', { cwd: folder })
  if (file === undefined) throw new Error(`${folder} has no license file`)
  return readFileSync(join(folder, file), 'utf8').trim()
}

function nameOf(folder: string): string {
  const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    readonly name: string
    readonly version: string
  }
  return `${name}@${version}`
}
