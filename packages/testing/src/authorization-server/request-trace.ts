import type { Refusal } from '../explanations/refusal.ts'

/** The facts that the handlers of a request note for the inspector. */
export interface RequestTrace {
  /** The number of the login that the request belongs to; `null` while it is not known. */
  login: number | null
  /** `null` for a request that was not refused. */
  refusal: Refusal | null
}
