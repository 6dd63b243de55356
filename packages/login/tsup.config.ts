import { defineConfig } from 'tsup'
import { tsupOptions } from '../../scripts/build/tsup-options.ts'

export default defineConfig({
  ...tsupOptions,
  entry: ['src/index.ts', 'src/internal.ts'],
  dts: true,
})
