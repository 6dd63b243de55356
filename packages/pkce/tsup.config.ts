import { defineConfig } from 'tsup'
import { inlinedLicensesOfTsup } from '../../scripts/build/inlined-licenses-of-tsup.ts'

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
  // The build inlines SHA-256 of @noble/hashes.
  esbuildPlugins: [inlinedLicensesOfTsup],
  esbuildOptions: (options) => {
    options.sourcesContent = false
  },
})
