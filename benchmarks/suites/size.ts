import { brotliCompressSync } from 'node:zlib'
import { build, type Metafile } from 'esbuild'
import { atMost, type Result } from '../result.ts'

const LOGIN = "export { OAuthClient, parseAuthorizationResponse } from '@anthropic-auth/core'"

/** Minified and compressed by brotli, for a browser. */
export async function run(): Promise<readonly Result[]> {
  const [pkce, login, core] = await Promise.all([
    chunksOf("export * from '@anthropic-auth/pkce'", { splitting: false }),
    chunksOf(LOGIN, { splitting: true }),
    chunksOf("export * from '@anthropic-auth/core'", { splitting: false }),
  ])
  return [
    line('pkce', pkce, 2.5),
    line(
      'startFlow and parsing, first load',
      login.filter(({ isFirst }) => isFirst),
      9,
    ),
    line('core with pkce and ky, everything', core, 21),
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

function line(work: string, chunks: readonly Chunk[], target: number): Result {
  if (chunks.length === 0) throw new Error('esbuild wrote no chunk')
  const kilobytes = chunks.reduce((sum, { size }) => sum + size, 0) / 1000
  const judgement = atMost(kilobytes, target, 'kB')
  return { row: 8, work, ours: `${kilobytes.toFixed(2)} kB`, peer: '–', ...judgement }
}
