import { execFileSync } from 'node:child_process'
import { type Length, sampleOf, type Sample } from '../comparison.ts'
import { atMost, type Result } from '../result.ts'

const PROGRAMS = {
  bare: '0',
  ours: "import { OAuthClient } from '@anthropic-auth/core'; new OAuthClient().startFlow('console')",
  oauth4webapi: "import 'oauth4webapi'",
  'openid-client': "import 'openid-client'",
  arctic: "import 'arctic'",
  'google-auth-library': "import 'google-auth-library'",
  '@azure/msal-node': "import '@azure/msal-node'",
}

type Name = keyof typeof PROGRAMS

/** Whole processes, in turn. */
export async function run({ rounds, timeMs }: Length): Promise<readonly Result[]> {
  const names = Object.keys(PROGRAMS) as Name[]
  const times = new Map<Name, number[]>(names.map((name) => [name, []]))
  const starts = Math.max(5, Math.round((rounds * timeMs) / 100))
  for (let start = 0; start < starts; start++) {
    for (const name of names) times.get(name)?.push(processMs(PROGRAMS[name]))
  }
  const samples = Object.fromEntries(names.map((name) => [name, sampleOf(times.get(name) ?? [])])) as Record<
    Name,
    Sample
  >
  const { bare, ours, ...peers } = samples
  const text = ({ median, low, high }: Sample): string =>
    `${median.toFixed(0)} ms (${low.toFixed(0)}–${high.toFixed(0)})`
  const work = 'process: import core, make a client, start a flow'
  return [
    {
      row: 3,
      work,
      ours: text(ours),
      peer: `bare node ${text(bare)}`,
      ...atMost(ours.median / bare.median, 1.4),
    },
    ...Object.entries(peers).map(([name, peer]) => ({
      row: 3,
      work,
      ours: text(ours),
      peer: `import ${name} ${text(peer)}`,
      ...(name === 'openid-client'
        ? atMost(ours.median / peer.median, 1)
        : {
            ratio: `${(ours.median / peer.median).toFixed(2)} times`,
            target: '–',
            met: true,
          }),
    })),
  ]
}

function processMs(program: string): number {
  const startedAt = performance.now()
  execFileSync(process.execPath, ['--input-type=module', '-e', program], { cwd: import.meta.dirname })
  return performance.now() - startedAt
}
