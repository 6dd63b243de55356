import { describe, expect, it, vi } from 'vitest'
import { CheckReport, parseSummary } from './check-report.ts'

function reportWith(add: (report: CheckReport) => void): { report: CheckReport; lines: unknown[] } {
  const lines: unknown[] = []
  const log = vi.spyOn(console, 'log').mockImplementation((line) => lines.push(line))
  const report = new CheckReport()
  add(report)
  log.mockRestore()
  return { report, lines }
}

describe('CheckReport', () => {
  it('prints a line for each check and counts them', () => {
    const { report, lines } = reportWith((checks) => {
      checks.add('a', [])
      checks.add('b', ['one', 'two\nlines'])
      checks.count({ passed: 10, failed: 1 })
    })

    expect(lines).toEqual(['ok   a', 'FAIL b: one; two\n     lines'])
    expect(report.summary).toBe('11 passed, 2 failed')
    expect(report.hasFailed).toBe(true)
  })

  it('has not failed without a failure', () => {
    const { report } = reportWith((checks) => checks.add('a', []))

    expect(report.hasFailed).toBe(false)
  })
})

describe('parseSummary()', () => {
  it('reads the last such line', () => {
    expect(parseSummary('1 passed, 1 failed\nok\n12 passed, 3 failed\nend\n')).toEqual({
      passed: 12,
      failed: 3,
    })
  })

  it('reads no line that says more', () => {
    expect(parseSummary('Tests: 12 passed, 3 failed\n1 passed, 2 failed, 3 skipped\n')).toBeUndefined()
  })
})
