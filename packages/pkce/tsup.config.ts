import { copyFileSync } from 'node:fs'
import { defineConfig } from 'tsup'

export default defineConfig({
  // Each branch of "#crypto" is a file of its own, so that the runtime or the user's bundler chooses.
  entry: ['src/index.ts', 'src/internal.ts', 'src/crypto-node.ts', 'src/crypto-portable.ts'],
  external: [/^#/],
  format: ['esm'],
  target: 'es2022',
  dts: { entry: ['src/index.ts', 'src/internal.ts'] },
  clean: true,
  sourcemap: true,
  splitting: false,
  treeshake: true,
  // Workers and Deno need the prefix of `node:crypto`.
  removeNodeProtocol: false,
  esbuildOptions: (options) => {
    options.sourcesContent = false
  },
  // The build inlines SHA-256 of @noble/hashes into crypto-portable.js; its license requires this copy.
  onSuccess: async () => {
    copyFileSync('node_modules/@noble/hashes/LICENSE', 'dist/crypto-portable.LICENSE')
  },
})
