import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts', 'src/internal.ts'],
  format: ['esm'],
  target: 'es2022',
  dts: true,
  clean: true,
  // Without this, tsup removes the prefix `node:`, which other runtimes need.
  removeNodeProtocol: false,
  sourcemap: true,
  esbuildOptions: (options) => {
    options.sourcesContent = false
  },
})
