import { readFileSync, writeFileSync } from 'node:fs'
import type { Options } from 'tsup'
import { lineMap } from './line-maps.ts'

type Plugin = NonNullable<Options['plugins']>[number]

/** Shortens the source maps, as `lineMaps()` does for rolldown. */
const lineMaps: Plugin = {
  name: 'line-maps',
  buildEnd({ writtenFiles }) {
    for (const { name } of writtenFiles) {
      if (name.endsWith('.map')) writeFileSync(name, lineMap(readFileSync(name, 'utf8')))
    }
  },
}

/** The options of every package that tsup builds. */
export const tsupOptions: Options = {
  format: ['esm'],
  target: 'es2022',
  clean: true,
  // Without this, tsup removes the prefix `node:`, which other runtimes need.
  removeNodeProtocol: false,
  sourcemap: true,
  plugins: [lineMaps],
  esbuildOptions: (options) => {
    options.sourcesContent = false
  },
}

/** For declarations that use AsyncDisposable or Symbol.dispose, which consumers without @types/node may not have. */
export const DISPOSABLE_BANNER = '/// <reference lib="esnext.disposable" />'
