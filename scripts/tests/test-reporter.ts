import type { Reporter, TestCase, TestModule } from 'vitest/node'
import { missingTools, OPTIONAL_TOOLS } from './optional-tool.ts'

/** The parts of vitest's modules that this file reads. */
export interface FinishedModule {
  readonly moduleId: string
  readonly children: { allTests(): Iterable<Pick<TestCase, 'fullName' | 'result'>> }
  errors(): readonly unknown[]
}

export interface TestCounts {
  readonly passed: number
  readonly failed: number
  /** The tests that were skipped, each with its file. */
  readonly skipped: readonly string[]
}

/** Counts tests; a file that fails as a whole counts as one failure. */
export function countTests(modules: readonly FinishedModule[]): TestCounts {
  const tests = modules.flatMap(({ moduleId, children }) =>
    Array.from(children.allTests(), (test) => ({ name: `${moduleId} > ${test.fullName}`, ...test.result() })),
  )
  const inState = (state: string): readonly string[] =>
    tests.filter((test) => test.state === state).map(({ name }) => name)
  const brokenFiles = modules.filter((module) => module.errors().length > 0)
  return {
    passed: inState('passed').length,
    failed: inState('failed').length + brokenFiles.length,
    skipped: [...inState('skipped'), ...inState('pending')],
  }
}

/** Ends the output with the skipped tests and the line `N passed, N failed`. With REQUIRE_ALL=1, skipped tests are failures. */
export default class SummaryReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const { passed, failed, skipped } = countTests(modules)
    const notRun = [...skipped.map((name) => `skipped: ${name}`), ...missingTools(OPTIONAL_TOOLS)]
    for (const line of notRun) console.log(line)
    const missing = process.env['REQUIRE_ALL'] === '1' ? notRun.length : 0
    if (missing > 0) process.exitCode = 1
    console.log(`${passed} passed, ${failed + unhandledErrors.length + missing} failed`)
  }
}
