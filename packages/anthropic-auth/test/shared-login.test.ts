import { startEmulator } from '@anthropic-auth/testing'
import { OAuthClient } from 'anthropic-auth'
import { createProfileStore } from 'anthropic-auth/profile-store'
import { describe, expect, it, onTestFinished } from 'vitest'
import { startProgram } from './child-program.ts'
import { temporaryFolder } from './temporary-folder.ts'

describe('a profile that many processes share', () => {
  it('never has a refresh token presented twice', { timeout: 60_000 }, async () => {
    const emulator = await startEmulator()
    onTestFinished(async () => emulator.close())
    const configDir = temporaryFolder()
    const client = new OAuthClient({ endpoints: emulator.endpoints })
    const flow = client.startFlow('console')
    const tokens = await client.exchangeCode(await emulator.approve(flow.authorizationUrl), flow)
    await createProfileStore({ profile: 'default', configDir }).save(tokens)

    const args = [configDir, '5', JSON.stringify(emulator.endpoints)]
    const programs = Array.from({ length: 8 }, () => startProgram('refresh-process.ts', args))
    const ends = await Promise.all(programs.map(async ({ ended }) => ended))
    expect(ends.filter(({ code }) => code !== 0)).toEqual([])

    const refreshes = emulator.requests.filter(({ body }) => body.includes('"refresh_token"'))
    const presented = refreshes.map(
      ({ body }) => (JSON.parse(body) as { refresh_token: string }).refresh_token,
    )
    expect(refreshes.filter(({ status }) => status !== 200)).toEqual([])
    expect(new Set(presented).size).toBe(presented.length)
    expect(presented.length).toBeGreaterThanOrEqual(5)
  })
})
