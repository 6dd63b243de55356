import type * as crypto from 'node:crypto'
import type * as http from 'node:http'
import { AnthropicAuthError } from '@anthropic-auth/core'

interface NodeBuiltins {
  readonly 'node:crypto': typeof crypto
  readonly 'node:http': typeof http
}

/**
 * A module of Node, reached at the call: a package that imports it can be loaded and bundled where there is none.
 *
 * @throws AnthropicAuthError `unsupported_runtime` where there is none
 */
export function nodeBuiltin<Id extends keyof NodeBuiltins>(id: Id): NodeBuiltins[Id] {
  const { process } = globalThis as Partial<typeof globalThis>
  // A runtime may know the function and not the module, whatever the types of Node say.
  const builtin: NodeBuiltins[Id] | undefined = process?.getBuiltinModule?.(id)
  if (builtin !== undefined) return builtin
  throw new AnthropicAuthError('unsupported_runtime', "This runtime can't listen on a port", {
    hint: 'Use Node 22.3 or later, Deno or Bun. In other runtimes, let the user copy the code from the code page, the default redirectUri.',
  })
}
