/** Checks, each under the sentence that it tests. A failed check throws. */
export type Checks = Readonly<Record<string, () => void | Promise<void>>>

export interface CheckResult {
  readonly name: string
  /** The problem; `null` if there is none. */
  readonly problem: string | null
}

/** Runs the checks one after the other. */
export async function resultsOf(checks: Checks): Promise<CheckResult[]> {
  const results: CheckResult[] = []
  for (const [name, check] of Object.entries(checks)) results.push({ name, problem: await problemOf(check) })
  return results
}

async function problemOf(check: () => void | Promise<void>): Promise<string | null> {
  try {
    await check()
    return null
  } catch (error) {
    return String(error)
  }
}

export function assertEqual<T>(actual: T, expected: T): void {
  if (actual !== expected) throw new Error(`expected ${String(expected)}, got ${String(actual)}`)
}
