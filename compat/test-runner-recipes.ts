import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { transformSync } from 'esbuild'
import { runCommand } from '../scripts/packages/child-command.ts'
import { CHROMIUM_PATH } from '../scripts/tests/chromium-path.ts'
import { scanRecipes } from '../scripts/docs/snippet.ts'

const root = join(import.meta.dirname, '..')
const node = join(root, 'node_modules/node/bin/node')
const tool = (path: string): string => join(import.meta.dirname, 'node_modules', path)

const JEST_CONFIG = JSON.stringify({ testMatch: ['**/jest.test.js'], transform: {} })

/** Node's arguments for the recipe of each test runner, in the folder of the recipes. */
const RUNNERS: Readonly<Record<string, readonly string[]>> = {
  vitest: [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--root', '.', 'vitest.test.ts'],
  node: ['--test', 'node.test.ts'],
  jest: ['--experimental-vm-modules', tool('jest/bin/jest.js'), '--rootDir', '.', '--config', JEST_CONFIG],
  playwright: [tool('@playwright/test/cli.js'), 'test', '--config', 'playwright.config.ts'],
}

const PLAYWRIGHT_CONFIG = `export default {
  testMatch: 'playwright.test.ts',
  use: {
    launchOptions: {
      executablePath: ${JSON.stringify(CHROMIUM_PATH)},
      args: ['--no-sandbox'],
    },
  },
}
`

const TSCONFIG = {
  extends: join(root, 'tsconfig.base.json'),
  compilerOptions: { types: ['node'], customConditions: [], isolatedDeclarations: false, declaration: false },
  include: ['*.test.ts'],
}

/**
 * Compiles and runs the recipes in the README of the testing package, with the packed packages of the project. Returns
 * the problems by the name of the test runner.
 */
export async function testRunnerProblems(project: string): Promise<ReadonlyMap<string, readonly string[]>> {
  const folder = join(project, 'recipes')
  const recipes = scanRecipes(readFileSync(join(root, 'packages/testing/README.md'), 'utf8'))
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'playwright.config.ts'), PLAYWRIGHT_CONFIG)
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG))
  for (const { runner, code } of recipes) writeFileSync(join(folder, `${runner}.test.ts`), code)
  const jest = recipes.find(({ runner }) => runner === 'jest')?.code ?? ''
  // Jest doesn't compile TypeScript itself.
  writeFileSync(join(folder, 'jest.test.js'), transformSync(jest, { loader: 'ts' }).code)
  const problems = new Map([['compiler', await problemsOf(folder, join(root, 'node_modules/.bin/tsc'), [])]])
  for (const [runner, args] of Object.entries(RUNNERS)) {
    problems.set(runner, await problemsOf(folder, node, args))
  }
  return problems
}

async function problemsOf(
  folder: string,
  command: string,
  args: readonly string[],
): Promise<readonly string[]> {
  const { ok, output } = await runCommand(command, args, { cwd: folder, timeoutMs: 120_000 })
  return ok ? [] : [output]
}
