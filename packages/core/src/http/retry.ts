import type { AfterResponseHook, KyInstance, Options } from 'ky'
import { isAnthropicAuthError } from '../error/error.ts'
import { membersOf } from '../syntax/members.ts'
import type { Deadline } from './deadline.ts'
import { retryAfterSeconds } from './retry-after.ts'

/** The limits of all attempts of one call. */
export interface Attempts extends Deadline {
  readonly beforeAttempt: (() => Promise<void>) | undefined
  /** Returns the milliseconds left in which another attempt may start. */
  readonly endsInMs: () => number
}

/** For requests that are safe to repeat: refreshes, exchanges of identity tokens, and requests that change nothing. */
export const MAX_RETRIES = 2

const FIRST_BACK_OFF_MS = 250
const MAX_JITTER = 1.5

/** ky copies its options into plain objects, so it would read missing ones from `Object.prototype`. */
const NO_HOOKS: Readonly<Record<string, undefined>> = {
  init: undefined,
  beforeRequest: undefined,
  beforeRetry: undefined,
  beforeError: undefined,
  afterResponse: undefined,
}

/**
 * Lets ky retry where that is safe: after a failed connection, and after 429 or 503. ky's own rules for statuses aren't
 * used: they would cut the wait that `Retry-After` asks for short, or wait past the deadline.
 */
export function retryOptions(
  limit: number,
  { signal, endsInMs }: Attempts,
  retry: KyInstance['retry'],
): Pick<Options, 'retry' | 'signal' | 'hooks'> {
  if (limit === 0) return { retry: 0, hooks: { ...NO_HOOKS } }
  const afterResponse: AfterResponseHook = ({ response, retryCount }) => {
    const waitMs = Math.max(jitter(backOffMs(retryCount + 1)), minimumWaitMs(response))
    // At the limit, `retry()` would throw.
    const isRetried = retryCount < limit && waitMs < endsInMs()
    return isRetried ? retry(membersOf({ delay: waitMs })) : undefined
  }
  return {
    signal,
    retry: {
      limit,
      methods: ['get', 'post'],
      statusCodes: [],
      afterStatusCodes: [],
      delay: backOffMs,
      jitter,
      shouldRetry: ({ error, retryCount }) =>
        isConnectFailure(error) && MAX_JITTER * backOffMs(retryCount) < endsInMs(),
    },
    hooks: { ...NO_HOOKS, afterResponse: [afterResponse] },
  }
}

/** The wait before retry 1, 2, …, without jitter. */
function backOffMs(retryCount: number): number {
  return FIRST_BACK_OFF_MS * 2 ** (retryCount - 1)
}

/** 50 to 150 % of `ms`, so that clients that failed together don't come back together. */
function jitter(ms: number): number {
  const [random = 0] = crypto.getRandomValues(new Uint32Array(1))
  return ms * (MAX_JITTER - 1 + random / 2 ** 32)
}

/** Returns how long to wait before the request may be sent again; Infinity if it may not. */
function minimumWaitMs({ status, headers }: Response): number {
  if (status !== 429 && status !== 503) return Infinity
  return 1000 * (retryAfterSeconds(headers) ?? 0)
}

function isConnectFailure(error: Error): boolean {
  if (!isAnthropicAuthError(error, 'network_error')) return false
  const { reason } = membersOf(error)
  return reason === 'connect' || reason === 'dns'
}
