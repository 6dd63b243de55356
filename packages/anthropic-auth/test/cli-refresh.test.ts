import { describe, expect, it } from 'vitest'
import { logInto } from './tool-login.ts'
import { runTool } from './tool-process.ts'

const OTHER_UUID = '00000000-0000-4000-8000-000000000000'

describe('anthropic-auth refresh', { timeout: 300_000 }, () => {
  it('says nothing more when only the tokens change', async () => {
    const { configDir } = await logInto()
    const { code, stderr } = await runTool(['refresh'], { configDir })
    expect([code, stderr]).toEqual([0, expect.stringMatching(/^Refreshed the login of profile .+\n$/)])
  })

  it('warns of a scope that the server dropped', async () => {
    const { configDir, emulator } = await logInto()
    emulator.faults.next('token', { type: 'dropped_scope', scopes: ['org:create_api_key'] })
    const { code, stderr } = await runTool(['refresh'], { configDir })
    expect([code, stderr]).toEqual([
      0,
      expect.stringMatching(/\nWarning: The new token no longer has the scope org:create_api_key\.\n$/),
    ])
  })

  it('warns of another organization', async () => {
    const { configDir, emulator } = await logInto()
    emulator.faults.next('token', { type: 'other_organization', id: OTHER_UUID, name: 'Other' })
    const { code, stderr } = await runTool(['refresh', '--json'], { configDir })
    expect([code, JSON.parse(stderr)]).toEqual([
      0,
      { warning: { message: `The login is now for the organization Other (${OTHER_UUID}).` } },
    ])
  })

  it('says that the login has ended, and keeps the term for those who search for it', async () => {
    const { configDir, emulator } = await logInto()
    emulator.endLogins()
    const { code, stderr } = await runTool(['refresh'], { configDir })
    expect([code, stderr.split('\n')[0]]).toEqual([
      3,
      'Error: Your login has ended (the refresh token is no longer valid).',
    ])
    const json = await runTool(['refresh', '--json'], { configDir })
    expect(JSON.parse(json.stderr)).toMatchObject({
      error: { code: 'reauthentication_required', message: 'The refresh token is no longer valid' },
    })
  })
})
