import { defineConfig } from 'tsup'

export default defineConfig({
  // The branch of "#open" for browsers is a file of its own, so that the user's bundler chooses.
  entry: ['src/index.ts', 'src/absent-open.ts'],
  external: [/^#/],
  format: ['esm'],
  target: 'es2022',
  dts: { entry: 'src/index.ts' },
  clean: true,
  splitting: false,
  // Without this, tsup removes the prefix `node:`, which other runtimes need.
  removeNodeProtocol: false,
  sourcemap: true,
  esbuildOptions: (options) => {
    options.sourcesContent = false
  },
})
