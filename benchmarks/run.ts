// `pnpm bench`: builds the packages, installs the peers, measures side by side, and writes RESULTS.md.
// `--short` measures only for a moment, and writes nothing.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import type { Length } from './comparison.ts'
import type { Result } from './result.ts'

const SUITES = [
  'pkce',
  'flow',
  'cold-start',
  'exchange',
  'blocking',
  'token-provider',
  'callback-server',
  'size',
  'installed',
  'command-line',
  'login',
  'emulator',
  'memory',
  'types',
] as const
const root = join(import.meta.dirname, '..')
const short = process.argv.includes('--short')
const length: Length = short ? { rounds: 3, timeMs: 60 } : { rounds: 9, timeMs: 400 }

execFileSync('pnpm', ['run', 'build'], { cwd: root, stdio: 'ignore' })
execFileSync('pnpm', ['install', '--frozen-lockfile'], { cwd: import.meta.dirname, stdio: 'ignore' })

const results: Result[] = []
for (const name of SUITES) {
  const startedAt = performance.now()
  const suite = (await import(`./suites/${name}.ts`)) as {
    run: (length: Length) => Promise<readonly Result[]>
  }
  results.push(...(await suite.run(length)))
  console.log(`${name}: ${((performance.now() - startedAt) / 1000).toFixed(0)} s`)
}

const header = ['', 'work', 'ours', 'beside it', 'ratio', 'target', '']
const rows = results.map(({ row, work, ours, peer, ratio, target, verdict }) => [
  String(row),
  work,
  ours,
  peer,
  ratio,
  target,
  verdict,
])
const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
const table = [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n')
console.log(table)

if (!short) {
  const about = `${new Date().toISOString().slice(0, 10)}, Node ${process.versions.node}, ${cpus().length} × ${cpus()[0]?.model}`
  const text = `# Results

Measured by \`pnpm bench\` on ${about}.

Times are the median of the rounds, followed by the first and the third quartile. Each round runs all ways to do one thing, in an order that changes from round to round, and each way is checked to do its work. The ratio compares medians. A target is within noise when the quartiles of both sides allow ratios on both sides of it. Sizes of bundles are minified and compressed with brotli; installed sizes are those of an \`npm install\` in an empty folder.

${table}
`
  const file = join(import.meta.dirname, 'RESULTS.md')
  writeFileSync(file, text)
  execFileSync('pnpm', ['exec', 'oxfmt', file], { cwd: root, stdio: 'ignore' })
  // The chart of the documentation shows the results.
  execFileSync('pnpm', ['run', 'docs:write'], { cwd: root, stdio: 'ignore' })
}
// A missed target is not a failure, because the machine may be busy. A suite that doesn't run throws.
console.log(`${SUITES.length} passed, 0 failed`)
