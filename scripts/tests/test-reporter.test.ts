import type { TestResult } from 'vitest/node'
import { describe, expect, it } from 'vitest'
import { countTests, type FinishedModule } from './test-reporter.ts'

function moduleWith(
  moduleId: string,
  states: Readonly<Record<string, TestResult['state']>>,
  errors: readonly unknown[] = [],
): FinishedModule {
  const tests = Object.entries(states).map(([fullName, state]) => ({
    fullName,
    result: () => ({ state }) as TestResult,
  }))
  return { moduleId, children: { allTests: () => tests }, errors: () => errors }
}

describe('countTests()', () => {
  it('counts each test once, and names those that did not run', () => {
    const modules = [
      moduleWith('/a.test.ts', { one: 'passed', two: 'failed' }),
      moduleWith('/b.test.ts', { three: 'passed', four: 'skipped', five: 'pending' }),
    ]

    expect(countTests(modules)).toEqual({
      passed: 2,
      failed: 1,
      skipped: ['/b.test.ts > four', '/b.test.ts > five'],
    })
  })

  it('counts a file that did not load as one failure', () => {
    expect(countTests([moduleWith('/a.test.ts', {}, [new Error('no such module')])])).toEqual({
      passed: 0,
      failed: 1,
      skipped: [],
    })
  })
})
