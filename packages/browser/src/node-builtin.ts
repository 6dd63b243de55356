import type * as childProcess from 'node:child_process'
import type * as fs from 'node:fs'
import type * as os from 'node:os'
import { findNodeBuiltin, requireNodeBuiltin } from '@anthropic-auth/core/internal'

interface NodeBuiltins {
  readonly 'node:child_process': typeof childProcess
  readonly 'node:fs': typeof fs
  readonly 'node:os': typeof os
}

export const NO_PROCESSES = {
  message: "This runtime can't start a browser.",
  hint: 'Show the URL to the user, or pass a `launch` function that opens it.',
}

/** Whether this runtime can start programs. */
export function hasProcesses(): boolean {
  const { navigator } = globalThis as Partial<typeof globalThis>
  // Workers have the module, but its functions do nothing.
  if (navigator?.userAgent === 'Cloudflare-Workers') return false
  return findNodeBuiltin<NodeBuiltins, 'node:child_process'>('node:child_process') !== undefined
}

/** @throws AnthropicAuthError `unsupported_runtime` */
export function nodeBuiltin<Id extends keyof NodeBuiltins>(id: Id): NodeBuiltins[Id] {
  return requireNodeBuiltin<NodeBuiltins, Id>(id, NO_PROCESSES)
}
