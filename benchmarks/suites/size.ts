import { brotliCompressSync } from 'node:zlib'
import { build, type Metafile } from 'esbuild'
import { atMost, exactly, noTarget, type Result } from '../result.ts'

const LOGIN = "export { OAuthClient, parseAuthorizationResponse } from '@anthropic-auth/core'"
const PROVIDER = "export { createTokenProvider } from '@anthropic-auth/core'"

/** Minified and compressed by brotli, for a browser. */
export async function run(): Promise<readonly Result[]> {
  const [pkce, login, provider, core, ky, peer] = await Promise.all([
    chunksOf("export * from '@anthropic-auth/pkce'", { splitting: false }),
    chunksOf(LOGIN, { splitting: true }),
    chunksOf(PROVIDER, { splitting: true }),
    chunksOf("export * from '@anthropic-auth/core'", { splitting: false }),
    chunksOf("export { default } from 'ky'", { splitting: false }),
    chunksOf("export * from 'openid-client'", { splitting: false }),
  ])
  return [
    line('pkce', sizeOf(pkce), { target: 2.5 }),
    line('startFlow and parsing, first load', firstSizeOf(login), { target: 9 }),
    line('a token provider, first load', firstSizeOf(provider)),
    line('core with pkce and ky, everything', sizeOf(core), {
      target: 21,
      peer: `ky alone ${sizeText(sizeOf(ky))}, openid-client ${sizeText(sizeOf(peer))}`,
    }),
  ]
}

interface Chunk {
  /** Whether a page loads it before anything runs. */
  readonly isFirst: boolean
  readonly size: number
}

async function chunksOf(
  contents: string,
  { splitting }: { readonly splitting: boolean },
): Promise<readonly Chunk[]> {
  const { outputFiles, metafile } = await build({
    stdin: { contents, resolveDir: import.meta.dirname, sourcefile: 'page.js' },
    absWorkingDir: import.meta.dirname,
    bundle: true,
    splitting,
    minify: true,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    outdir: 'page',
    write: false,
  })
  const first = firstChunks(metafile.outputs)
  return outputFiles.map(({ path, contents: code }) => ({
    isFirst: [...first].some((chunk) => path.endsWith(chunk)),
    size: brotliCompressSync(code).length,
  }))
}

/** The page and everything that it imports with a statement. */
function firstChunks(outputs: Metafile['outputs']): ReadonlySet<string> {
  const found = new Set(Object.keys(outputs).filter((path) => outputs[path]?.entryPoint === 'page.js'))
  for (const path of found) {
    for (const { path: imported, kind } of outputs[path]?.imports ?? []) {
      if (kind === 'import-statement') found.add(imported)
    }
  }
  return found
}

function firstSizeOf(chunks: readonly Chunk[]): number {
  return sizeOf(chunks.filter(({ isFirst }) => isFirst))
}

/** Returns the size in kB. */
function sizeOf(chunks: readonly Chunk[]): number {
  if (chunks.length === 0) throw new Error('esbuild wrote no chunk')
  return chunks.reduce((sum, { size }) => sum + size, 0) / 1000
}

function sizeText(kilobytes: number): string {
  return `${kilobytes.toFixed(2)} kB`
}

function line(
  work: string,
  kilobytes: number,
  { target, peer = '–' }: { readonly target?: number; readonly peer?: string } = {},
): Result {
  const ours = sizeText(kilobytes)
  const judgement =
    target === undefined ? noTarget(exactly(kilobytes), 'kB') : atMost(kilobytes, target, 'kB')
  return { row: 8, work, ours, peer, ...judgement }
}
