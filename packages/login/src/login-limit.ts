import { AnthropicAuthError } from '@anthropic-auth/core'
import { MAX_TIMER_MS } from '@anthropic-auth/core/internal'

/** The end of a login's wait for a response: the time is over, or the caller's signal aborts. */
export class LoginLimit {
  /** Rejects with `callback_timeout` or `aborted`, whichever comes first; never resolves. */
  readonly reached: Promise<never>
  readonly #release: () => void
  #error: AnthropicAuthError | null = null

  constructor(timeoutMs: number, signal: AbortSignal | undefined) {
    let reject!: (error: Error) => void
    this.reached = new Promise<never>((_resolve, rejectReached) => (reject = rejectReached))
    this.reached.catch(() => undefined)
    const stop = (error: AnthropicAuthError): void => reject((this.#error ??= error))
    const onAbort = (): void => stop(aborted(signal))
    const timer = setTimeout(() => stop(timedOut(timeoutMs)), Math.min(timeoutMs, MAX_TIMER_MS))
    this.#release = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    if (signal?.aborted) onAbort()
  }

  throwIfReached(): void {
    if (this.#error !== null) throw this.#error
  }

  /** Removes the timer and the listener. */
  release(): void {
    this.#release()
  }
}

function aborted(signal: AbortSignal | undefined): AnthropicAuthError {
  return new AnthropicAuthError('aborted', 'The login was aborted', {
    hint: 'To log in, start the login again.',
    cause: signal?.reason as unknown,
  })
}

function timedOut(timeoutMs: number): AnthropicAuthError {
  const message = `No response came within ${durationText(Math.ceil(timeoutMs / 1000))}`
  return new AnthropicAuthError('callback_timeout', message, { retryable: true })
}

/** Counts whole minutes in minutes. */
function durationText(seconds: number): string {
  const [count, unit] = seconds > 0 && seconds % 60 === 0 ? [seconds / 60, 'minute'] : [seconds, 'second']
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
