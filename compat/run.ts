// `pnpm compat`: runs the packed packages in every supported runtime, in a bundle, with the programs of docs/recipes/ and in
// the test runners of the recipes.
import { cpSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { CheckReport } from '../scripts/packages/report.ts'
import { runCommand } from '../scripts/packages/child-command.ts'
import { createProject, installPackage } from '../scripts/packages/installed-package.ts'
import { packPackages } from '../scripts/packages/packed-package.ts'
import type { ReachableEmulator } from './checks/check-setup.ts'
import type { Runtime } from './runtimes.ts'

const root = join(import.meta.dirname, '..')
const project = join(import.meta.dirname, '.packed')
const report = new CheckReport()

async function prepare(args: readonly string[], cwd: string): Promise<void> {
  const { ok, output } = await runCommand('pnpm', args, { cwd, timeoutMs: 600_000 })
  if (!ok) throw new Error(`pnpm ${args.join(' ')} failed: ${output}`)
}

async function installPackages(): Promise<void> {
  rmSync(project, { recursive: true, force: true })
  createProject(project)
  cpSync(join(import.meta.dirname, 'checks'), project, { recursive: true })
  const all = await packPackages(root, join(project, '.tarballs'))
  for (const packed of all) installPackage(project, packed, all)
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

/** Node 24 runs all tests. Other versions of Node run those of the packages that every program loads. */
async function testProblems(runtime: string): Promise<string[]> {
  const packages = ['pkce', 'core', 'callback-server', 'federation'].map((name) => `packages/${name}/`)
  const executable = join(import.meta.dirname, 'node_modules', runtime, 'bin/node')
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const args = [vitest, 'run', '--project', 'node', ...packages]
  const { ok, output } = await runCommand(executable, args, { cwd: root, timeoutMs: 1_200_000 })
  return ok ? [] : [output]
}

await prepare(['run', 'build'], root)
await prepare(['install', '--frozen-lockfile'], import.meta.dirname)
await installPackages()

// Load these modules late: they import packages that were just installed.
const { bundleProblems } = await import('./bundle.ts')
const { runtimes, isAbsent } = await import('./runtimes.ts')
const { startApprovingEmulator } = await import('./approving-emulator.ts')
const { clientProblems } = await import('./streaming-clients.ts')
const { runRecipes } = await import('./docs-recipes.ts')
const { testRunnerProblems } = await import('./test-runner-recipes.ts')

for (const platform of ['browser', 'node'] as const) {
  report.add(`esbuild: bundles pkce for ${platform}`, await bundleProblems(project, platform))
}
const emulator = await startApprovingEmulator(project)
for (const runtime of runtimes) {
  if (!isAbsent(runtime)) await checkRuntime(runtime, emulator)
  else if (process.env['REQUIRE_ALL'] === '1') report.add(`${runtime.name}: is installed`, ['not found'])
  else console.log(`not run: ${runtime.name} is not installed`)
}
for (const name of ['node22', 'node26']) {
  const executable = join(import.meta.dirname, 'node_modules', name, 'bin/node')
  for (const { name: recipe, problem } of await runRecipes(root, project, {
    apiUrl: emulator.apiUrl,
    executable,
  })) {
    report.add(`${name}: ${recipe}`, problem === null ? [] : [problem])
  }
}
await emulator.close()
for (const [client, problems] of await clientProblems(project)) {
  report.add(`${client}: reads a streamed message of the emulator`, problems)
}
for (const [runner, problems] of await testRunnerProblems(project)) {
  report.add(`${runner}: the recipe in the README of the emulator`, problems)
}
report.add('Node 26: the tests of the packages without processes', await testProblems('node26'))

console.log(report.summary)
process.exitCode = report.hasFailed ? 1 : 0
