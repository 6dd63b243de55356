import { OAuthClient } from '@anthropic-auth/core'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { LoginOptions } from '@anthropic-auth/login'
import { isPlainTerminal } from './plain-terminal.ts'
import { terminalLogin } from './terminal-login.ts'
import { startTestEmulator } from '../../../testing/test/test-emulator.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

/** Runs without a terminal, even if the tests have one. */
function withoutTerminal(): string[] {
  const { getBuiltinModule } = process
  vi.spyOn(process, 'getBuiltinModule').mockImplementation((id) =>
    id === 'node:tty' ? { isatty: () => false } : getBuiltinModule(id),
  )
  const written: string[] = []
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => written.push(String(text)) > 0)
  return written
}

describe('terminalLogin()', () => {
  it.each([
    [null, 'options must be an object'],
    [{ mode: 'console', signal: null }, 'signal must be an AbortSignal'],
    [{ mode: 'console', promptForCode: null }, 'promptForCode must be a function'],
    [{ mode: 'console', timeoutMs: -1, openBrowser: false }, 'timeoutMs must be a finite number'],
  ])('refuses the options %j', async (options, message) => {
    withoutTerminal()
    const outcome = terminalLogin(options as LoginOptions)
    await expect(outcome).rejects.toThrow(TypeError)
    await expect(outcome).rejects.toThrow(message)
  })

  it('says that there is no terminal in a runtime without one', async () => {
    vi.spyOn(process, 'getBuiltinModule').mockReturnValue(undefined)
    await expect(terminalLogin({ mode: 'console' })).rejects.toMatchObject({
      code: 'unsupported_runtime',
      message: 'This runtime has no terminal',
    })
  })

  it('ends at once when there is no way to receive the code, with a hint for a program', async () => {
    withoutTerminal()
    vi.stubEnv('BROWSER', 'none')
    const hint = 'Run this in a terminal, or pass openBrowser: false to read the code from standard input.'
    await expect(terminalLogin({ mode: 'console' })).rejects.toMatchObject({
      code: 'browser_launch_failed',
      reason: 'no_terminal',
      message: 'Could not open the browser. BROWSER is set to none, which asks for no browser.',
      hint,
    })
    await expect(terminalLogin({ mode: 'console', port: false })).rejects.toMatchObject({
      code: 'invalid_authorization_response',
      reason: 'no_terminal',
      message: 'Standard input is not a terminal, so there is no way to paste the code',
      hint,
    })
  })

  it("works with the application's own prompt or browser", async () => {
    const emulator = await startTestEmulator()
    const client = new OAuthClient({ endpoints: emulator.endpoints })
    const written = withoutTerminal()
    const promptForCode: LoginOptions['promptForCode'] = async ({ url }) => emulator.approve(url)
    await terminalLogin({ mode: 'console', client, openBrowser: false, promptForCode })
    expect(written.join('')).toMatch(/^Open this link in any browser.+\n\nhttp\S+\n\nExchanging .+\n$/)
    await terminalLogin({ mode: 'console', client, openBrowser: emulator.visit })
    expect(written.join('')).toMatch(
      /\nOpening .+\nIf it does not open, .+ on this machine:\n\nhttp\S+\n\nExch/,
    )
  })
})

describe('isPlainTerminal()', () => {
  it.each([
    [{ TERM: 'xterm' }, false],
    [{ TERM: 'dumb' }, true],
    [{ TERM: 'xterm', ACCESSIBLE: '1' }, true],
    [{ TERM: 'xterm', ACCESSIBLE: '' }, true],
  ])('with %j: %j', (variables, isPlain) => {
    for (const name of ['TERM', 'ACCESSIBLE']) vi.stubEnv(name, undefined)
    for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value)
    expect(isPlainTerminal()).toBe(isPlain)
  })
})
