import { AnthropicAuthError, type AuthorizationResponse } from '@anthropic-auth/core'
import { membersOf } from '@anthropic-auth/core/internal'

/** The largest delay of `setTimeout`; beyond it a timer fires at once. */
const MAX_TIMER_MS = 2_147_483_647

/** What ends a wait beside the answer. */
interface WaitLimits {
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
}

/** One wait for one answer: the first to end it decides, and no timer or listener outlives it. */
export class CallbackWait {
  readonly outcome: Promise<AuthorizationResponse>
  /** Resolves once the outcome is known, whatever it is. */
  readonly settled: Promise<void>
  readonly #resolve: (outcome: Promise<AuthorizationResponse>) => void
  readonly #signal: AbortSignal | undefined
  readonly #timer: ReturnType<typeof setTimeout>
  #isOver = false

  /** @throws AnthropicAuthError `aborted` when the signal already is */
  constructor({ timeoutMs, signal }: WaitLimits) {
    if (signal?.aborted) throw aborted(signal)
    let resolve!: (outcome: Promise<AuthorizationResponse>) => void
    this.outcome = new Promise((resolveOutcome) => (resolve = resolveOutcome))
    // Who never asks for the outcome shall not meet it as an unhandled rejection.
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

  /** Ends the wait, which must not be over; the outcome may follow later, but no other one can come in between. */
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
  return new AnthropicAuthError('callback_timeout', `No callback came within ${timeoutMs} ms`)
}
