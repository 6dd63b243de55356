import { brotliCompressSync } from 'node:zlib'
import { build } from 'esbuild'
import { atMost, type Result } from '../result.ts'

const BUNDLES = [
  { work: 'pkce', contents: "export * from '@anthropic-auth/pkce'", external: [], target: 2.5 },
  {
    work: 'startFlow and parsing, without ky',
    contents: "export { OAuthClient, parseAuthorizationResponse } from '@anthropic-auth/core'",
    external: ['ky'],
    target: 8,
  },
  {
    work: 'core with pkce and ky',
    contents: "export * from '@anthropic-auth/core'",
    external: [],
    target: 17,
  },
]

/** Minified and compressed by brotli, for a browser. */
export async function run(): Promise<readonly Result[]> {
  return Promise.all(
    BUNDLES.map(async ({ work, contents, external, target }) => {
      const { outputFiles } = await build({
        stdin: { contents, resolveDir: import.meta.dirname },
        bundle: true,
        minify: true,
        format: 'esm',
        platform: 'browser',
        target: 'es2022',
        external,
        write: false,
      })
      const kilobytes = brotliCompressSync(outputFiles[0]?.contents ?? '').length / 1000
      return {
        row: 8,
        work,
        ours: `${kilobytes.toFixed(2)} kB`,
        peer: '–',
        ...atMost(kilobytes, target, 'kB'),
      }
    }),
  )
}
