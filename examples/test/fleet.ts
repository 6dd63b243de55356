import { type ChildProcess, fork } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { OAuthClient, type TokenStore } from '@anthropic-auth/core'
import type { Emulator } from '@anthropic-auth/testing'
import type { MemberOrders, MemberReport } from './fleet-member-process.ts'
import type { StorePlace } from './open-store.ts'
import { PROGRAM_OPTIONS } from '../../scripts/tests/program-options.ts'

/** The work of a fleet: the number of processes, of tokens for each, and of kills. */
export interface FleetPlan {
  readonly processes: number
  readonly rotations: number
  readonly kills: number
}

/** The result of the work. */
export interface FleetOutcome {
  readonly rotations: number
  /** The names of the processes that were killed. */
  readonly killed: ReadonlySet<string>
  /** How often a login was reported as ended, and a new one made. */
  readonly logins: number
  readonly failures: readonly string[]
}

const MEMBER = fileURLToPath(new URL('fleet-member-process.ts', import.meta.url))

/** Runs a fleet on one login, kills members at random points, and starts others in their places. */
export async function runFleet(
  emulator: Emulator,
  store: TokenStore & Required<Pick<TokenStore, 'lock' | 'prepareSave'>>,
  place: StorePlace,
  plan: FleetPlan,
): Promise<FleetOutcome> {
  const fleet = new Fleet(emulator, store, place)
  await fleet.logIn()
  const members = Array.from({ length: plan.processes }, async (_, seat) => fleet.fill(seat, plan.rotations))
  const reaper = fleet.killSome(plan.kills)
  await Promise.all(members)
  fleet.finished = true
  await reaper
  return fleet
}

class Fleet implements FleetOutcome {
  rotations = 0
  logins = 0
  finished = false
  readonly killed = new Set<string>()
  readonly failures: string[] = []
  readonly #emulator: Emulator
  readonly #store: TokenStore & Required<Pick<TokenStore, 'lock' | 'prepareSave'>>
  readonly #place: StorePlace
  readonly #living = new Map<string, ChildProcess>()
  #login: Promise<void> | null = null

  constructor(
    emulator: Emulator,
    store: TokenStore & Required<Pick<TokenStore, 'lock' | 'prepareSave'>>,
    place: StorePlace,
  ) {
    this.#emulator = emulator
    this.#store = store
    this.#place = place
  }

  /** Logs a user in, and puts the tokens into the fleet's store. */
  async logIn(): Promise<void> {
    const client = new OAuthClient({ endpoints: this.#emulator.endpoints, userAgent: 'fleet/user' })
    const flow = client.startFlow('console')
    const tokens = await client.exchangeCode(await this.#emulator.approve(flow.authorizationUrl), flow)
    await this.#store.lock(async () => this.#store.save(tokens))
  }

  /** Makes the rotations of one seat, by one process after another if they are killed. */
  async fill(seat: number, rotations: number): Promise<void> {
    let left = rotations
    for (let turn = 0; left > 0 && this.failures.length === 0; turn++) {
      left -= await this.#runMember(`${seat}.${turn}`, left)
    }
  }

  async #runMember(name: string, rotations: number): Promise<number> {
    const orders: MemberOrders = { name, rotations, endpoints: this.#emulator.endpoints, place: this.#place }
    const child = fork(MEMBER, [JSON.stringify(orders)], {
      execArgv: [...PROGRAM_OPTIONS],
    })
    this.#living.set(name, child)
    let rotated = 0
    child.on('message', (report: MemberReport) => {
      if (report.type === 'rotated') rotated++
      else if (report.type === 'failed') this.failures.push(`${name}: ${report.message}`)
      else this.#renewLogin(child).catch((error: unknown) => this.failures.push(String(error)))
    })
    const [code] = (await once(child, 'close')) as [number | null]
    this.#living.delete(name)
    if (code !== 0 && !this.killed.has(name)) this.failures.push(`${name} ended with ${code}`)
    this.rotations += rotated
    return rotated
  }

  /** Makes one new login for all members that report the end of the old one meanwhile. */
  async #renewLogin(child: ChildProcess): Promise<void> {
    this.#login ??= this.logIn().finally(() => {
      this.logins++
      this.#login = null
    })
    await this.#login
    if (child.connected) child.send('login')
  }

  /**
   * Paced by the server's requests, not by time: on a busy machine, all kills would hit processes that are still
   * starting.
   */
  async killSome(kills: number): Promise<void> {
    while (!this.finished && this.killed.size < kills) {
      await this.#waitForRequests(randomInt(1, 12))
      await wait(randomInt(20))
      const candidates = [...this.#living]
      const [name, child] = candidates[randomInt(Math.max(1, candidates.length))] ?? []
      if (name === undefined || this.killed.has(name)) continue
      this.killed.add(name)
      child?.kill('SIGKILL')
    }
  }

  async #waitForRequests(count: number): Promise<void> {
    const { length } = this.#emulator.requests
    while (!this.finished && this.#emulator.requests.length < length + count) await wait(1)
  }
}
