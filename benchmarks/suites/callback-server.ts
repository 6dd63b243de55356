import { request } from 'node:http'
import { setTimeout } from 'node:timers/promises'
import { generateState } from '@anthropic-auth/core'
import { startCallbackServer } from '@anthropic-auth/callback-server'
import { getAuthCode } from 'oauth-callback'
import { type Length, sampleOf, type Sample } from '../comparison.ts'
import { atMost, microseconds, type Result } from '../result.ts'

/** Milliseconds of one login's three parts. */
interface Login {
  readonly listening: number
  /** From sending the redirect until waitForCallback() resolves. */
  readonly resolved: number
  /** From then until the port is free and every connection has ended. */
  readonly closed: number
}

interface LoginOptions {
  readonly redirectHost?: 'localhost' | '127.0.0.1'
  /** The number of forged requests before the real redirect. */
  readonly hits?: number
  readonly settleMs?: number
}

/** Measures whole logins in turn, then the response after many forged requests. */
export async function run({ rounds, timeMs }: Length): Promise<readonly Result[]> {
  const logins = Math.max(20, Math.round((rounds * timeMs) / 20))
  const ours: Login[] = []
  const peers: Login[] = []
  // The peer listens on one address only.
  const single: Login[] = []
  for (let login = 0; login < logins; login++) {
    ours.push(await ourLogin())
    peers.push(await peerLogin())
    single.push(await ourLogin({ redirectHost: '127.0.0.1' }))
  }
  const both = ({ resolved, closed }: Login): number => resolved + closed
  return [
    ...resultsOf('callback server: listening on both addresses', 3, {
      ours: sample(ours, ({ listening }) => listening),
    }),
    ...resultsOf(
      'callback server: listening on one',
      3,
      samplesOf(single, peers, ({ listening }) => listening),
    ),
    ...resultsOf(
      'callback server: redirect to resolved',
      3,
      samplesOf(ours, peers, ({ resolved }) => resolved),
    ),
    ...resultsOf('callback server: closed', 5, { ours: sample(ours, ({ closed }) => closed) }),
    // The peer resolves after it has closed, so only the sum of both parts is comparable.
    ...resultsOf('callback server: redirect to resolved and closed', 8, samplesOf(ours, peers, both)).slice(
      1,
    ),
    await growth(rounds, timeMs),
  ]
}

async function ourLogin({
  redirectHost = 'localhost',
  hits = 0,
  settleMs = 0,
}: LoginOptions = {}): Promise<Login> {
  const state = generateState()
  const start = performance.now()
  const server = await startCallbackServer({ state, redirectHost })
  const listening = performance.now() - start
  await forge(server.port, hits)
  // A user takes longer. The clean-up after the forged requests is not part of the login.
  if (settleMs > 0) await setTimeout(settleMs)
  const sent = performance.now()
  const page = visit(server.port, state)
  await server.waitForCallback()
  const resolved = performance.now() - sent
  await server.close()
  const closed = performance.now() - sent - resolved
  await page
  return { listening, resolved, closed }
}

/** On 127.0.0.1 by number, which spares it the look-up of a name. */
async function peerLogin(): Promise<Login> {
  const state = generateState()
  const port = await freePort()
  const start = performance.now()
  let listening = 0
  let sent = 0
  let page: Promise<void> | undefined
  const launch = (): void => {
    listening = performance.now() - start
    sent = performance.now()
    page = visit(port, state)
  }
  await getAuthCode({ port, hostname: '127.0.0.1', authorizationUrl: 'http://localhost/', launch })
  const resolved = performance.now() - sent
  await page
  return { listening, resolved, closed: 0 }
}

async function growth(rounds: number, timeMs: number): Promise<Result> {
  const hits = timeMs < 100 ? 500 : 10_000
  const settleMs = 50
  const none: number[] = []
  const many: number[] = []
  for (let round = 0; round < Math.min(rounds, 7); round++) {
    none.push((await ourLogin({ settleMs })).resolved)
    many.push((await ourLogin({ hits, settleMs })).resolved)
  }
  const [first, last] = [microsecondsOf(none), microsecondsOf(many)]
  return {
    row: 7,
    work: `callback server: the real redirect after ${hits} forged ones`,
    ours: microseconds(last),
    peer: `after none ${microseconds(first)}`,
    ...atMost(last.median / first.median, 1.5),
  }
}

async function forge(port: number, hits: number): Promise<void> {
  for (let sent = 0; sent < hits; sent += 50) {
    await Promise.all(Array.from({ length: 50 }, async () => visit(port, generateState())))
  }
}

/** Sends the redirect as a browser does, and reads the whole page. */
function visit(port: number, state: string): Promise<void> {
  const options = { host: '127.0.0.1', port, path: `/callback?code=a-code&state=${state}`, agent: false }
  return new Promise((resolve, reject) => {
    const outgoing = request(options, (response) => response.resume().on('end', resolve).on('error', reject))
    outgoing.on('error', reject).end()
  })
}

async function freePort(): Promise<number> {
  const server = await startCallbackServer({ state: generateState() })
  await server.close()
  return server.port
}

function microsecondsOf(milliseconds: readonly number[]): Sample {
  return sampleOf(milliseconds.map((each) => 1000 * each))
}

/** The spread is from the first to the ninth decile: one garbage collection says nothing about a login. */
function sample(logins: readonly Login[], part: (login: Login) => number): Sample {
  const sorted = logins.map(part).toSorted((a, b) => a - b)
  const tenth = Math.floor(sorted.length / 10)
  return microsecondsOf(sorted.slice(tenth, sorted.length - tenth))
}

interface Samples {
  readonly ours: Sample
  readonly peer?: Sample
}

function samplesOf(ours: readonly Login[], peers: readonly Login[], part: (login: Login) => number): Samples {
  return { ours: sample(ours, part), peer: sample(peers, part) }
}

function resultsOf(work: string, targetMs: number, { ours, peer }: Samples): readonly Result[] {
  const line = { row: 7, work, ours: microseconds(ours) }
  const absolute = { ...line, peer: '–', ...atMost(ours.median / 1000, targetMs, 'ms') }
  if (peer === undefined) return [absolute]
  const relative = atMost(ours.median / peer.median, 0.8)
  return [absolute, { ...line, peer: `oauth-callback ${microseconds(peer)}`, ...relative }]
}
