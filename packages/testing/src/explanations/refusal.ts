/** A value that was refused, and the values that would have been accepted. */
export interface Mismatch {
  readonly name: string
  /** `null` when nothing was sent. */
  readonly sent: string | null
  readonly expected: readonly string[]
}

/** The explanation of a refused request, which only the inspector shows. */
export interface Explanation {
  /** Sentences that add to the error message. */
  readonly text?: string | undefined
  readonly mismatch?: Mismatch | undefined
}

/** The reason why a request was refused: the message of the error, and its explanation. */
export interface Refusal extends Explanation {
  readonly reason: string
}
