import { hintFor } from '../error/error-hint.ts'
import { AnthropicAuthError } from '../error/error.ts'
import { membersOf } from '../syntax/members.ts'
import { MAYBE_PROCESSED_HINT } from './http-hint.ts'

/** The longest delay of `setTimeout()`. With a longer one, a timer fires at once. */
export const MAX_TIMER_MS = 2_147_483_647

/** If a timer fires this late, the machine or the process was suspended. */
const STOOD_STILL_MS = 100
/** The time to read and decompress a response that arrived during the suspension. */
const READING_MS = 1000

/** Has no prototype, since a `signal` in `Object.prototype` would be an option of the listener. */
const ONCE: AddEventListenerOptions & { readonly __proto__: null } = { __proto__: null, once: true }

/** The limits of one call. */
export interface DeadlineOptions {
  readonly timeoutMs: number
  readonly signal?: AbortSignal | undefined
  /** Whether the same call may be made again, although the server may have processed this one. */
  readonly retryable: boolean
  /** Explains how a proxy may have caused a timeout. Returns an empty string if none did. */
  readonly proxyHint?: () => string
}

/** The deadline of one call, with all its attempts and waits. */
export interface Deadline {
  /** Aborts when the deadline passes or the caller aborts. */
  readonly signal: AbortSignal
  remainingMs(): number
}

/**
 * Runs `work` until it ends, the deadline passes, or the caller's signal aborts. Doesn't wait for work that goes on after
 * its own signal has aborted.
 */
export async function withDeadline<T>(
  options: DeadlineOptions,
  work: (deadline: Deadline) => Promise<T>,
): Promise<T> {
  const { timeoutMs, signal } = membersOf(options)
  if (signal?.aborted) throw aborted(signal)
  const controller = new AbortController()
  const limitMs = Math.min(timeoutMs, MAX_TIMER_MS)
  const endsAt = Date.now() + limitMs
  const { promise: stopped, reject: stop } = withResolvers()
  const onAbort = (): void => stop(aborted(signal))
  signal?.addEventListener('abort', onAbort, ONCE)
  const onTimer = (): void => afterReading(Date.now() - endsAt, () => stop(timedOut(limitMs, options)))
  const timer = setTimeout(onTimer, limitMs)
  try {
    return await Promise.race([
      work({ signal: controller.signal, remainingMs: () => endsAt - Date.now() }),
      stopped,
    ])
  } catch (error) {
    controller.abort()
    throw error
  } finally {
    clearTimeout(timer)
    signal?.removeEventListener('abort', onAbort)
  }
}

/**
 * Runs `act` after pending input has been read. When a suspended machine wakes up, the timer fires first, although the
 * whole response may be waiting in the socket.
 *
 * @param lateMs - how late the timer fired
 */
function afterReading(lateMs: number, act: () => void): void {
  // Even with a delay of 0, the event loop reads the sockets before this timer fires.
  setTimeout(act, lateMs > STOOD_STILL_MS ? READING_MS : 0)
}

/** Waits for `work` until `signal` aborts. The work itself goes on. */
export async function abortable<T>(work: () => Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work()
  if (signal.aborted) throw aborted(signal)
  const { promise: stopped, reject: stop } = withResolvers()
  const onAbort = (): void => stop(aborted(signal))
  signal.addEventListener('abort', onAbort, ONCE)
  try {
    return await Promise.race([work(), stopped])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

function withResolvers(): { promise: Promise<never>; reject: (error: Error) => void } {
  let reject!: (error: Error) => void
  const promise = new Promise<never>((_resolve, rejectPromise) => (reject = rejectPromise))
  return { promise, reject }
}

function aborted(signal: AbortSignal | undefined): AnthropicAuthError {
  return new AnthropicAuthError('aborted', 'The call was aborted', { cause: signal?.reason as unknown })
}

function timedOut(timeoutMs: number, options: DeadlineOptions): AnthropicAuthError {
  const { retryable, proxyHint } = membersOf(options)
  const usual = retryable ? hintFor('timeout') : MAYBE_PROCESSED_HINT
  const proxy = proxyHint?.() ?? ''
  return new AnthropicAuthError('timeout', `No complete response arrived within ${timeoutMs} ms`, {
    retryable,
    ...(proxy === '' ? { hint: usual } : { reason: 'proxy', hint: `${usual} ${proxy}` }),
  })
}
