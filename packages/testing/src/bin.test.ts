import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'

const bin = fileURLToPath(new URL('bin.ts', import.meta.url))

interface Ended {
  readonly code: number | null
  readonly output: string
}

function run(
  args: readonly string[],
  onOutput: (output: string, end: () => void) => void = () => undefined,
): Promise<Ended> {
  const child = spawn(process.execPath, ['--conditions=@anthropic-auth/source', bin, ...args])
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text
      onOutput(output, () => child.kill('SIGINT'))
    })
  }
  return new Promise((resolve) => {
    child.once('close', (code) => resolve({ code, output }))
  })
}

describe('anthropic-auth-emulator', () => {
  it('serves, says how to point a login to it, and ends with Ctrl-C', async () => {
    let served: Promise<Response> | undefined
    const { code, output } = await run(['--separate-api-origin'], (text, end) => {
      const origin = /^Token and API on (\S+)$/m.exec(text)?.[1]
      if (!text.includes('Ctrl-C ends it.') || origin === undefined) return
      served ??= fetch(`${origin}/v1/models`).finally(end)
    })
    expect((await served)?.status).toBe(400)
    expect(code).toBe(0)
    expect(output).toMatch(/^Consent and code page on http:\/\/127\.0\.0\.1:\d+$/m)
    expect(output).toContain('/v1/oauth/token/revoke')
    expect(output.split('\n').filter((line) => line.length > 80)).toEqual([])
  })

  it('helps, and tells its version', async () => {
    const help = await run(['--help'])
    expect([help.code, help.output.startsWith('anthropic-auth-emulator: ')]).toEqual([0, true])
    expect(await run(['--version'])).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
    })
  })

  it.each([[['--port', '99999']], [['--port', 'x']], [['--bogus']], [['extra']]])(
    'refuses %j',
    async (args) => {
      const { code, output } = await run(args)
      expect(code).toBe(2)
      expect(output).toContain('--help')
      expect(output).not.toContain('    at ')
    },
  )
})
