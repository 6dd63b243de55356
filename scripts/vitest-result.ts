/** What this reads of the file that vitest's JSON reporter writes. */
interface JsonReport {
  readonly testResults: readonly {
    readonly name: string
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[]
  }[]
}

export interface VitestResult {
  readonly passed: number
  readonly failed: number
  /** File and name of each test that did not run. */
  readonly skipped: readonly string[]
}

export function parseVitestReport(json: string): VitestResult {
  const { testResults } = JSON.parse(json) as JsonReport
  const tests = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ status, fullName }) => ({ status, title: `${name} > ${fullName}` })),
  )
  const passed = tests.filter(({ status }) => status === 'passed').length
  const failed = tests.filter(({ status }) => status === 'failed').length
  const skipped = tests.filter(({ status }) => status !== 'passed' && status !== 'failed')
  return { passed, failed, skipped: skipped.map(({ title }) => title) }
}
