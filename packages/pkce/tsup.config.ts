import { defineConfig } from 'tsup'

export default defineConfig({
  // Each branch of "#crypto" is a file of its own, so that the installing runtime or bundler chooses, not this build.
  entry: ['src/index.ts', 'src/internal.ts', 'src/crypto-node.ts', 'src/crypto-portable.ts'],
  external: [/^#/],
  format: ['esm'],
  target: 'es2022',
  dts: { entry: ['src/index.ts', 'src/internal.ts'] },
  clean: true,
  sourcemap: true,
  splitting: false,
  // Workers and Deno know `crypto` by its full name only.
  removeNodeProtocol: false,
})
