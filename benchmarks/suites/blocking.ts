import { execFileSync, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { BlockingOAuthClient } from '@anthropic-auth/blocking'
import { OAuthClient } from '@anthropic-auth/core'
import syncFetch from 'sync-fetch'
import { compare, type Length, sampleOf } from '../comparison.ts'
import { atLeast, atMost, microseconds, type Result } from '../result.ts'

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

export async function run(length: Length): Promise<readonly Result[]> {
  const server = fork(fileURLToPath(new URL('../token-server.ts', import.meta.url)))
  try {
    const [port] = (await once(server, 'message')) as [number]
    const token = `http://127.0.0.1:${port}/v1/oauth/token`
    return [...(await measureWarm(token, length)), ...measureFirst(token, length)]
  } finally {
    server.disconnect()
  }
}

async function measureWarm(token: string, length: Length): Promise<readonly Result[]> {
  const blocking = new BlockingOAuthClient({ endpoints: { token } })
  const asynchronous = new OAuthClient({ endpoints: { token } })
  const flow = asynchronous.startFlow('console')
  const response = { code: 'c'.repeat(43), state: flow.state }
  const json = { grant_type: 'authorization_code', ...response, code_verifier: flow.verifier }
  const headers = { 'content-type': 'application/json' }
  const ours = (): unknown => blocking.exchangeCode(response, flow)
  const awaited = (): unknown => asynchronous.exchangeCode(response, flow)
  const peer = (): unknown =>
    syncFetch(token, { method: 'POST', headers, body: JSON.stringify(json) }).json() as unknown
  const besideAwaited = await compare({ ours, awaited }, length)
  // Measured apart: while sync-fetch blocks the thread for seconds, the server closes the awaited client's connections.
  const besidePeer = await compare({ ours, peer }, length)
  blocking.close()
  return [
    {
      row: 5,
      work: 'blocking exchangeCode(), warm, loopback',
      ours: microseconds(besideAwaited.ours),
      peer: `awaited ${microseconds(besideAwaited.awaited)}`,
      ...atMost(besideAwaited.ours.median / besideAwaited.awaited.median, 1.45),
    },
    {
      row: 5,
      work: 'blocking exchangeCode(), warm, loopback',
      ours: microseconds(besidePeer.ours),
      peer: `sync-fetch ${microseconds(besidePeer.peer)}`,
      ...atLeast(besidePeer.peer.median / besidePeer.ours.median, 50),
    },
  ]
}

function measureFirst(token: string, { rounds }: Length): readonly Result[] {
  const atOnce = firstCalls(token, 0, rounds)
  const afterwards = firstCalls(token, 300, rounds)
  return [
    {
      row: 5,
      work: 'blocking: client and first call',
      ours: microseconds(atOnce.first),
      peer: '–',
      ...atMost(atOnce.first.median / 1000, 200, 'ms'),
    },
    {
      row: 5,
      work: 'blocking: first call 300 ms after the client',
      ours: microseconds(afterwards.first),
      peer: `a later call ${microseconds(afterwards.later)}`,
      ...atMost((afterwards.first.median - afterwards.later.median) / 1000, 10, 'ms more'),
    },
  ]
}

function firstCalls(token: string, waitMs: number, rounds: number) {
  const times = Array.from({ length: rounds }, () => firstCall(token, waitMs))
  return {
    first: sampleOf(times.map(([first]) => 1000 * first)),
    later: sampleOf(times.map(([, later]) => 1000 * later)),
  }
}

function firstCall(token: string, waitMs: number): readonly [first: number, later: number] {
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', FIRST_CALL], {
    cwd: import.meta.dirname,
    env: { ...process.env, SETTING: JSON.stringify([token, waitMs]) },
    encoding: 'utf8',
  })
  return JSON.parse(output) as [number, number]
}
