import { AnthropicAuthError } from '@anthropic-auth/core'
import { MAYBE_PROCESSED_HINT } from '@anthropic-auth/core/internal'
import { METHODS, type WorkerCall } from './worker-call.ts'

export function notStarted(): AnthropicAuthError {
  return new AnthropicAuthError('worker_failed', 'The worker thread did not start', {
    reason: 'start',
    hint: 'Check that this process may start threads and has enough memory, and check the modules that --import and --require (also in NODE_OPTIONS) run in each thread.',
  })
}

export function crashed({ method }: WorkerCall): AnthropicAuthError {
  const message = `The worker thread ended during ${method}()`
  return new AnthropicAuthError('worker_failed', message, { reason: 'crash', ...repetition(method) })
}

export function hung({ method }: WorkerCall, timeoutMs: number): AnthropicAuthError {
  const message = `No complete response arrived within ${timeoutMs} ms`
  return new AnthropicAuthError('timeout', message, repetition(method))
}

export function reentrant(message: string, hint: string): AnthropicAuthError {
  return new AnthropicAuthError('worker_failed', message, { reason: 'reentrant', hint })
}

function repetition(method: WorkerCall['method']): { retryable: boolean; hint: string | undefined } {
  const { repeatable } = METHODS[method]
  return { retryable: repeatable, hint: repeatable ? undefined : MAYBE_PROCESSED_HINT }
}
