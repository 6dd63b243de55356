import type * as fs from 'node:fs/promises'
import type * as os from 'node:os'
import type * as path from 'node:path'
import { requireNodeBuiltin } from '@anthropic-auth/core/internal'

interface NodeBuiltins {
  readonly 'node:fs/promises': typeof fs
  readonly 'node:os': typeof os
  readonly 'node:path': typeof path
}

const NO_FILES = {
  message: 'This runtime has no files',
  hint: 'Use Node 22.3 or later, Deno or Bun. In other runtimes, write your own TokenStore.',
}

/** @throws AnthropicAuthError `unsupported_runtime` */
export function nodeBuiltin<Id extends keyof NodeBuiltins>(id: Id): NodeBuiltins[Id] {
  return requireNodeBuiltin<NodeBuiltins, Id>(id, NO_FILES)
}
