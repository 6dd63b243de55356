import { describe, expect, it, vi } from 'vitest'
import { CheckReport } from './report.ts'

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
    })

    expect(lines).toEqual(['ok   a', 'FAIL b: one; two\n     lines'])
    expect(report.summary).toBe('1 passed, 1 failed')
    expect(report.hasFailed).toBe(true)
  })

  it('has not failed without a failure', () => {
    const { report } = reportWith((checks) => checks.add('a', []))

    expect(report.hasFailed).toBe(false)
  })
})
