import { defineConfig } from 'tsup'
import { tsupOptions } from '../../scripts/build/tsup-options.ts'

export default defineConfig({
  ...tsupOptions,
  // The branch of "#open" for browsers is a file of its own, so that the user's bundler chooses.
  entry: ['src/index.ts', 'src/absent-open.ts'],
  external: [/^#/],
  dts: { entry: 'src/index.ts' },
  splitting: false,
})
