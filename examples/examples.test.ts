import { describe, expect, it } from 'vitest'
import { allowAccess } from './test/user.ts'
import { startProgram } from './test/program.ts'

const LINK = /^http:\/\/127\.0\.0\.1:\d+\/\S+$/m
/** A whole token or key, not only its beginning. */
const WHOLE_SECRET = /sk-ant-[a-z]+\d+-[\w-]{20,}/

describe('max-subscription.ts', () => {
  it('logs in with a pasted code and shows no secret', async () => {
    const program = startProgram('max-subscription.ts', ['--emulator'])
    const [link] = await program.outputs(LINK)
    expect(new URL(link).searchParams.get('scope')).toBe('user:profile user:inference')
    await program.outputs(/Paste the code/)
    program.type(await allowAccess(link))
    const { code, output } = await program.ended
    expect(output).toContain("email: 'person@example.com'")
    expect(output).not.toMatch(WHOLE_SECRET)
    expect(code).toBe(0)
  })

  it('says what is wrong with a wrong paste, and what to do', async () => {
    const program = startProgram('max-subscription.ts', ['--emulator'])
    await program.outputs(/Paste the code/)
    program.type('123456')
    const { code, output } = await program.ended
    expect(output).toContain('invalid_authorization_response')
    expect(output).toContain('login e-mail')
    expect(output).not.toContain('    at ')
    expect(code).toBe(1)
  })
})

describe('console-api-key.ts', () => {
  it('creates a key that the official SDK uses', async () => {
    const program = startProgram('console-api-key.ts', ['--emulator'])
    const [link] = await program.outputs(LINK)
    await program.outputs(/Paste the code/)
    program.type(await allowAccess(link))
    const { code, output } = await program.ended
    expect(output).toMatch(/Created the key sk-ant-api03-/)
    expect(output).toMatch(/Available models: claude-/)
    expect(output).not.toMatch(WHOLE_SECRET)
    expect(code).toBe(0)
  })
})

describe('login.ts', () => {
  it('says why no browser was opened, and accepts the code', async () => {
    const program = startProgram('login.ts', ['--emulator'])
    const [link] = await program.outputs(LINK)
    await program.outputs(/BROWSER is set to none, which asks for no browser/)
    program.type('123456')
    await program.outputs(/login e-mail/)
    program.type(await allowAccess(link))
    const { code, output } = await program.ended
    expect(output).toContain('Logged in as person@example.com, Example Organization.')
    expect(code).toBe(0)
  })
})

describe('demo.ts', () => {
  it('runs a whole login, readable on 80 columns and without colors when there is no terminal', async () => {
    const { code, output } = await startProgram('demo.ts').ended
    expect(output).toContain('Done.\n')
    expect(output.split('\n').filter((line) => line.length > 80)).toEqual([])
    expect(output).not.toContain('\u001b')
    expect(output).not.toMatch(WHOLE_SECRET)
    for (const refusal of ['state_mismatch', 'oauth_error', 'reauthentication_required']) {
      expect(output).toContain(`✓ ${refusal}`)
    }
    expect(code).toBe(0)
  })

  it('ends with a code other than 0 when a step fails', async () => {
    const offline = 'data:text/javascript,globalThis.fetch=async()=>{throw new TypeError("offline")}'
    const { code, output } = await startProgram('demo.ts', [], [`--import=${offline}`]).ended
    expect(code).toBe(1)
    expect(output).not.toContain('Done.')
  })
})

describe('demo.ts --cli', { timeout: 300_000 }, () => {
  it('shows a session of the command line tool, and no secret', async () => {
    const { code, output } = await startProgram('demo.ts', ['--cli']).ended
    expect([code, output]).toEqual([0, expect.stringContaining('Done.')])
    for (const command of [
      'login',
      'status',
      'use',
      'list',
      'run',
      'token',
      'refresh',
      'create-key',
      'logout',
    ]) {
      expect(output).toContain(`$ anthropic-auth ${command}`)
    }
    expect(output).toContain('This is the emulator: your token or key was accepted.')
    expect(output).not.toMatch(/sk-ant-[a-z]+\d+-[\w-]{10}/)
  })
})

describe('demo.ts, its options', () => {
  it('shows its help at once', async () => {
    const { code, output } = await startProgram('demo.ts', ['--help']).ended
    expect([code, output]).toEqual([
      0,
      expect.stringContaining('--cli      show a session of the command line tool'),
    ])
    expect(output).not.toContain('127.0.0.1')
  })

  it('names an option that it does not know', async () => {
    const { code, output } = await startProgram('demo.ts', ['--bogus']).ended
    expect([code, output]).toEqual([2, expect.stringMatching(/^Unknown option '--bogus'/)])
    expect(output).not.toContain('    at ')
  })
})

describe('demo.ts --serve', () => {
  it('lets a user click through the login, asks again after a wrong paste, and ends at Ctrl-C', async () => {
    const program = startProgram('demo.ts', ['--serve'])
    const [link] = await program.outputs(LINK)
    await program.outputs(/code#state: /)
    program.type('half-a-code#')
    await program.outputs(/has no state/)
    program.type(await allowAccess(link))
    await program.outputs(/logged in as person@example\.com/)
    await program.outputs(/until you press Ctrl-C/)
    program.interrupt()
    const { code, output } = await program.ended
    expect(output).not.toMatch(WHOLE_SECRET)
    expect(code).toBe(0)
  })

  it('ends at Ctrl-C in the prompt, too', async () => {
    const program = startProgram('demo.ts', ['--serve'])
    await program.outputs(/code#state: /)
    program.interrupt()
    expect((await program.ended).code).toBe(0)
  })
})
