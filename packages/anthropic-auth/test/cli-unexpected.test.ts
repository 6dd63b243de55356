import { describe, expect, it } from 'vitest'
import { logInto } from './tool-login.ts'
import { runTool, type ToolEnd } from './tool-process.ts'

const FAILING = new URL('failing-process.ts', import.meta.url).href
const STEP = 'This is a bug. Please report it with what the command shows when you add --debug.'

/** Fails while the tool runs, perhaps after its first message. */
async function fail(failure: string, ...flags: readonly string[]): Promise<ToolEnd> {
  const { configDir } = await logInto()
  const env = { NODE_OPTIONS: `--import=${FAILING}`, FAILURE: failure }
  return runTool(['refresh', '--watch', ...flags], { configDir, env })
}

describe('an error that nothing has caught', { timeout: 300_000 }, () => {
  it.each([
    ['exception', 'TypeError'],
    ['rejection', 'TypeError'],
    ['json', 'SyntaxError'],
  ])('ends the tool with a line that says what to do: %s', async (failure, kind) => {
    const { code, stderr } = await fail(failure)
    const report = `Error: The tool failed unexpectedly (${kind}).\n${STEP}\n`
    expect([code, stderr.slice(-report.length)]).toEqual([1, report])
    expect(stderr).not.toMatch(/secret|\n +at /)
  })

  it.each([
    ['exception', 'TypeError: Bad value [hidden] of [hidden]'],
    ['json', 'SyntaxError'],
  ])('shows the stack with --debug, without a secret: %s', async (failure, line) => {
    const { code, stderr } = await fail(failure, '--debug')
    expect([code, stderr]).toEqual([1, expect.stringMatching(/\n +at .*failing-process\.ts:\d+/)])
    expect(stderr).not.toContain('secret')
    expect(stderr).toContain(`\n${line}\n`)
  })

  it('is JSON with --json', async () => {
    const { stderr } = await fail('exception', '--json')
    expect(JSON.parse(stderr.trim().split('\n').at(-1) ?? '')).toEqual({
      error: { message: 'The tool failed unexpectedly (TypeError)', hint: STEP },
    })
  })
})
