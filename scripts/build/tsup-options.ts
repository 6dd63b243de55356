import type { Options } from 'tsup'

/** The options of every package that tsup builds. */
export const tsupOptions: Options = {
  format: ['esm'],
  target: 'es2022',
  clean: true,
  // Without this, tsup removes the prefix `node:`, which other runtimes need.
  removeNodeProtocol: false,
  sourcemap: true,
  esbuildOptions: (options) => {
    options.sourcesContent = false
  },
}

/** For declarations that use AsyncDisposable or Symbol.dispose, which consumers without @types/node may not have. */
export const DISPOSABLE_BANNER = '/// <reference lib="esnext.disposable" />'
