import { type Length, mapValues } from '../comparison.ts'
import { compareProcesses, script } from '../processes.ts'
import { atMost, noTarget, ratio, type Result, time } from '../result.ts'

const PROGRAMS = {
  bare: '0',
  client: `
    import { OAuthClient } from '@anthropic-auth/core'
    if (!new OAuthClient().config.endpoints.token.startsWith('https:')) throw new Error('no endpoint')
  `,
  flow: `
    import { OAuthClient } from '@anthropic-auth/core'
    if (!new OAuthClient().startFlow('console').authorizationUrl.startsWith('https:')) throw new Error('no URL')
  `,
  // Every flow needs these calls, so no flow can start faster.
  nodeAlone: `
    const { hash, randomFillSync } = process.getBuiltinModule('node:crypto')
    if (hash('sha256', randomFillSync(new Uint8Array(64)), 'base64url').length !== 43) throw new Error('no hash')
  `,
  oauth4webapi: "import 'oauth4webapi'",
  'openid-client': "import 'openid-client'",
  arctic: "import 'arctic'",
  'google-auth-library': "import 'google-auth-library'",
  '@azure/msal-node': "import '@azure/msal-node'",
}

export async function run(length: Length): Promise<readonly Result[]> {
  const programs = mapValues(PROGRAMS, (code) => ({ args: script(code) }))
  const { bare, nodeAlone, client, flow, ...peers } = await compareProcesses(programs, length)
  const work = 'process: import core, make a client, start a flow'
  return [
    {
      row: 3,
      work: 'process: import core, make a client',
      ours: time(client),
      peer: `bare node ${time(bare)}`,
      ...atMost(ratio(client, bare), 1.25),
    },
    {
      row: 3,
      work,
      ours: time(flow),
      peer: `bare node ${time(bare)}`,
      ...atMost(ratio(flow, bare), 1.3),
    },
    {
      row: 3,
      work,
      ours: time(flow),
      peer: `node:crypto alone ${time(nodeAlone)}`,
      ...noTarget(ratio(flow, nodeAlone)),
    },
    ...Object.entries(peers).map(([name, peer]) => ({
      row: 3,
      work,
      ours: time(flow),
      peer: `import ${name} ${time(peer)}`,
      ...(name === 'openid-client' ? atMost(ratio(flow, peer), 1) : noTarget(ratio(flow, peer))),
    })),
  ]
}
