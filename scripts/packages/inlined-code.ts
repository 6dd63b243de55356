import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { installedFolders, licenseIn } from '../build/inlined-licenses.ts'
import type { PackedPackage } from './packed-package.ts'

/** Finds external code that a build has copied into a package without its license. */
export function licenseProblems({ source, directory, files }: PackedPackage): string[] {
  const read = (file: string): string => readFileSync(join(directory, file), 'utf8')
  const licenses = files.filter((file) => /LICENSE/.test(file)).map(read)
  const modules = files
    .filter((file) => file.endsWith('.map'))
    .flatMap((file) => sourcesOf(read(file)).map((path) => resolve(dirname(join(source, file)), path)))
  return installedFolders(modules).flatMap((folder) => {
    if (!existsSync(folder)) return [`a source map names ${folder}, which is not installed`]
    const license = licenseIn(folder)
    return licenses.some((text) => text.includes(license)) ? [] : [`it lacks the license of ${folder}`]
  })
}

function sourcesOf(map: string): readonly string[] {
  return (JSON.parse(map) as { readonly sources: readonly string[] }).sources
}
