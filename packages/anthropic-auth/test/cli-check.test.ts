import { describe, expect, it } from 'vitest'
import { countOf, logInto, readProfile, writeProfile } from './tool-login.ts'
import { runTool } from './tool-process.ts'

const WATCHDOG_MS = 300_000
const TOKEN = '/v1/oauth/token'
const CHECK = ['status', '--check']

describe('anthropic-auth status --check', { timeout: WATCHDOG_MS }, () => {
  it('asks the server, and says that it accepts the login', async () => {
    const { configDir, emulator } = await logInto()
    const text = await runTool(CHECK, { configDir })
    expect([text.code, text.stderr]).toEqual([0, ''])
    expect(text.stdout).toMatch(/^Status +logged in, and the server accepts the access token$/m)
    expect(emulator.requests.at(-1)).toMatchObject({ path: '/api/oauth/profile', status: 200 })
    const json = await runTool([...CHECK, '--json'], { configDir })
    expect(JSON.parse(json.stdout)).toMatchObject({ isChecked: true, isUsable: true })
  })

  it('requests the models with a login that may not read the profile', async () => {
    const { configDir, emulator } = await logInto({ scopes: ['user:inference'] })
    expect((await runTool(CHECK, { configDir })).code).toBe(0)
    expect(emulator.requests.at(-1)).toMatchObject({ path: '/v1/models?limit=1', status: 200 })
  })

  it.each(['user:profile', 'user:inference'])(
    'refreshes a token that the server refuses before it expires, with the scope %s',
    async (scope) => {
      const { configDir, emulator } = await logInto({ scopes: [scope] })
      emulator.expireAccessTokens()
      expect((await runTool(CHECK, { configDir })).code).toBe(0)
      expect(countOf(emulator, TOKEN)).toBe(2)
      emulator.expireAccessTokens()
      emulator.endLogins()
      expect((await runTool(CHECK, { configDir })).code).toBe(3)
    },
  )

  it('refreshes an expired token first', async () => {
    const { configDir, emulator } = await logInto()
    writeProfile(configDir, 'credentials', { ...readProfile(configDir, 'credentials'), expires_at: 1 })
    expect((await runTool(CHECK, { configDir })).code).toBe(0)
    expect(countOf(emulator, TOKEN)).toBe(2)
    expect(Number(readProfile(configDir, 'credentials')['expires_at'])).toBeGreaterThan(1)
  })

  it("exits with 3 when the login has ended, which status without --check can't know", async () => {
    const { configDir, emulator } = await logInto()
    emulator.endLogins()
    writeProfile(configDir, 'credentials', { ...readProfile(configDir, 'credentials'), expires_at: 1 })
    const unchecked = await runTool(['status'], { configDir })
    expect([unchecked.code, unchecked.stdout]).toEqual([
      0,
      expect.stringMatching(/^Status +logged in \(the access token is refreshed at the next use\)$/m),
    ])
    const { code, stderr } = await runTool(CHECK, { configDir })
    expect([code, stderr]).toEqual([
      3,
      expect.stringContaining('Run: anthropic-auth login --profile default\n'),
    ])
  })

  it("exits with 6 when the server can't be reached", async () => {
    const { configDir, emulator } = await logInto({ scopes: ['user:inference'] })
    await emulator.close()
    const { code, stderr } = await runTool(CHECK, { configDir })
    expect([code, stderr]).toEqual([6, expect.stringContaining('could not be reached')])
  })
})
