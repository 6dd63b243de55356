import { defineConfig } from 'tsup'

const entry = ['src/index.ts', 'src/profile-store.ts', 'src/file-lock.ts', 'src/token-file.ts']

/** Only the declarations: rolldown builds the code. */
export default defineConfig({
  entry,
  format: ['esm'],
  // The declarations use AsyncDisposable, which consumers without @types/node may not have.
  dts: { entry, only: true, banner: '/// <reference lib="esnext.disposable" />' },
})
