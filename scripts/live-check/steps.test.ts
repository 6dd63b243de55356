import { login } from 'anthropic-auth'
import { startEmulator, type Emulator } from '@anthropic-auth/testing'
import { describe, expect, it } from 'vitest'
import { runLiveCheck, type CheckedStep } from './steps.ts'
import { transcript } from './transcript.ts'

const HEAD = {
  date: new Date('2026-11-26T12:00:00Z'),
  version: '1.2.3',
  runtime: 'Node 24',
  service: 'an emulator',
}

async function check(emulator: Emulator, ...modes: ('max' | 'console')[]): Promise<CheckedStep[]> {
  return runLiveCheck({
    modes,
    endpoints: emulator.endpoints,
    apiUrl: emulator.apiUrl,
    logIn: async (mode, client) => login({ mode, client, openBrowser: emulator.visit }),
  })
}

describe('runLiveCheck()', () => {
  it('does each step of both modes', async () => {
    await using emulator = await startEmulator()

    const steps = await check(emulator, 'console', 'max')

    expect(steps.map(({ mode, name, isOk }) => `${mode}: ${name}: ${isOk}`)).toEqual([
      'console: log in: true',
      'console: refresh: true',
      'console: ask for the profile: true',
      'console: call the API: true',
      'console: create an API key: true',
      'console: revoke: true',
      'max: log in: true',
      'max: refresh: true',
      'max: ask for the profile: true',
      'max: call the API: true',
      'max: revoke: true',
    ])
  })

  it('ends a mode at the step that fails, and says why', async () => {
    await using emulator = await startEmulator()
    emulator.faults.always('profile', { type: 'html', status: 403 })

    const steps = await check(emulator, 'max')

    expect(steps.map(({ name }) => name)).toEqual(['log in', 'refresh', 'ask for the profile'])
    expect(steps.at(-1)?.notes[1]).toContain('"code":"http_error"')
    expect(steps.at(-1)?.wire[0]?.response).toBe('403 text/html')
  })
})

describe('transcript()', () => {
  it('shows what was asked and what came back', async () => {
    await using emulator = await startEmulator()

    const text = transcript(await check(emulator, 'console'), HEAD)

    expect(text).toContain(
      '# Live check, 2026-11-26\n\nanthropic-auth 1.2.3, Node 24, against an emulator. 6 steps, 0 failed.',
    )
    expect(text).toContain('sent: grant_type, refresh_token, client_id')
    expect(text).toContain('    expires_in: number')
    expect(text).toMatch(/DELETE THIS KEY in the Console: `sk-ant-api03-\S{3}…\S{4}`/)
  })

  it('contains no secret', async () => {
    await using emulator = await startEmulator()

    const text = transcript(await check(emulator, 'console'), HEAD)

    const values = emulator.requests.flatMap(({ body, headers }) => [
      ...(body.match(/"(?:code|code_verifier|refresh_token|state|token)":"([^"]+)"/g) ?? []),
      headers['authorization'] ?? '',
    ])
    const secrets = values
      .map((value) => value.replace(/^.*[" ]([^" ]{8,})"?$/, '$1'))
      .filter((value) => value !== '')
    expect(secrets.length).toBeGreaterThan(6)
    expect(secrets.filter((secret) => text.includes(secret.slice(-12)))).toEqual([])
    expect(text).not.toMatch(/sk-ant-o[ar]t/)
  })
})
