import { describe, expect, it } from 'vitest'
import { parseVitestReport } from './vitest-result.ts'

describe('parseVitestReport()', () => {
  it('counts each test once, and names those that did not run', () => {
    const json = JSON.stringify({
      testResults: [
        {
          name: '/a.test.ts',
          assertionResults: [
            { status: 'passed', fullName: 'one' },
            { status: 'failed', fullName: 'two' },
          ],
        },
        {
          name: '/b.test.ts',
          assertionResults: [
            { status: 'passed', fullName: 'three' },
            { status: 'skipped', fullName: 'four' },
            { status: 'todo', fullName: 'five' },
          ],
        },
      ],
    })

    expect(parseVitestReport(json)).toEqual({
      passed: 2,
      failed: 1,
      skipped: ['/b.test.ts > four', '/b.test.ts > five'],
    })
  })
})
