import { defineConfig } from 'tsup'
import { DISPOSABLE_BANNER } from '../../scripts/build/tsup-options.ts'

const entry = ['src/index.ts', 'src/profile-store.ts', 'src/file-lock.ts', 'src/token-file.ts']

/** Only the declarations: rolldown builds the code. */
export default defineConfig({
  entry,
  format: ['esm'],
  dts: { entry, only: true, banner: DISPOSABLE_BANNER },
})
