import { generatePkce } from '@anthropic-auth/pkce'
import { generatePKCE } from '@openauthjs/openauth/pkce'
import * as oauth4webapi from 'oauth4webapi'
import * as openidClient from 'openid-client'
import pkceChallenge from 'pkce-challenge'
import { compare, type Length } from '../comparison.ts'
import { atLeast, microseconds, type Result } from '../result.ts'

/** The portable branch, which bundlers for browsers and workers choose. */
async function portable(): Promise<() => unknown> {
  const { build } = await import('esbuild')
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
  const { generatePkce: generate } = (await import(url)) as { generatePkce: () => unknown }
  return generate
}

export async function run(length: Length): Promise<readonly Result[]> {
  const samples = await compare(
    {
      ours: generatePkce,
      portable: await portable(),
      'pkce-challenge': () => pkceChallenge(),
      oauth4webapi: async () => {
        const verifier = oauth4webapi.generateRandomCodeVerifier()
        return [verifier, await oauth4webapi.calculatePKCECodeChallenge(verifier)]
      },
      'openid-client': async () => {
        const verifier = openidClient.randomPKCECodeVerifier()
        return [verifier, await openidClient.calculatePKCECodeChallenge(verifier)]
      },
      openauth: () => generatePKCE(),
    },
    length,
  )
  const { ours, portable: inBrowsers, ...peers } = samples
  const [name, fastest] = Object.entries(peers).reduce((a, b) => (a[1].median <= b[1].median ? a : b))
  const peer = `${name} ${microseconds(fastest)}`
  return [
    {
      row: 1,
      work: 'generatePkce(), Node',
      ours: microseconds(ours),
      peer,
      ...atLeast(fastest.median / ours.median, 25),
    },
    {
      row: 1,
      work: 'generatePkce(), portable',
      ours: microseconds(inBrowsers),
      peer,
      ...atLeast(fastest.median / inBrowsers.median, 14),
    },
  ]
}
