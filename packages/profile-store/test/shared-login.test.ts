import { writeFileSync } from 'node:fs'
import type { Emulator } from '@anthropic-auth/testing'
import { createTokenProvider, OAuthClient } from '@anthropic-auth/core'
import { createProfileStore } from '@anthropic-auth/profile-store'
import { describe, expect, it } from 'vitest'
import { startProgram } from './child-program.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { profilePath, readProfile } from './profile-on-disk.ts'
import { startTestEmulator } from '../../testing/test/test-emulator.ts'

const WATCHDOG_MS = 600_000

describe('a profile that many processes share', { timeout: WATCHDOG_MS }, () => {
  it('never sends a refresh token twice', async () => {
    const { emulator, configDir } = await logIn()
    const ends = await runProcesses(
      emulator,
      configDir,
      Array.from({ length: 8 }, () => ['5', 'forced']),
    )
    expect(ends.filter(({ code }) => code !== 0)).toEqual([])
    expectEachPresentedOnce(emulator)
    expect(presentedTo(emulator).length).toBeGreaterThanOrEqual(5)
  })

  it('is refreshed once when 64 of them find it expired', async () => {
    const { emulator, configDir } = await logIn()
    const expired = { ...readProfile(configDir, 'credentials'), expires_at: 1_700_000_000 }
    writeFileSync(profilePath(configDir, 'credentials'), JSON.stringify(expired))
    const ends = await runProcesses(
      emulator,
      configDir,
      Array.from({ length: 64 }, () => ['1', 'due']),
    )
    expect(ends.filter(({ code }) => code !== 0)).toEqual([])
    expect(presentedTo(emulator)).toHaveLength(1)
  })

  it("survives when one of 16 processes can't replace the file", async () => {
    const { emulator, configDir } = await logIn()
    const healthy = Array.from({ length: 15 }, () => ['2', 'forced'])
    const ends = await runProcesses(emulator, configDir, [['1', 'broken'], ...healthy])
    expect(ends.filter(({ code }) => code !== 0)).toEqual([])
    expectEachPresentedOnce(emulator)
    const store = createProfileStore({ profile: 'default', configDir })
    const provider = createTokenProvider(new OAuthClient({ endpoints: emulator.endpoints }), { store })
    const { token } = await provider({ forceRefresh: true })
    expect(readProfile(configDir, 'credentials')['access_token']).toBe(token)
  })
})

async function logIn(): Promise<{ emulator: Emulator; configDir: string }> {
  const emulator = await startTestEmulator()
  const configDir = temporaryFolder()
  const client = new OAuthClient({ endpoints: emulator.endpoints })
  const flow = client.startFlow('console')
  const tokens = await client.exchangeCode(await emulator.approve(flow.authorizationUrl), flow)
  await createProfileStore({ profile: 'default', configDir }).save(tokens)
  return { emulator, configDir }
}

async function runProcesses(emulator: Emulator, configDir: string, tasks: readonly string[][]) {
  const endpoints = JSON.stringify(emulator.endpoints)
  const programs = tasks.map((task) => startProgram('refresh-process.ts', [configDir, endpoints, ...task]))
  return Promise.all(programs.map(async ({ ended }) => ended))
}

function expectEachPresentedOnce(emulator: Emulator): void {
  const presented = presentedTo(emulator)
  expect(new Set(presented).size).toBe(presented.length)
  const tokenRequests = emulator.requests.filter(({ path }) => path === '/v1/oauth/token')
  expect(tokenRequests.filter(({ status }) => status !== 200)).toEqual([])
}

/** The refresh tokens that the emulator received. */
function presentedTo({ requests }: Emulator): readonly string[] {
  const refreshes = requests.filter(({ body }) => body.includes('"refresh_token"'))
  return refreshes.map(({ body }) => (JSON.parse(body) as { refresh_token: string }).refresh_token)
}
