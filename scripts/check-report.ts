export interface Counts {
  readonly passed: number
  readonly failed: number
}

/** Counts checks and prints a line for each: `ok` or `FAIL`, with what is wrong. */
export class CheckReport {
  #passed = 0
  #failed = 0

  /** A check passes when it finds no problems. */
  add(name: string, problems: readonly string[]): void {
    if (problems.length === 0) {
      this.#passed++
      console.log(`ok   ${name}`)
    } else {
      this.#failed++
      console.log(`FAIL ${name}: ${problems.join('; ').replaceAll('\n', '\n     ')}`)
    }
  }

  /** Adds the counts of a tool that printed its own lines. */
  count({ passed, failed }: Counts): void {
    this.#passed += passed
    this.#failed += failed
  }

  get hasFailed(): boolean {
    return this.#failed > 0
  }

  /** `N passed, N failed` */
  get summary(): string {
    return `${this.#passed} passed, ${this.#failed} failed`
  }
}

/** What the last `N passed, N failed` line of an output says. */
export function parseSummary(output: string): Counts | undefined {
  const last = [...output.matchAll(/^(\d+) passed, (\d+) failed$/gm)].at(-1)
  return last ? { passed: Number(last[1]), failed: Number(last[2]) } : undefined
}
