import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

interface Bundler {
  build(options: Readonly<Record<string, unknown>>): Promise<{ outputFiles: readonly { text: string }[] }>
}

interface Manifest {
  readonly imports: { readonly '#open': { readonly '@anthropic-auth/source': object } }
  readonly publishConfig: { readonly imports: { readonly '#open': object } }
}

describe('@anthropic-auth/browser', () => {
  it('does nothing when it is imported, and needs no Node module for the import', () => {
    const args = [
      '--conditions=@anthropic-auth/source',
      fileURLToPath(new URL('../test/import-process.ts', import.meta.url)),
    ]
    expect(execFileSync(process.execPath, args, { encoding: 'utf8', stdio: 'pipe' })).toBe(
      'false\nunsupported_runtime\nunsupported_runtime\nlaunched https://claude.ai/\n',
    )
  })

  it('is bundled without Node modules for browsers and workers, and completely for Node', async () => {
    const fromTsup = createRequire(createRequire(import.meta.url).resolve('tsup'))
    const { build } = fromTsup('esbuild') as Bundler
    const bundle = async (platform: string, conditions: readonly string[]): Promise<string> => {
      const { outputFiles } = await build({
        entryPoints: [fileURLToPath(new URL('index.ts', import.meta.url))],
        conditions: ['@anthropic-auth/source', ...conditions],
        platform,
        bundle: true,
        write: false,
        format: 'esm',
        logLevel: 'silent',
      })
      return outputFiles.map(({ text }) => text).join('')
    }
    for (const condition of ['browser', 'workerd', 'edge-light']) {
      expect(await bundle('neutral', [condition])).not.toMatch(/powershell-utils|from ["']node:/)
    }
    expect(await bundle('browser', [])).not.toMatch(/powershell-utils|from ["']node:/)
    expect(await bundle('node', [])).toContain('powershell-utils')
  })

  it('is published with the same conditions as in the source', () => {
    const { imports, publishConfig } = JSON.parse(
      readFileSync(fileURLToPath(new URL('../package.json', import.meta.url)), 'utf8'),
    ) as Manifest
    const { '@anthropic-auth/source': source, ...built } = imports['#open']
    expect(Object.keys(source)).toEqual(Object.keys(built))
    expect(Object.entries(publishConfig.imports['#open'])).toEqual(Object.entries(built))
  })
})
