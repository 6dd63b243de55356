import type { AccessToken } from './access-token.ts'

/** One refresh, shared by all its callers. */
export class SharedRefresh {
  /** Whether `forceRefresh` started it. */
  readonly isForced: boolean
  /** Resolves when the first request is about to be sent. */
  readonly requestSent: Promise<void>
  /** Resolves when the refresh no longer waits for a response. */
  readonly requestEnded: Promise<void>
  /** Whether the tokens were refreshed: doing so again would only use up another refresh token. */
  isRefreshed = false
  #isToldOverdue = false
  #done: Promise<AccessToken> | null = null
  #overdueAt = Infinity
  #resolveSent!: () => void
  #resolveEnded!: () => void

  constructor(isForced: boolean) {
    this.isForced = isForced
    this.requestSent = new Promise<void>((resolve) => (this.#resolveSent = resolve))
    this.requestEnded = new Promise<void>((resolve) => (this.#resolveEnded = resolve))
  }

  get done(): Promise<AccessToken> {
    if (this.#done === null) throw new Error('The refresh has not begun')
    return this.#done
  }

  begin(work: Promise<AccessToken>): this {
    this.#done = work.finally(() => {
      this.#resolveSent()
      this.#resolveEnded()
    })
    // All callers may have stopped waiting. Without a handler, a failure would then end the process.
    this.#done.catch(() => undefined)
    return this
  }

  /** Notes that a request is sent. From `overdueAt` on, callers no longer wait for the response. */
  markSent(overdueAt: number): void {
    this.#overdueAt = Math.min(this.#overdueAt, overdueAt)
    this.#resolveSent()
  }

  markEnded(): void {
    this.#resolveEnded()
  }

  /** Returns `true` the first time: an overdue response is reported once. */
  tellOverdue(): boolean {
    const isFirst = !this.#isToldOverdue
    this.#isToldOverdue = true
    return isFirst
  }

  isOverdue(now: number): boolean {
    return now >= this.#overdueAt
  }
}
