import type { Plugin } from 'rolldown'

/** The files that a file imports when it is loaded. */
type Imports = ReadonlyMap<string, readonly string[]>

/** Fails a build in which chunks import each other: one of them would use a constant of the other before it is set. */
export function chunkCycles(): Plugin {
  return {
    name: 'chunk-cycles',
    generateBundle(_options, bundle) {
      const chunks = Object.values(bundle).filter((file) => file.type === 'chunk')
      const cycle = findCycle(new Map(chunks.map(({ fileName, imports }) => [fileName, imports])))
      if (cycle !== null) this.error(`${cycle.join(' imports ')}: change the groups in rolldown.config.ts`)
    },
  }
}

/** Returns the files of a cycle, which begins and ends with the same one; `null` if there is none. */
export function findCycle(imports: Imports): string[] | null {
  const finished = new Set<string>()
  for (const file of imports.keys()) {
    const cycle = cycleFrom([file], imports, finished)
    if (cycle !== null) return cycle
  }
  return null
}

function cycleFrom(path: readonly string[], imports: Imports, finished: Set<string>): string[] | null {
  const file = path.at(-1) ?? ''
  const start = path.indexOf(file)
  if (start < path.length - 1) return path.slice(start)
  if (finished.has(file)) return null
  for (const next of imports.get(file) ?? []) {
    const cycle = cycleFrom([...path, next], imports, finished)
    if (cycle !== null) return cycle
  }
  finished.add(file)
  return null
}
