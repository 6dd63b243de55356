import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vitest/config'
import { isBuilt } from './scripts/build/built-packages.ts'
import { WaitingFirst } from './scripts/tests/waiting-first.ts'
import { CHROMIUM_PATH } from './scripts/tests/chromium-path.ts'

// Many tests start programs from source in their own processes. With a cache, they are compiled only once. The folder
// has to be private: anyone who can write to it decides which code runs.
process.env['NODE_COMPILE_CACHE'] ??= join(import.meta.dirname, 'node_modules/.cache/node-compile-cache')

// Programs that tests start use what users get, unless the sources have changed since the last `pnpm build`.
process.env['BUILT_PACKAGES'] ??= isBuilt(import.meta.dirname) ? '1' : '0'

// The tests use workspace packages from source. The other conditions are vite's own for Node, which a list replaces.
const conditions = ['@anthropic-auth/source', 'module', 'node', 'development|production']
const source = { resolve: { conditions }, ssr: { resolve: { conditions } } }

export default defineConfig({
  test: {
    // The default is the number of processors minus one. Two processors would give one worker, but many tests only wait.
    maxWorkers: Math.max(5, availableParallelism() - 1),
    sequence: { sequencer: WaitingFirst },
    coverage: {
      provider: 'v8',
      include: ['packages/*/src/**/*.ts'],
      reporter: ['text', 'json-summary'],
    },
    projects: [
      {
        ...source,
        test: {
          name: 'node',
          environment: 'node',
          include: [
            'packages/*/{src,test}/**/*.test.ts',
            'benchmarks/*.test.ts',
            'examples/**/*.test.ts',
            'scripts/**/*.test.ts',
          ],
          exclude: ['**/*.browser.test.ts', '**/node_modules/**'],
          // Watchdogs: ten times the default of vitest, since the machine may be busy with other work.
          testTimeout: 50_000,
          hookTimeout: 100_000,
        },
      },
      {
        ...source,
        test: {
          name: 'types',
          include: [],
          benchmark: { include: [] },
          typecheck: {
            enabled: true,
            only: true,
            checker: 'tsc',
            tsconfig: './tsconfig.json',
            include: ['packages/*/{src,test}/**/*.test-d.ts'],
            ignoreSourceErrors: true,
          },
        },
      },
      // Tests that drive a real Chromium; `pnpm test` says so when they did not run.
      ...(existsSync(CHROMIUM_PATH)
        ? [
            {
              ...source,
              test: {
                name: 'browser',
                environment: 'node' as const,
                include: ['packages/*/{src,test}/**/*.browser.test.ts', 'examples/**/*.browser.test.ts'],
                exclude: ['**/node_modules/**'],
                testTimeout: 300_000,
                hookTimeout: 300_000,
              },
            },
          ]
        : []),
    ],
  },
})
