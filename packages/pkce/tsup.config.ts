import { defineConfig } from 'tsup'
import { inlinedLicensesOfTsup } from '../../scripts/build/inlined-licenses-of-tsup.ts'
import { tsupOptions } from '../../scripts/build/tsup-options.ts'

export default defineConfig({
  ...tsupOptions,
  // Each branch of "#crypto" is a file of its own, so that the runtime or the user's bundler chooses.
  entry: ['src/index.ts', 'src/internal.ts', 'src/crypto-node.ts', 'src/crypto-portable.ts'],
  external: [/^#/],
  dts: { entry: ['src/index.ts', 'src/internal.ts'] },
  splitting: false,
  treeshake: true,
  // The build inlines SHA-256 of @noble/hashes.
  esbuildPlugins: [inlinedLicensesOfTsup],
})
