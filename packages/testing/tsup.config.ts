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
  // For consumers without @types/node: the declarations name AsyncDisposable.
  dts: {
    entry: { index: 'src/index.ts', 'token-store': 'src/token-store.ts' },
    banner: '/// <reference lib="esnext.disposable" />',
  },
  clean: true,
  // Otherwise tsup strips `node:` from the names of Node's modules, and other runtimes don't find them.
  removeNodeProtocol: false,
  sourcemap: true,
  esbuildOptions: (options) => {
    options.sourcesContent = false
  },
})
