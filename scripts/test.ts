// Everything that must hold before a change is called done, in one command.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CheckReport, parseSummary } from './check-report.ts'
import { OPTIONAL_TOOLS, missingTools } from './optional-tool.ts'
import { runStep } from './step.ts'
import { parseVitestReport } from './vitest-result.ts'

const root = join(import.meta.dirname, '..')
const requireAll = process.env['REQUIRE_ALL'] === '1'
const report = new CheckReport()
const steps: { readonly name: string; readonly problems: readonly string[] }[] = []
const notRun: string[] = []

/** Runs a step under a heading; returns its stdout, and whether it went well. */
async function step(
  name: string,
  command: string,
  ...args: string[]
): Promise<{ ok: boolean; stdout: string }> {
  console.log(`\n== ${name} ==`)
  const { problem, stdout } = await runStep(command, args, { cwd: root })
  steps.push({ name, problems: problem === undefined ? [] : [problem] })
  return { ok: problem === undefined, stdout }
}

async function runTests(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'anthropic-auth-test-'))
  const file = join(folder, 'vitest.json')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
  await step('tests', 'pnpm', 'exec', 'vitest', 'run', ...reporters)
  if (existsSync(file)) {
    const result = parseVitestReport(readFileSync(file, 'utf8'))
    report.count(result)
    notRun.push(...result.skipped.map((title) => `skipped: ${title}`))
  }
  rmSync(folder, { recursive: true })
}

async function checkPackages(): Promise<void> {
  const { ok } = await step('build', 'pnpm', 'run', 'build')
  if (!ok) {
    steps.push({ name: 'packages', problems: ['not checked, since the build failed'] })
    return
  }
  const { stdout } = await step('packages', 'node', 'scripts/check-packages.ts')
  report.count(parseSummary(stdout) ?? { passed: 0, failed: 0 })
}

await step('lint', 'pnpm', 'run', 'lint')
await step('types', 'pnpm', 'run', 'typecheck')
await runTests()
await checkPackages()
notRun.push(...missingTools(OPTIONAL_TOOLS))

console.log('\n== summary ==')
for (const { name, problems } of steps) report.add(name, problems)
for (const line of notRun) console.log(line)
if (requireAll) report.count({ passed: 0, failed: notRun.length })
console.log(report.summary)
process.exitCode = report.hasFailed ? 1 : 0
