import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts'],
  format: ['esm'],
  target: 'es2022',
  // The declarations use AsyncDisposable, which consumers without @types/node may not have.
  dts: { banner: '/// <reference lib="esnext.disposable" />' },
  clean: true,
  // Without this, tsup removes the prefix `node:`, which other runtimes need.
  removeNodeProtocol: false,
  sourcemap: true,
  esbuildOptions: (options) => {
    options.sourcesContent = false
  },
})
