/** Counts checks, and prints a line for each: `ok`, or `FAIL` with the problems. */
export class CheckReport {
  #passed = 0
  #failed = 0

  /** Adds a check, which has passed if it found no problems. */
  add(name: string, problems: readonly string[]): void {
    if (problems.length === 0) {
      this.#passed++
      console.log(`ok   ${name}`)
    } else {
      this.#failed++
      console.log(`FAIL ${name}: ${problems.join('; ').replaceAll('\n', '\n     ')}`)
    }
  }

  get hasFailed(): boolean {
    return this.#failed > 0
  }

  /** `N passed, N failed` */
  get summary(): string {
    return `${this.#passed} passed, ${this.#failed} failed`
  }
}
