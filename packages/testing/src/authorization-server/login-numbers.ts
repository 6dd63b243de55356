/** Numbers the logins in their order, so that the inspector can group their requests. */
export class LoginNumbers {
  readonly #byState = new Map<string, number>()
  #last = 0

  /** Returns a new number. */
  next(): number {
    this.#last += 1
    return this.#last
  }

  /** Returns the number of the login with this `state`, a new one at the first call. */
  ofState(state: string): number {
    const number = this.find(state) ?? this.next()
    this.#byState.set(state, number)
    return number
  }

  /** Returns the number of a login that has begun, or `null`. */
  find(state: string): number | null {
    return this.#byState.get(state) ?? null
  }
}
