import { AnthropicAuthError, type AuthorizationResponse } from '@anthropic-auth/core'
import { MAX_TIMER_MS, membersOf } from '@anthropic-auth/core/internal'

/** The limits of a wait. */
interface WaitLimits {
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
}

/** A wait for one response. The first outcome counts, and then no timer or listener remains. */
export class CallbackWait {
  readonly outcome: Promise<AuthorizationResponse>
  /** Resolves when the outcome is known, also if it is an error. */
  readonly settled: Promise<void>
  readonly #resolve: (outcome: Promise<AuthorizationResponse>) => void
  readonly #signal: AbortSignal | undefined
  readonly #timer: ReturnType<typeof setTimeout>
  #isOver = false

  /** @throws AnthropicAuthError `aborted` if the signal is already aborted */
  constructor({ timeoutMs, signal }: WaitLimits) {
    if (signal?.aborted) throw aborted(signal)
    let resolve!: (outcome: Promise<AuthorizationResponse>) => void
    this.outcome = new Promise((resolveOutcome) => (resolve = resolveOutcome))
    // Without this, an outcome that nobody asks for would be an unhandled rejection.
    this.settled = this.outcome.then(
      () => undefined,
      () => undefined,
    )
    this.#resolve = resolve
    this.#signal = signal
    signal?.addEventListener('abort', this.#onAbort, membersOf({ once: true }))
    this.#timer = setTimeout(() => this.fail(timedOut(timeoutMs)), Math.min(timeoutMs, MAX_TIMER_MS))
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** Ends a wait that is not over. The outcome can follow later, and no other outcome can replace it. */
  end(outcome: Promise<AuthorizationResponse>): void {
    this.#isOver = true
    clearTimeout(this.#timer)
    this.#signal?.removeEventListener('abort', this.#onAbort)
    this.#resolve(outcome)
  }

  fail(failure: AnthropicAuthError): void {
    if (!this.#isOver) this.end(Promise.reject(failure))
  }

  readonly #onAbort = (): void => this.fail(aborted(this.#signal))
}

function aborted(signal: AbortSignal | undefined): AnthropicAuthError {
  return new AnthropicAuthError('aborted', 'The wait for the callback was aborted', {
    cause: signal?.reason as unknown,
  })
}

function timedOut(timeoutMs: number): AnthropicAuthError {
  return new AnthropicAuthError('callback_timeout', `No callback arrived within ${timeoutMs} ms`)
}
