import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Options } from 'tsup'

type Plugin = NonNullable<Options['esbuildPlugins']>[number]

/** Writes the licenses of the packages whose code a build of tsup contains into one file beside it. */
export const inlinedLicenses: Plugin = {
  name: 'inlined-licenses',
  setup(build) {
    const { outdir = 'dist' } = build.initialOptions
    build.initialOptions.metafile = true
    build.onEnd(({ metafile }) => {
      const outputs = Object.values(metafile?.outputs ?? {})
      const modules = outputs.flatMap(({ inputs }) => Object.keys(inputs))
      mkdirSync(outdir, { recursive: true })
      const texts = licensesOf(modules.map((module) => resolve(module)))
      writeFileSync(join(outdir, 'THIRD-PARTY-LICENSES.txt'), texts)
    })
  },
}

/** Returns the licenses of the installed packages that some modules belong to. */
export function licensesOf(modules: readonly string[]): string {
  const folders = new Set(modules.flatMap((module) => installedFolder(module) ?? []))
  const texts = [...folders].map((folder) => `${nameOf(folder)}\n\n${licenseIn(folder)}\n`)
  return texts.toSorted().join(`\n${'-'.repeat(80)}\n\n`)
}

/** Returns the folder of the installed package that a module belongs to; `null` for a module of this project. */
export function installedFolder(module: string): string | null {
  return /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(module)?.[0] ?? null
}

/** @throws Error if the package has no license file */
export function licenseIn(folder: string): string {
  const [file] = globSync('{LICENSE,LICENCE,license}*', { cwd: folder })
  if (file === undefined) throw new Error(`${folder} has no license file`)
  return readFileSync(join(folder, file), 'utf8').trim()
}

function nameOf(folder: string): string {
  const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<
    string,
    string
  >
  return `${name}@${version}`
}
