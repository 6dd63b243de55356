import { isBuiltin } from 'node:module'
import type { Plugin } from 'rolldown'

const IMPORT =
  /^import (?:(?<default>[\w$]+)|\* as (?<namespace>[\w$]+)|\{(?<names>[^}]*)\}) from "(?<module>[^"]+)";$/gm

/** Modules that take long to load, and that most commands don't need. They are loaded when they are used. */
const SLOW: ReadonlySet<string> = new Set(['node:child_process', 'node:crypto'])

/**
 * Makes a build get Node's modules by `process.getBuiltinModule()`. An `import` reads every member of such a module, and
 * some of those load half of Node.
 */
export function builtinModules(): Plugin {
  return {
    name: 'builtin-modules',
    renderChunk(code) {
      // Each statement stays on its line, so the source map stays true.
      return { code: withoutBuiltinImports(code), map: null }
    },
    generateBundle(_options, bundle) {
      for (const chunk of Object.values(bundle)) {
        if (chunk.type === 'chunk' && /\bimport\b[^;]{0,200}["'`]node:/.test(chunk.code)) {
          this.error(`${chunk.fileName} still imports a module of Node: see builtin-modules.ts`)
        }
      }
    },
  }
}

/** Replaces each `import` of a module of Node in the unminified code of a chunk. */
export function withoutBuiltinImports(code: string): string {
  return code.replaceAll(IMPORT, (statement: string, ...rest: unknown[]) => {
    const groups = rest.at(-1) as Readonly<Record<string, string | undefined>>
    const { default: defaultName, namespace = defaultName, names = '', module = '' } = groups
    if (!isBuiltin(module)) return statement
    return namespace === undefined ? named(module, names) : `const ${namespace} = ${whole(module)};`
  })
}

function named(module: string, names: string): string {
  if (!SLOW.has(module)) return `const {${names.replaceAll(' as ', ': ')}} = ${builtin(module)};`
  return names
    .split(',')
    .map((each) => each.trim().split(' as '))
    .map(([name = '', local = name]) => `const ${local} = ${lateCall(module, name)};`)
    .join(' ')
}

/** @throws Error for anything but a plain function: its value is needed at once, and a class is not called */
function lateCall(module: string, name: string): string {
  const members = process.getBuiltinModule(module) as Readonly<Record<string, unknown>> | undefined
  if (typeof members?.[name] !== 'function' || /^[A-Z]/.test(name)) {
    throw new Error(`${name} of ${module} is not a plain function, so it can't be loaded late`)
  }
  return `(...args) => ${builtin(module)}.${name}(...args)`
}

function whole(module: string): string {
  if (!SLOW.has(module)) return builtin(module)
  return `new Proxy({}, { get: (_, key) => ${builtin(module)}[key] })`
}

function builtin(module: string): string {
  return `process.getBuiltinModule("${module}")`
}
