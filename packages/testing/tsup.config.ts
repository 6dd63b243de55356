import { defineConfig } from 'tsup'
import { DISPOSABLE_BANNER, tsupOptions } from '../../scripts/build/tsup-options.ts'

export default defineConfig({
  ...tsupOptions,
  entry: {
    index: 'src/index.ts',
    'token-store': 'src/token-store.ts',
    bin: 'src/bin.ts',
    'store-process-entry': 'src/token-store-check/store-process-entry.ts',
  },
  dts: {
    entry: { index: 'src/index.ts', 'token-store': 'src/token-store.ts' },
    banner: DISPOSABLE_BANNER,
  },
})
