import { mkdirSync, writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { defineConfig, type Options } from 'tsup'
import { LICENSES_FILE, licensesOf } from '../../scripts/build/inlined-licenses.ts'
import { DISPOSABLE_BANNER, tsupOptions } from '../../scripts/build/tsup-options.ts'

type Plugin = NonNullable<Options['esbuildPlugins']>[number]

/**
 * Bundles the worker with core and its dependencies, and replaces `src/worker-entry.ts` by the bundle as a string. The
 * dependencies' licenses go into a file, since the string has none.
 */
const embedWorker: Plugin = {
  name: 'embed-worker',
  setup(build) {
    build.onLoad({ filter: /[\\/]worker-entry\.ts$/ }, async () => {
      const { outputFiles, metafile } = await build.esbuild.build({
        entryPoints: [fileURLToPath(new URL('src/worker.ts', import.meta.url))],
        bundle: true,
        minify: true,
        format: 'iife',
        platform: 'node',
        target: 'es2022',
        conditions: ['@anthropic-auth/source'],
        plugins: [builtinModules],
        metafile: true,
        write: false,
      })
      const [{ text } = { text: '' }] = outputFiles
      const modules = Object.keys(metafile.inputs)
      mkdirSync('dist', { recursive: true })
      writeFileSync(`dist/${LICENSES_FILE}`, licensesOf(modules.map((module) => resolve(module))))
      const contents = `export const workerEntry = () => ({ source: ${JSON.stringify(text)}, options: { eval: true } })`
      return { contents, watchFiles: modules }
    })
  },
}

/** Loads Node's modules without `import` or `require`: some runtimes run the string as a script, others as a module. */
const builtinModules: Plugin = {
  name: 'builtin-modules',
  setup(build) {
    build.onResolve({ filter: /^node:/ }, ({ path }) => ({ path, namespace: 'builtin' }))
    build.onLoad({ filter: /.*/, namespace: 'builtin' }, ({ path }) => ({
      contents: `module.exports = process.getBuiltinModule(${JSON.stringify(path)})`,
    }))
  },
}

export default defineConfig({
  ...tsupOptions,
  entry: ['src/index.ts'],
  dts: { banner: DISPOSABLE_BANNER },
  esbuildPlugins: [embedWorker],
})
