// `pnpm docs:write`: writes the generated parts of the documentation: help texts, benchmark results, dependencies.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { releasesIn, versionOf, type Releases } from './docs/dependency-table.ts'
import { generatedFiles } from './docs/generated-docs.ts'
import { runtimeDependencies } from './docs/runtime-dependency.ts'

const root = join(import.meta.dirname, '..')
const formatter = join(root, 'node_modules/.bin/oxfmt')

function read(file: string): string {
  return readFileSync(join(root, file), 'utf8')
}

/** Asks the registry for the dates of the versions that the page doesn't know. */
function newReleases(): Releases {
  const known = releasesIn(read('docs/dependencies.md'))
  const unknown = runtimeDependencies(root).filter((dependency) => !known.has(versionOf(dependency)))
  return new Map(
    unknown.map((dependency) => {
      const releases = execFileSync('npm', ['view', dependency.name, 'time', '--json'], { encoding: 'utf8' })
      const times = JSON.parse(releases) as Readonly<Record<string, string>>
      return [versionOf(dependency), times[dependency.version]?.slice(0, 10) ?? 'unknown']
    }),
  )
}

for (const { file, content } of generatedFiles(read, newReleases())) {
  writeFileSync(join(root, file), content)
  if (file.endsWith('.md')) execFileSync(formatter, [file], { cwd: root, stdio: 'ignore' })
}
