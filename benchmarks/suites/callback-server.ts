import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { startCallbackServer } from '@anthropic-auth/callback-server'
import { generateState } from '@anthropic-auth/core'
import { getAuthCode } from 'oauth-callback'
import { inTurn, type Length, mapValues, sampleOf, type Sample } from '../comparison.ts'
import { atMost, ratio, type Result, scaled, time } from '../result.ts'
import { visit } from '../visit.ts'

/** The times of one login's three parts, in microseconds. */
interface Login {
  readonly listening: number
  /** The time from sending the redirect until waitForCallback() resolves. */
  readonly resolved: number
  /** The time from then until the port is free and every connection has ended. */
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
  const logins = await inTurn(
    {
      ours: () => ourLogin(),
      // The peer listens on one address only.
      single: () => ourLogin({ redirectHost: '127.0.0.1' }),
      peer: peerLogin,
    },
    Math.max(20, Math.round((rounds * timeMs) / 20)),
  )
  const samples = (part: (login: Login) => number) =>
    mapValues(logins, (each: readonly Login[]) => sampleOf(each.map(part)))
  const listening = samples((login) => login.listening)
  const resolved = samples((login) => login.resolved)
  const closed = samples((login) => login.closed)
  const both = samples((login) => login.resolved + login.closed)
  return [
    alone('listening on both addresses', listening.ours, 3),
    alone('listening on one', listening.single, 3),
    beside('listening on one', listening.single, listening.peer),
    alone('redirect to resolved', resolved.ours, 3),
    beside('redirect to resolved', resolved.ours, resolved.peer),
    alone('closed', closed.ours, 5),
    // The peer resolves after it has closed, so only the sum of both parts is comparable.
    beside('redirect to resolved and closed', both.ours, both.peer),
    await growth(rounds, timeMs),
    await forgedCost(rounds, timeMs),
  ]
}

function alone(part: string, ours: Sample, targetMs: number): Result {
  const judgement = atMost(scaled(ours, 0.001), targetMs, 'ms')
  return { row: 7, work: `callback server: ${part}`, ours: time(ours), peer: '–', ...judgement }
}

function beside(part: string, ours: Sample, theirs: Sample): Result {
  const peer = `oauth-callback ${time(theirs)}`
  return {
    row: 7,
    work: `callback server: ${part}`,
    ours: time(ours),
    peer,
    ...atMost(ratio(ours, theirs), 0.8),
  }
}

async function ourLogin({
  redirectHost = 'localhost',
  hits = 0,
  settleMs = 0,
}: LoginOptions = {}): Promise<Login> {
  const state = generateState()
  const startedAt = now()
  const server = await startCallbackServer({ state, redirectHost })
  const listening = now() - startedAt
  await forge(server.port, hits)
  // A user takes longer. The clean-up after the forged requests is not part of the login.
  if (settleMs > 0) await setTimeout(settleMs)
  const sentAt = now()
  const page = visit(redirectTo(server.port, state))
  assertCode(await server.waitForCallback())
  const resolved = now() - sentAt
  await server.close()
  const closed = now() - sentAt - resolved
  await page
  return { listening, resolved, closed }
}

/** Uses the number 127.0.0.1, which avoids the look-up of a name. */
async function peerLogin(): Promise<Login> {
  const state = generateState()
  const port = await freePort()
  const startedAt = now()
  let listening = 0
  let sentAt = 0
  let page: Promise<void> | undefined
  const launch = (): void => {
    listening = now() - startedAt
    sentAt = now()
    page = visit(redirectTo(port, state))
  }
  assertCode(
    await getAuthCode({ port, hostname: '127.0.0.1', authorizationUrl: 'http://localhost/', launch }),
  )
  const resolved = now() - sentAt
  await page
  return { listening, resolved, closed: 0 }
}

/** Checks every login, which takes almost no time. */
function assertCode({ code }: { readonly code?: string }): void {
  if (code !== 'a-code') throw new Error('The callback server returned a wrong code')
}

async function growth(rounds: number, timeMs: number): Promise<Result> {
  const hits = timeMs < 100 ? 500 : 10_000
  const settleMs = 50
  const logins = await inTurn(
    { none: () => ourLogin({ settleMs }), many: () => ourLogin({ hits, settleMs }) },
    Math.min(rounds, 7),
  )
  const { none, many } = mapValues(logins, (each: readonly Login[]) =>
    sampleOf(each.map(({ resolved }) => resolved)),
  )
  return {
    row: 7,
    work: `callback server: the real redirect after ${hits} forged ones`,
    ours: time(many),
    peer: `after none ${time(none)}`,
    ...atMost(ratio(many, none), 1.5),
  }
}

/** Measures the CPU time that each server takes for a forged request. Each server runs in its own process. */
async function forgedCost(rounds: number, timeMs: number): Promise<Result> {
  const hits = timeMs < 100 ? 200 : 2000
  const servers = { ours: startProcess('ours'), plain: startProcess('plain') }
  try {
    const [ours, plain] = await Promise.all([reply(servers.ours), reply(servers.plain)])
    const ports = { ours, plain }
    const measure = async (kind: keyof typeof servers): Promise<number> => {
      const before = await cpuTime(servers[kind])
      await forge(ports[kind], hits)
      return ((await cpuTime(servers[kind])) - before) / hits
    }
    const times = await inTurn({ ours: () => measure('ours'), plain: () => measure('plain') }, rounds)
    const cost = mapValues(times, sampleOf)
    return {
      row: 7,
      work: 'callback server: CPU time of a forged request',
      ours: time(cost.ours),
      peer: `a plain node:http server ${time(cost.plain)}`,
      ...atMost(ratio(cost.ours, cost.plain), 1),
    }
  } finally {
    Object.values(servers).forEach((server) => server.disconnect())
  }
}

function startProcess(kind: string): ChildProcess {
  return fork(join(import.meta.dirname, '../callback-process.ts'), [kind])
}

/** Returns the CPU time in microseconds. */
async function cpuTime(server: ChildProcess): Promise<number> {
  server.send('usage')
  return reply(server)
}

async function reply(server: ChildProcess): Promise<number> {
  const [value] = (await once(server, 'message')) as [number]
  return value
}

async function forge(port: number, hits: number): Promise<void> {
  for (let sent = 0; sent < hits; sent += 50) {
    await Promise.all(Array.from({ length: 50 }, async () => visit(redirectTo(port, generateState()))))
  }
}

function redirectTo(port: number, state: string): string {
  return `http://127.0.0.1:${port}/callback?code=a-code&state=${state}`
}

async function freePort(): Promise<number> {
  const server = await startCallbackServer({ state: generateState() })
  await server.close()
  return server.port
}

function now(): number {
  return 1000 * performance.now()
}
