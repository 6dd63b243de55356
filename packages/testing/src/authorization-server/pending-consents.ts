import type { AuthorizationRequest } from './authorization-request.ts'
import { randomValue } from './random-value.ts'

const LIFETIME_MS = 10 * 60_000
const MAX_PENDING = 1000

/**
 * The authorization requests that wait for the user's decision. Only the form of the consent page contains the one-time
 * id of a request, so no other site and no link can decide.
 */
export class PendingConsents {
  readonly #now: () => number
  readonly #pending = new Map<
    string,
    { readonly request: AuthorizationRequest; readonly expiresAt: number }
  >()

  constructor(now: () => number) {
    this.#now = now
  }

  add(request: AuthorizationRequest): string {
    const oldest = this.#pending.keys().next()
    if (this.#pending.size >= MAX_PENDING && !oldest.done) this.#pending.delete(oldest.value)
    const id = randomValue('')
    this.#pending.set(id, { request, expiresAt: this.#now() + LIFETIME_MS })
    return id
  }

  /** Returns the request of an id once, for up to ten minutes. */
  take(id: string): AuthorizationRequest | null {
    const consent = this.#pending.get(id)
    this.#pending.delete(id)
    return consent !== undefined && this.#now() < consent.expiresAt ? consent.request : null
  }
}
