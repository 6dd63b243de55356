import type { OutputBundle, OutputChunk, Plugin } from 'rolldown'

/** Sizes in bytes. */
export interface SizeLimits {
  /** The code that is loaded at the start: the entry and its imports, except those with `import()`. */
  readonly start: number
  /** All files. */
  readonly total: number
}

/** Fails a build that is larger than its limits. */
export function bundleSize(limits: SizeLimits): Plugin {
  return {
    name: 'bundle-size',
    generateBundle(_options, bundle) {
      const problems = sizeProblems(sizesOf(bundle), limits)
      if (problems.length > 0) this.error(problems.join('\n'))
    },
  }
}

/** Compares sizes with their limits. */
export function sizeProblems(sizes: SizeLimits, limits: SizeLimits): string[] {
  return (['start', 'total'] as const)
    .filter((name) => sizes[name] > limits[name])
    .map(
      (name) =>
        `${name}: ${sizes[name]} bytes are more than the limit of ${limits[name]} in rolldown.config.ts. Load less, or decide on a new limit.`,
    )
}

/** Measures a bundle. */
function sizesOf(bundle: OutputBundle): SizeLimits {
  const files = Object.values(bundle)
  const chunks = files.filter((file) => file.type === 'chunk')
  const entry = chunks.find((chunk) => chunk.isEntry)
  const loaded = new Set<OutputChunk>()
  if (entry) addImports(entry, chunks, loaded)
  const contents = files.map((file) => (file.type === 'chunk' ? file.code : file.source))
  return { start: sum([...loaded].map(({ code }) => code)), total: sum(contents) }
}

function addImports(chunk: OutputChunk, chunks: readonly OutputChunk[], loaded: Set<OutputChunk>): void {
  if (loaded.has(chunk)) return
  loaded.add(chunk)
  for (const each of chunks) {
    if (chunk.imports.includes(each.fileName)) addImports(each, chunks, loaded)
  }
}

function sum(contents: readonly (string | Uint8Array)[]): number {
  return contents.reduce((total, content) => total + Buffer.byteLength(content), 0)
}
