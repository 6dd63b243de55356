import type { AccessToken } from './access-token.ts'

/** One renewal that all its callers share. */
export class TokenRenewal {
  /** It was asked for by `forceRefresh`. */
  readonly isForced: boolean
  /** Resolves when the first request is about to be sent. */
  readonly requestSent: Promise<void>
  /** Resolves when no response is waited for any more. */
  readonly requestEnded: Promise<void>
  /** The tokens were refreshed: doing so again would only use up another refresh token. */
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
    if (this.#done === null) throw new Error('The renewal has not begun')
    return this.#done
  }

  begin(work: Promise<AccessToken>): this {
    this.#done = work.finally(() => {
      this.#resolveSent()
      this.#resolveEnded()
    })
    return this
  }

  /** A request goes out; from `overdueAt` on it has taken longer than a caller has to wait. */
  markSent(overdueAt: number): void {
    this.#overdueAt = Math.min(this.#overdueAt, overdueAt)
    this.#resolveSent()
  }

  markEnded(): void {
    this.#resolveEnded()
  }

  /** Whether nobody was told yet that the response is overdue. */
  tellOverdue(): boolean {
    const isFirst = !this.#isToldOverdue
    this.#isToldOverdue = true
    return isFirst
  }

  isOverdue(now: number): boolean {
    return now >= this.#overdueAt
  }
}
