import { join } from 'node:path'
import { commandReference, variableReference } from './command-line-page.ts'
import { dependencyTable, releasesIn, type Releases } from './dependency-table.ts'
import { withSection } from './generated-section.ts'
import { performanceChart } from './performance-chart.ts'
import { runtimeDependencies } from './runtime-dependency.ts'

const root = join(import.meta.dirname, '../..')
const DEPENDENCIES = 'docs/dependencies.md'

/** A file of the documentation with its expected content. */
export interface GeneratedFile {
  /** The path from the root of the workspace. */
  readonly file: string
  readonly content: string
}

/** Returns all files with generated parts. `read` returns the text of a file. `releases` has dates that the page lacks. */
export function generatedFiles(
  read: (file: string) => string,
  releases: Releases = new Map(),
): GeneratedFile[] {
  return [commandLinePage(read), dependencyPage(read, releases), ...performanceCharts(read)]
}

function dependencyPage(read: (file: string) => string, releases: Releases): GeneratedFile {
  const page = read(DEPENDENCIES)
  const dates = new Map([...releasesIn(page), ...releases])
  return {
    file: DEPENDENCIES,
    content: withSection(page, 'dependencies', dependencyTable(runtimeDependencies(root), dates)),
  }
}

function commandLinePage(read: (file: string) => string): GeneratedFile {
  const file = 'docs/command-line.md'
  const withCommands = withSection(read(file), 'commands', commandReference())
  return { file, content: withSection(withCommands, 'variables', variableReference()) }
}

function performanceCharts(read: (file: string) => string): GeneratedFile[] {
  const results = read('benchmarks/RESULTS.md')
  return (['light', 'dark'] as const).map((scheme) => ({
    file: `docs/pictures/performance-${scheme}.svg`,
    content: performanceChart(results, scheme),
  }))
}
