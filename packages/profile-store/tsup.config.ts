import { defineConfig } from 'tsup'

export default defineConfig({
  entry: {
    index: 'src/index.ts',
    'file-lock': 'src/lock/file-lock.ts',
    'token-file': 'src/token-file.ts',
    internal: 'src/internal.ts',
  },
  format: ['esm'],
  target: 'es2022',
  dts: true,
  clean: true,
  // Else tsup takes `node:` off the names of Node's modules, by which other runtimes know them.
  removeNodeProtocol: false,
  sourcemap: true,
  esbuildOptions: (options) => {
    options.sourcesContent = false
  },
})
