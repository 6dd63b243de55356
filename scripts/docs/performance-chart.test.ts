import { describe, expect, it } from 'vitest'
import { comparisonsIn, performanceChart } from './performance-chart.ts'

const RESULTS = `# Results

|     | work                | ours              | beside it                        | ratio             | target      |        |
| --- | ------------------- | ----------------- | -------------------------------- | ----------------- | ----------- | ------ |
| 1   | generatePkce()      | 2.44 µs (2.3–3.9) | openauth 68.7 µs (51.7–75.0)     | 28.1 times faster | at least 20 | met    |
| 3   | process: import     | 48 ms (42–60)     | import openid-client 96 ms (1–2) | 0.50 times        | at most 1   | met    |
| 3   | process: import     | 48 ms (42–60)     | bare node 33 ms (26–46)          | 1.45 times        | at most 1.4 | missed |
| 7   | callback: listening | 121 µs (100–193)  | –                                | 0.12 ms           | at most 3   | met    |
`

describe('comparisonsIn()', () => {
  it('reads the rows that have another package beside ours', () => {
    expect(comparisonsIn(RESULTS)).toEqual([
      { work: 'generatePkce()', peer: 'openauth', factor: 28.1 },
      { work: 'process: import', peer: 'import openid-client', factor: 2 },
    ])
  })
})

describe('performanceChart()', () => {
  it('draws each work once, with a bar for each package', () => {
    const chart = performanceChart(RESULTS, 'light')

    expect(chart.match(/<rect /g)).toHaveLength(2)
    expect(chart).toContain('>openid-client</text>')
    expect(chart).toContain('>28×</text>')
  })
})
