import { join } from 'node:path'
import { build, type BuildOptions } from 'esbuild'

export interface Bundle {
  readonly code: string
  /** The bundled files. */
  readonly inputs: readonly string[]
}

/** Bundles a file of the project and its imports. */
export async function bundle(project: string, entry: string, options: BuildOptions): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    ...options,
    entryPoints: [join(project, entry)],
    bundle: true,
    format: 'esm',
    metafile: true,
    write: false,
  })
  return { code: outputFiles.map(({ text }) => text).join(''), inputs: Object.keys(metafile.inputs) }
}

/** A bundle for the browser must contain no module of Node. A bundle for Node must load one at its first use only. */
export async function bundleProblems(project: string, platform: 'browser' | 'node'): Promise<string[]> {
  const { code, inputs } = await bundle(project, 'node_modules/@anthropic-auth/pkce/dist/index.js', {
    platform,
  })
  const unwanted = platform === 'browser' ? /node:|crypto-node/ : /(?:from|import|require\()\s*['"]node:/
  return [code, ...inputs].flatMap((text) => unwanted.exec(text)?.[0] ?? [])
}
