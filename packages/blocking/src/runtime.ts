import type * as workerThreads from 'node:worker_threads'
import { AnthropicAuthError } from '@anthropic-auth/core'

/**
 * Node's threads, reached at the call: a package that imports them can be loaded and bundled where there are none.
 *
 * @throws AnthropicAuthError `unsupported_runtime`
 */
export function threads(): typeof workerThreads {
  const { process } = globalThis as Partial<typeof globalThis>
  const found = process?.getBuiltinModule?.('node:worker_threads')
  if (typeof found?.Worker === 'function') return found
  throw unsupported('This runtime has no worker threads')
}

/**
 * Fails where a call could not block, before anything is started.
 *
 * @throws AnthropicAuthError `unsupported_runtime`
 */
export function assertCanBlock(): void {
  if (typeof SharedArrayBuffer !== 'function') throw unsupported('This runtime has no SharedArrayBuffer')
  try {
    // Never waits, since the cell holds no 1; throws in a thread that must not block.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0)
  } catch {
    throw unsupported('This thread must not block')
  }
  threads()
}

function unsupported(message: string): AnthropicAuthError {
  return new AnthropicAuthError('unsupported_runtime', message, {
    hint: 'Use the asynchronous OAuthClient of @anthropic-auth/core here.',
  })
}
