import { AnthropicAuthError } from './error/error.ts'

/** A global scope that may be Node's. `Modules` maps ids to the types of modules. */
interface Scope<Modules> {
  readonly process?: {
    readonly getBuiltinModule?: <Id extends keyof Modules>(id: Id) => Modules[Id] | undefined
  }
}

/**
 * Finds a module of Node at run time. An import would keep a package from loading in browsers, and from being bundled
 * for them.
 */
export function findNodeBuiltin<Modules, Id extends keyof Modules>(id: Id): Modules[Id] | undefined {
  // oxlint-disable-next-line no-unsafe-type-assertion -- core is compiled without the types of Node
  const { process } = globalThis as Scope<Modules>
  // A runtime may have the function but not the module.
  return process?.getBuiltinModule?.(id)
}

/**
 * Finds a module of Node that a function can't do without.
 *
 * @throws AnthropicAuthError `unsupported_runtime`, with this message and hint, if the runtime lacks the module
 */
export function requireNodeBuiltin<Modules, Id extends keyof Modules>(
  id: Id,
  { message, hint }: { readonly message: string; readonly hint: string },
): Modules[Id] {
  const found = findNodeBuiltin<Modules, Id>(id)
  if (found !== undefined) return found
  throw new AnthropicAuthError('unsupported_runtime', message, { hint })
}
