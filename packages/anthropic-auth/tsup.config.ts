import { defineConfig } from 'tsup'

export default defineConfig({
  entry: ['src/index.ts', 'src/profile-store.ts', 'src/file-lock.ts'],
  format: ['esm'],
  target: 'es2022',
  dts: true,
  clean: true,
  sourcemap: true,
})
