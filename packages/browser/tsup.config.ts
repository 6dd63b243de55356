import { defineConfig } from 'tsup'

export default defineConfig({
  // What "#open" is in a browser is a file of its own, so that the installing bundler chooses, not this build.
  entry: ['src/index.ts', 'src/absent-open.ts'],
  external: [/^#/],
  format: ['esm'],
  target: 'es2022',
  dts: { entry: 'src/index.ts' },
  clean: true,
  splitting: false,
  // Else tsup takes `node:` off the names of Node's modules, by which other runtimes know them.
  removeNodeProtocol: false,
  sourcemap: true,
})
