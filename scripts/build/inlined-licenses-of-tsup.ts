import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Options } from 'tsup'
import { LICENSES_FILE, licensesOf } from './inlined-licenses.ts'

type Plugin = NonNullable<Options['esbuildPlugins']>[number]

/** Does the same as `inlinedLicenses()` for the builds of tsup. */
export const inlinedLicensesOfTsup: Plugin = {
  name: 'inlined-licenses',
  setup(build) {
    const { initialOptions } = build
    const { outdir = 'dist' } = initialOptions
    initialOptions.metafile = true
    build.onEnd(({ metafile }) => {
      const outputs = Object.values(metafile?.outputs ?? {})
      const modules = outputs.flatMap(({ inputs }) => Object.keys(inputs))
      mkdirSync(outdir, { recursive: true })
      writeFileSync(join(outdir, LICENSES_FILE), licensesOf(modules.map((module) => resolve(module))))
    })
  },
}
