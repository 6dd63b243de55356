import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts', 'src/profile-store.ts', 'src/file-lock.ts', 'src/token-file.ts'],
  format: ['esm'],
  target: 'es2022',
  // For consumers without @types/node: the declarations name AsyncDisposable.
  dts: {
    entry: ['src/index.ts', 'src/profile-store.ts', 'src/file-lock.ts', 'src/token-file.ts'],
    banner: '/// <reference lib="esnext.disposable" />',
  },
  clean: true,
  // Else tsup takes `node:` off the names of Node's modules, by which other runtimes know them.
  removeNodeProtocol: false,
  sourcemap: true,
  esbuildOptions: (options) => {
    options.sourcesContent = false
  },
})
