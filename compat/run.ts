// Runs one check program against the packed packages in every runtime that they support.
import { join } from 'node:path'
import { CheckReport } from '../scripts/check-report.ts'
import { runCommand } from '../scripts/command.ts'
import { installPackages } from './installed-packages.ts'
import type { ReachableEmulator } from './checks/login-checks.ts'
import type { Runtime } from './runtimes.ts'

const root = join(import.meta.dirname, '..')
const project = join(import.meta.dirname, '.packed')
const report = new CheckReport()

function prepare(args: readonly string[], cwd: string): void {
  const { ok, output } = runCommand('pnpm', args, { cwd, timeoutMs: 600_000 })
  if (!ok) throw new Error(`pnpm ${args.join(' ')} failed: ${output}`)
}

async function checkRuntime(runtime: Runtime, emulator: ReachableEmulator): Promise<void> {
  const { name, userAgent, crypto, reachesEmulator, run } = runtime
  try {
    const setup = { userAgent, crypto, emulator: reachesEmulator ? emulator : null }
    for (const result of await run(project, setup)) {
      report.add(`${name}: ${result.name}`, result.problem === null ? [] : [result.problem])
    }
  } catch (error) {
    report.add(`${name}: runs the checks`, [String(error)])
  }
}

prepare(['--filter', './packages/*', '--recursive', 'run', 'build'], root)
prepare(['install', '--frozen-lockfile'], import.meta.dirname)
installPackages(root, project)

// These import what has just been installed.
const { bundleProblems } = await import('./bundle.ts')
const { runtimes, isAbsent } = await import('./runtimes.ts')
const { startApprovingEmulator } = await import('./approving-emulator.ts')

for (const platform of ['browser', 'node'] as const) {
  report.add(`esbuild: bundles pkce for ${platform}`, await bundleProblems(project, platform))
}
const emulator = await startApprovingEmulator(project)
for (const runtime of runtimes) {
  if (!isAbsent(runtime)) await checkRuntime(runtime, emulator)
  else if (process.env['REQUIRE_ALL'] === '1') report.add(`${runtime.name}: is installed`, ['it is not'])
  else console.log(`not run: ${runtime.name} is not installed`)
}
await emulator.close()

console.log(report.summary)
process.exitCode = report.hasFailed ? 1 : 0
