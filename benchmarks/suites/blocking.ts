import { BlockingOAuthClient } from '@anthropic-auth/blocking'
import { OAuthClient } from '@anthropic-auth/core'
import syncFetch from 'sync-fetch'
import { compare, inTurn, type Length, sampleOf, way } from '../comparison.ts'
import { output, script } from '../processes.ts'
import { atLeast, atMost, excess, ratio, type Result, scaled, time } from '../result.ts'
import { withServer } from '../server-process.ts'

/** Prints the milliseconds of a first call, `waitMs` after the client was created, and of a later call. */
const FIRST_CALL = `
  import { BlockingOAuthClient } from '@anthropic-auth/blocking'
  const [token, waitMs] = JSON.parse(process.env.SETTING)
  const startedAt = performance.now()
  const client = new BlockingOAuthClient({ endpoints: { token } })
  if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs))
  const calledAt = waitMs > 0 ? performance.now() : startedAt
  client.refreshToken('a-refresh-token')
  const first = performance.now() - calledAt
  for (let i = 0; i < 20; i++) client.refreshToken('a-refresh-token')
  const laterAt = performance.now()
  client.refreshToken('a-refresh-token')
  console.log(JSON.stringify([first, performance.now() - laterAt]))
`

export function run(length: Length): Promise<readonly Result[]> {
  return withServer('token-server.ts', async ({ url }) => [
    ...(await measureWarm(url, length)),
    ...(await measureFirst(url, length)),
  ])
}

async function measureWarm(token: string, length: Length): Promise<readonly Result[]> {
  const blocking = new BlockingOAuthClient({ endpoints: { token } })
  const asynchronous = new OAuthClient({ endpoints: { token } })
  const flow = asynchronous.startFlow('console')
  const response = { code: 'c'.repeat(43), state: flow.state }
  const json = { grant_type: 'authorization_code', ...response, code_verifier: flow.verifier }
  const headers = { 'content-type': 'application/json' }
  const isToken = (text: string): boolean => text.startsWith('sk-ant-oat01-')
  const ours = way(
    () => blocking.exchangeCode(response, flow),
    ({ accessToken }) => isToken(accessToken),
  )
  const awaited = way(
    () => asynchronous.exchangeCode(response, flow),
    ({ accessToken }) => isToken(accessToken),
  )
  const peer = way(
    () => syncFetch(token, { method: 'POST', headers, body: JSON.stringify(json) }).json(),
    (body) => isToken((body as { access_token: string }).access_token),
  )
  const besideAwaited = await compare({ ours, awaited }, length)
  // Measure it separately: while sync-fetch blocks the thread for seconds, the server closes the awaited client's
  // connections.
  const besidePeer = await compare({ ours, peer }, length)
  blocking.close()
  const work = 'blocking exchangeCode(), warm, loopback'
  return [
    {
      row: 5,
      work,
      ours: time(besideAwaited.ours),
      peer: `awaited ${time(besideAwaited.awaited)}`,
      ...atMost(ratio(besideAwaited.ours, besideAwaited.awaited), 1.45),
    },
    {
      row: 5,
      work,
      ours: time(besidePeer.ours),
      peer: `sync-fetch ${time(besidePeer.peer)}`,
      ...atLeast(ratio(besidePeer.peer, besidePeer.ours), 50),
    },
  ]
}

async function measureFirst(token: string, { rounds }: Length): Promise<readonly Result[]> {
  const calls = await inTurn(
    { atOnce: () => firstCall(token, 0), afterwards: () => firstCall(token, 300) },
    rounds,
  )
  const atOnce = sampleOf(calls.atOnce.map(({ first }) => first))
  const afterwards = sampleOf(calls.afterwards.map(({ first }) => first))
  const later = sampleOf(calls.afterwards.map((call) => call.later))
  return [
    {
      row: 5,
      work: 'blocking: client and first call',
      ours: time(atOnce),
      peer: '–',
      ...atMost(scaled(atOnce, 0.001), 200, 'ms'),
    },
    {
      row: 5,
      work: 'blocking: first call 300 ms after the client',
      ours: time(afterwards),
      peer: `a later call ${time(later)}`,
      ...atMost(scaled(excess(afterwards, later), 0.001), 10, 'ms more'),
    },
  ]
}

/** In microseconds. */
function firstCall(token: string, waitMs: number): { readonly first: number; readonly later: number } {
  const env = { SETTING: JSON.stringify([token, waitMs]) }
  const [first, later] = JSON.parse(output({ args: script(FIRST_CALL), env })) as [number, number]
  return { first: 1000 * first, later: 1000 * later }
}
