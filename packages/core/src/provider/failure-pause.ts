import type { AnthropicAuthError } from '../error/error.ts'
import { membersOf } from '../syntax/members.ts'

/** A failed operation, which isn't retried before `until` (on the provider's clock). */
export interface Pause {
  readonly until: number
  readonly lengthMs: number
  readonly error: AnthropicAuthError
}

/** The first pause. Each failure in a row doubles it, up to `MAX_PAUSE_MS`. */
const FIRST_PAUSE_MS = 5000
const MAX_PAUSE_MS = 60_000
/** The longest pause that a server's `Retry-After` can cause. */
const MAX_RETRY_AFTER_MS = 3_600_000
/** Another process holds the lock. Nothing has failed, so there is no reason to wait longer each time. */
const LOCK_REASONS: ReadonlySet<string | undefined> = new Set(['lock', 'lock_timeout', 'lock_lost'])

/** The pause after `error`. `last` is the pause that the previous failure caused. */
export function nextPause(last: Pause | null, error: AnthropicAuthError, now: number): Pause {
  const lengthMs = pauseLength(last, error)
  const { retryAfterSeconds = 0 } = membersOf(error)
  const askedMs = Math.min(1000 * retryAfterSeconds, MAX_RETRY_AFTER_MS)
  return { until: now + Math.max(lengthMs, askedMs), lengthMs, error }
}

function pauseLength(last: Pause | null, error: AnthropicAuthError): number {
  const { code, reason } = membersOf(error)
  if (code === 'account_on_hold') return MAX_PAUSE_MS
  if (last === null || LOCK_REASONS.has(reason)) return FIRST_PAUSE_MS
  return Math.min(2 * last.lengthMs, MAX_PAUSE_MS)
}
