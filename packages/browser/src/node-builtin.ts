import type * as childProcess from 'node:child_process'
import type * as fs from 'node:fs'
import type * as os from 'node:os'

interface NodeBuiltins {
  readonly 'node:child_process': typeof childProcess
  readonly 'node:fs': typeof fs
  readonly 'node:os': typeof os
}

/** Whether this runtime can start programs. */
export function hasProcesses(): boolean {
  const { process, navigator } = globalThis as Partial<typeof globalThis>
  // Its modules of Node are there to be imported; the ones for processes do nothing.
  if (navigator?.userAgent === 'Cloudflare-Workers') return false
  return typeof process?.getBuiltinModule === 'function'
}

/** A module of Node, reached at the call: what imports it can be loaded and bundled where there is none. */
export function nodeBuiltin<Id extends keyof NodeBuiltins>(id: Id): NodeBuiltins[Id] {
  return process.getBuiltinModule(id)
}
