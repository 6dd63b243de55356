import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Emulator, type RecordedRequest, startEmulator } from '@anthropic-auth/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type FleetOutcome, type FleetPlan, runFleet } from './test/fleet.ts'
import { openStore, type StorePlace } from './test/open-store.ts'
import { hasRedisServer, type RedisServer, startRedisServer } from './test/redis-server.ts'
import { hasSecretService, type SecretService, startSecretService } from './test/secret-service.ts'

const LARGE = { processes: 6, rotations: 15, kills: 9 }
/** For places whose lock is that of the profile files. */
const SMALL = { processes: 4, rotations: 8, kills: 4 }

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fleet-'))
})

afterAll(async () => rm(folder, { recursive: true, force: true }))

describe('many processes with one login', { timeout: 900_000 }, () => {
  it('on profile files', async () =>
    checkFleet({ kind: 'profile', configDir: join(folder, 'config') }, LARGE))

  it('on an encrypted file', async () =>
    checkFleet({ kind: 'encrypted file', path: join(folder, 'tokens') }, SMALL))

  describe.skipIf(!hasSecretService)('with a Secret Service', () => {
    let service: SecretService
    const { DBUS_SESSION_BUS_ADDRESS: before } = process.env

    beforeAll(async () => {
      service = await startSecretService()
      process.env['DBUS_SESSION_BUS_ADDRESS'] = service.busAddress
    })

    afterAll(async () => {
      if (before === undefined) delete process.env['DBUS_SESSION_BUS_ADDRESS']
      else process.env['DBUS_SESSION_BUS_ADDRESS'] = before
      await service.stop()
    })

    it('on the keychain', async () =>
      checkFleet({ kind: 'keychain', account: 'fleet', lockPath: join(folder, 'keychain.lock') }, SMALL))
  })

  describe.skipIf(!hasRedisServer)('with a Redis server', () => {
    let server: RedisServer

    beforeAll(async () => {
      server = await startRedisServer()
    })

    afterAll(async () => server.stop())

    it('on Redis', async () => checkFleet({ kind: 'Redis', url: server.url, key: 'fleet' }, LARGE))
  })
})

/** Runs the fleet, then compares the server's record with the kills. */
async function checkFleet(place: StorePlace, plan: FleetPlan): Promise<void> {
  await using emulator = await startEmulator({ tokenLifetimeSeconds: 0 })
  // Long enough that some kills fall between a refresh and its save.
  emulator.faults.always('token', { type: 'delay', ms: 10 })
  await using open = await openStore(place)
  const outcome = await runFleet(emulator, open.store, place, plan)
  expect(outcome.failures).toEqual([])
  expect(outcome.rotations).toBe(plan.processes * plan.rotations)
  expect(outcome.killed.size).toBeGreaterThan(0)
  const presentations = presentationsOf(emulator)
  expect(unexplained(presentations, outcome)).toEqual([])
  // A refused member asks for a login, perhaps just after another member got a new one.
  expect(outcome.logins).toBeGreaterThanOrEqual(lostLogins(presentations))
  expect(outcome.logins).toBeLessThanOrEqual(presentations.filter(({ accepted }) => !accepted).length)
}

/** A refresh, as the server saw it. */
interface Presentation {
  readonly by: string
  readonly refreshToken: string
  readonly accepted: boolean
  /** The last request of this process. */
  readonly last: boolean
}

function presentationsOf(emulator: Emulator): readonly Presentation[] {
  const refreshes = emulator.requests.filter(({ body }) => body.includes('"grant_type":"refresh_token"'))
  return refreshes.map((request, index) => ({
    by: processOf(request),
    refreshToken: String((JSON.parse(request.body) as Record<string, unknown>)['refresh_token']),
    accepted: request.status === 200,
    last: !refreshes.slice(index + 1).some((later) => processOf(later) === processOf(request)),
  }))
}

function processOf({ headers }: RecordedRequest): string {
  return (headers['user-agent'] ?? '').replace('fleet/', '')
}

/**
 * Requests that the kills don't explain. A refresh token comes once, and a second time only after the process that
 * sent it first was killed meanwhile. Each other process may also send a refused token once.
 */
function unexplained(presentations: readonly Presentation[], { killed }: FleetOutcome): readonly string[] {
  const problems: string[] = []
  for (const token of new Set(presentations.map(({ refreshToken }) => refreshToken))) {
    const all = presentations.filter(({ refreshToken }) => refreshToken === token)
    const accepted = all.filter((each) => each.accepted)
    if (accepted.length > 1) problems.push(`${token} was accepted twice`)
    const before = all.slice(0, all.findIndex((each) => !each.accepted) + 1 || all.length)
    for (const each of before.slice(0, -1)) {
      if (!killed.has(each.by) || !each.last) problems.push(`${each.by} presented a token that came again`)
    }
    if (new Set(all.map(({ by }) => by)).size < all.length) {
      problems.push('One process presented a token twice')
    }
  }
  return problems
}

/** How many logins a kill has ended between the server's rotation and the save: one for each refused token. */
function lostLogins(presentations: readonly Presentation[]): number {
  return new Set(presentations.filter(({ accepted }) => !accepted).map(({ refreshToken }) => refreshToken))
    .size
}
