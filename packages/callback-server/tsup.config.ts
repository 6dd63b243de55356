import { defineConfig } from 'tsup'
import { DISPOSABLE_BANNER, tsupOptions } from '../../scripts/build/tsup-options.ts'

export default defineConfig({
  ...tsupOptions,
  entry: ['src/index.ts'],
  dts: { banner: DISPOSABLE_BANNER },
})
