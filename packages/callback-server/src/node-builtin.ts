import type * as crypto from 'node:crypto'
import type * as http from 'node:http'
import { requireNodeBuiltin } from '@anthropic-auth/core/internal'

interface NodeBuiltins {
  readonly 'node:crypto': typeof crypto
  readonly 'node:http': typeof http
}

const NO_SERVER = {
  message: "This runtime can't listen on a port",
  hint: 'Use Node 22.3 or later, Deno or Bun. In other runtimes, let the user copy the code from the code page, the default redirectUri.',
}

/** @throws AnthropicAuthError `unsupported_runtime` */
export function nodeBuiltin<Id extends keyof NodeBuiltins>(id: Id): NodeBuiltins[Id] {
  return requireNodeBuiltin<NodeBuiltins, Id>(id, NO_SERVER)
}
