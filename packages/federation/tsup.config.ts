import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts'],
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
