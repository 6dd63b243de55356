import { isTimeout } from '../config/oauth-config.ts'
import { assertSignal } from '../syntax/abort-signal.ts'
import { readOptions } from '../syntax/members.ts'

/** The options of a method that waits for the network. */
export interface RequestOptions {
  /** Ends the call with `aborted`. */
  readonly signal?: AbortSignal | undefined
  /**
   * One deadline for all attempts and waits, in milliseconds.
   *
   * @default the client's `timeoutMs`
   */
  readonly timeoutMs?: number | undefined
}

/** Options for the token provider, which could lose the login if it gave up on a response. */
export interface PatientRequestOptions extends RequestOptions {
  /**
   * After this many milliseconds, no further attempt begins.
   *
   * @default `timeoutMs`
   */
  readonly newAttemptsMs?: number | undefined
  /** Runs right before each attempt. If it rejects, nothing is sent. */
  readonly beforeAttempt?: (() => Promise<void>) | undefined
}

/**
 * Checks the options of a request, and returns them without the members of `Object.prototype`.
 *
 * @throws TypeError naming the option that is not valid
 */
export function readRequestOptions(options: RequestOptions): PatientRequestOptions {
  const given: PatientRequestOptions = readOptions(options)
  const { signal, timeoutMs, newAttemptsMs, beforeAttempt } = given
  assertSignal(signal)
  if (timeoutMs !== undefined && !isTimeout(timeoutMs)) {
    throw new TypeError('timeoutMs must be a finite number of milliseconds above 0')
  }
  return { signal, timeoutMs, newAttemptsMs, beforeAttempt }
}
