import type * as fs from 'node:fs/promises'
import type * as os from 'node:os'
import type * as path from 'node:path'
import { AnthropicAuthError } from '@anthropic-auth/core'

interface NodeBuiltins {
  readonly 'node:fs/promises': typeof fs
  readonly 'node:os': typeof os
  readonly 'node:path': typeof path
}

/**
 * A module of Node, reached at the call: a package that imports it can be loaded and bundled where there is none.
 *
 * @throws AnthropicAuthError `unsupported_runtime` where there is none
 */
export function nodeBuiltin<Id extends keyof NodeBuiltins>(id: Id): NodeBuiltins[Id] {
  const { process } = globalThis as Partial<typeof globalThis>
  if (typeof process?.getBuiltinModule === 'function') return process.getBuiltinModule(id)
  throw new AnthropicAuthError('unsupported_runtime', 'This runtime has no files', {
    hint: 'Use Node 22.3 or later, Deno or Bun; elsewhere, keep tokens in a TokenStore of your own.',
  })
}
