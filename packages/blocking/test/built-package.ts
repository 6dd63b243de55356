import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { build } from 'tsup'
import { onTestFinished } from 'vitest'

const root = fileURLToPath(new URL('..', import.meta.url))
const tsup = fileURLToPath(new URL('../../../node_modules/tsup/dist/cli-default.js', import.meta.url))

/**
 * Builds the package for publishing, bundles it and core into the program of a user, and returns the path of the bundle.
 * No other file is beside it.
 */
export async function bundleProgram(code: string, platform: 'node' | 'browser'): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'anthropic-auth-bundle-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const packageFolder = join(folder, 'node_modules/@anthropic-auth/blocking')
  await promisify(execFile)(process.execPath, [tsup, '--no-dts', '--out-dir', packageFolder], { cwd: root })
  const entry = join(folder, 'program.js')
  writeFileSync(entry, code)
  const outDir = mkdtempSync(join(tmpdir(), 'anthropic-auth-program-'))
  onTestFinished(() => rmSync(outDir, { recursive: true, force: true }))
  await build({
    config: false,
    silent: true,
    entry: [entry],
    outDir,
    format: ['esm'],
    platform,
    minify: true,
    splitting: false,
    noExternal: [/./],
    removeNodeProtocol: false,
    esbuildOptions: (options) => {
      options.conditions = ['@anthropic-auth/source']
      // Core and its dependencies are found from here.
      options.nodePaths = [join(root, 'node_modules')]
    },
  })
  rmSync(folder, { recursive: true, force: true })
  return join(outDir, 'program.js')
}
