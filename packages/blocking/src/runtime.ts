import type * as workerThreads from 'node:worker_threads'
import { AnthropicAuthError } from '@anthropic-auth/core'
import { findNodeBuiltin } from '@anthropic-auth/core/internal'

interface NodeBuiltins {
  readonly 'node:worker_threads': typeof workerThreads
}

/** @throws AnthropicAuthError `unsupported_runtime` */
export function threads(): typeof workerThreads {
  const found = findNodeBuiltin<NodeBuiltins, 'node:worker_threads'>('node:worker_threads')
  if (typeof found?.Worker === 'function') return found
  throw unsupported('This runtime has no worker threads')
}

/**
 * Throws if this thread can't block, before anything is started.
 *
 * @throws AnthropicAuthError `unsupported_runtime`
 */
export function assertCanBlock(): void {
  if (typeof SharedArrayBuffer !== 'function') throw unsupported('This runtime has no SharedArrayBuffer')
  try {
    // The cell holds 0 and not 1, so this returns at once. It throws in a thread that must not block.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0)
  } catch {
    throw unsupported("This thread can't block")
  }
  threads()
}

function unsupported(message: string): AnthropicAuthError {
  return new AnthropicAuthError('unsupported_runtime', message, {
    hint: 'Use the asynchronous OAuthClient of @anthropic-auth/core here.',
  })
}
