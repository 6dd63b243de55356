import { defineConfig } from 'tsup'

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    'token-store': 'src/token-store.ts',
    bin: 'src/bin.ts',
    'store-process-entry': 'src/token-store-check/store-process-entry.ts',
  },
  format: ['esm'],
  target: 'es2022',
  // The declarations use AsyncDisposable, which consumers without @types/node may not have.
  dts: {
    entry: { index: 'src/index.ts', 'token-store': 'src/token-store.ts' },
    banner: '/// <reference lib="esnext.disposable" />',
  },
  clean: true,
  // Without this, tsup removes the prefix `node:`, which other runtimes need.
  removeNodeProtocol: false,
  sourcemap: true,
  esbuildOptions: (options) => {
    options.sourcesContent = false
  },
})
