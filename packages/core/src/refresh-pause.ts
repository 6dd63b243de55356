import type { AnthropicAuthError } from './error.ts'

/** Something failed, and is not tried again before an instant of the provider's clock. */
export interface Pause {
  readonly until: number
  readonly lengthMs: number
  readonly error: AnthropicAuthError
}

/** The first pause. Each failure in a row doubles it, up to `MAX_PAUSE_MS`. */
const FIRST_PAUSE_MS = 5000
const MAX_PAUSE_MS = 60_000
/** A server that asks for more is asked again after this. */
const MAX_RETRY_AFTER_MS = 3_600_000
/** A lock that others hold: nothing has failed, so that waiting longer each time would help nobody. */
const LOCK_REASONS: ReadonlySet<string | undefined> = new Set(['lock', 'lock_timeout', 'lock_lost'])

/** The pause after `error`, where `last` is the pause that the failure before it has caused. */
export function nextPause(last: Pause | null, error: AnthropicAuthError, now: number): Pause {
  const lengthMs = pauseLength(last, error)
  const askedMs = Math.min(1000 * (error.retryAfterSeconds ?? 0), MAX_RETRY_AFTER_MS)
  return { until: now + Math.max(lengthMs, askedMs), lengthMs, error }
}

function pauseLength(last: Pause | null, { code, reason }: AnthropicAuthError): number {
  if (code === 'account_on_hold') return MAX_PAUSE_MS
  if (last === null || LOCK_REASONS.has(reason)) return FIRST_PAUSE_MS
  return Math.min(2 * last.lengthMs, MAX_PAUSE_MS)
}
