// `pnpm api:check` compares the public API of each package with its report here, and fails when they differ.
// `pnpm api:write` writes the reports. Both build the packages first.
import { execFileSync } from 'node:child_process'
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { publicEntries, type PublicEntry } from '../scripts/packages/public-entry.ts'

const root = join(import.meta.dirname, '..')
const reports = import.meta.dirname
const isWriting = process.argv.includes('--write')

function reportName({ name }: PublicEntry): string {
  return `${name}.api.md`
}

execFileSync('pnpm', ['run', 'build'], { cwd: root, stdio: 'ignore' })
execFileSync('pnpm', ['install', '--frozen-lockfile'], { cwd: reports, stdio: 'ignore' })
const { currentReport } = await import('./report.ts') // This needs the packages that were just installed.
const entries = publicEntries(root)
const names = new Set(entries.map(reportName))
const left = globSync('**/*.api.md', { cwd: reports, exclude: ['node_modules'] }).filter(
  (file) => !names.has(file),
)
if (isWriting) for (const file of left) rmSync(join(reports, file))

/** Writes a report, or compares it. */
function check(entry: PublicEntry): string[] {
  const file = join(reports, reportName(entry))
  const current = currentReport(entry)
  if (isWriting) {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, current)
  }
  const isSame = existsSync(file) && readFileSync(file, 'utf8') === current
  return isSame ? [] : [`${entry.name}: the public API differs from api-reports/${reportName(entry)}`]
}

const problems = [
  ...entries.flatMap(check),
  ...(isWriting ? [] : left.map((file) => `api-reports/${file} belongs to no entry point`)),
]
for (const problem of problems) console.error(problem)
if (problems.length > 0) console.error('If the change is meant: run `pnpm api:write` and commit the reports.')
console.log(`${entries.length} entry points, ${problems.length} differences`)
if (problems.length > 0) process.exitCode = 1
