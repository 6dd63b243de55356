import { defineConfig } from 'tsup'
import { tsupOptions } from '../../scripts/build/tsup-options.ts'

export default defineConfig({
  ...tsupOptions,
  entry: {
    index: 'src/index.ts',
    'file-lock': 'src/lock/file-lock.ts',
    'token-file': 'src/token-file.ts',
    internal: 'src/internal.ts',
  },
  dts: true,
})
