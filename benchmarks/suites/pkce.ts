import { createHash, hash, randomFillSync } from 'node:crypto'
import { generatePkce } from '@anthropic-auth/pkce'
import { generatePKCE } from '@openauthjs/openauth/pkce'
import { build } from 'esbuild'
import * as oauth4webapi from 'oauth4webapi'
import * as openidClient from 'openid-client'
import pkceChallenge from 'pkce-challenge'
import { compare, type Length, way, type Way } from '../comparison.ts'
import { atLeast, noTarget, ratio, type Result, time } from '../result.ts'

export async function run(length: Length): Promise<readonly Result[]> {
  const generateInBrowsers = await portable()
  const { ours, inBrowsers, nodeAlone, ...peers } = await compare(
    {
      ours: way(generatePkce, ({ verifier, challenge }) => isPair(verifier, challenge)),
      inBrowsers: way(generateInBrowsers, ({ verifier, challenge }) => isPair(verifier, challenge)),
      nodeAlone: randomBytesAndHash(32),
      'pkce-challenge': way(
        () => pkceChallenge(),
        (pair) => isPair(pair.code_verifier, pair.code_challenge),
      ),
      oauth4webapi: way(
        async () => {
          const verifier = oauth4webapi.generateRandomCodeVerifier()
          return [verifier, await oauth4webapi.calculatePKCECodeChallenge(verifier)] as const
        },
        (pair) => isPair(...pair),
      ),
      'openid-client': way(
        async () => {
          const verifier = openidClient.randomPKCECodeVerifier()
          return [verifier, await openidClient.calculatePKCECodeChallenge(verifier)] as const
        },
        (pair) => isPair(...pair),
      ),
      openauth: way(
        () => generatePKCE(),
        ({ verifier, challenge }) => isPair(verifier, challenge),
      ),
    },
    length,
  )
  const [name, fastest] = Object.entries(peers).reduce((a, b) => (a[1].median <= b[1].median ? a : b))
  const line = (work: string, sample: typeof ours, target: number): Result => ({
    row: 1,
    work: `generatePkce(), ${work}`,
    ours: time(sample),
    peer: `${name} ${time(fastest)}`,
    ...atLeast(ratio(fastest, sample), target),
  })
  return [
    line('Node', ours, 25),
    {
      row: 1,
      work: 'generatePkce(), Node',
      ours: time(ours),
      peer: `node:crypto alone ${time(nodeAlone)}`,
      ...noTarget(ratio(ours, nodeAlone)),
    },
    line('portable', inBrowsers, 14),
  ]
}

/** The two calls of `node:crypto` that no way can do without: the limit of what can be gained. */
export function randomBytesAndHash(byteLength: number): Way {
  const bytes = new Uint8Array(byteLength)
  return way(
    () => {
      randomFillSync(bytes)
      return hash('sha256', 'dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk', 'base64url')
    },
    (challenge) => challenge === 'E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM' && bytes.some(Boolean),
  )
}

function isPair(verifier: string, challenge: string): boolean {
  return challenge === createHash('sha256').update(verifier).digest('base64url')
}

/** The portable branch, which bundlers for browsers and workers choose. */
async function portable(): Promise<typeof generatePkce> {
  const { outputFiles } = await build({
    stdin: {
      contents: "export { generatePkce } from '@anthropic-auth/pkce'",
      resolveDir: import.meta.dirname,
    },
    bundle: true,
    format: 'esm',
    platform: 'browser',
    write: false,
  })
  const url = `data:text/javascript;base64,${Buffer.from(outputFiles[0]?.contents ?? []).toString('base64')}`
  const module = (await import(url)) as { generatePkce: typeof generatePkce }
  return module.generatePkce
}
