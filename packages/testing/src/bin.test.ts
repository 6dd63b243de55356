import { spawn } from 'node:child_process'
import { createServer, type AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { deriveCodeChallenge, generateCodeVerifier, generateState } from '@anthropic-auth/pkce'
import { describe, expect, it } from 'vitest'
import { pressButton } from './simulated-user.ts'

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
  it('serves, prints how to point a login at it, and ends at Ctrl-C', async () => {
    let served: Promise<Response> | undefined
    const { code, output } = await run(['--separate-api-origin'], (text, end) => {
      const origin = /^ +Token endpoint and API +(\S+)$/m.exec(text)?.[1]
      if (!text.includes('Press Ctrl-C to stop.') || origin === undefined) return
      served ??= fetch(`${origin}/v1/models`).finally(end)
    })
    expect((await served)?.status).toBe(400)
    expect(code).toBe(0)
    expect(output).toMatch(/^Serving on http:\/\/127\.0\.0\.1:\d+$/m)
    expect(output).toMatch(/^ +Inspector +http:\/\/127\.0\.0\.1:\d+\/$/m)
    expect(output).toContain('/v1/oauth/token/revoke')
    expect(output).toMatch(/anthropic-auth login --profile emulator --base-url http:\S+ --console-url http:/)
  })

  it('accepts clients, lifetimes and a workspace', async () => {
    const redirectUri = 'http://localhost:*/cb'
    const args = ['--client', `my-app=${redirectUri}`, '--token-lifetime', '90s', '--login-lifetime', '2h']
    let checked: Promise<unknown> | undefined
    await run([...args, '--workspace', 'wrkspc_7'], (text, end) => {
      const url = /Serving on (\S+)/.exec(text)?.[1]
      if (!text.includes('Press Ctrl-C') || url === undefined) return
      checked ??= logInTo(url).finally(end)
    })
    expect(await checked).toMatchObject({
      expires_in: 90,
      refresh_token_expires_in: expect.closeTo(7200, -2) as number,
      workspace: { id: 'wrkspc_7' },
    })
  })

  it('prints help and its version', async () => {
    const help = await run(['--help'])
    expect([help.code, help.output.startsWith('Run an emulator of ')]).toEqual([0, true])
    expect(help.output.split('\n').filter((line) => line.length > 88)).toEqual([])
    expect((await run(['--port', '1', '-h'])).output).toBe(help.output)
    expect(await run(['--version'])).toMatchObject({
      code: 0,
      output: expect.stringMatching(/^\d+\.\d+\.\d+/) as string,
    })
  })

  it.each([
    [['--port', '99999'], "Invalid --port '99999': must be between 0 and 65535."],
    [['--port', 'x'], "Invalid --port 'x': must be between 0 and 65535."],
    [['--token-lifetime', 'soon'], "Invalid --token-lifetime 'soon'"],
    [['--login-lifetime', '1w'], "Invalid --login-lifetime '1w'"],
    [['--client', 'my-app'], "Invalid --client 'my-app': use ID=REDIRECT_URI."],
    [['--client', 'my-app=http://evil.example/'], 'The redirectUris of client "my-app" must be https'],
    [['--workspace', 'two words'], 'account.workspace must be null or a workspace id'],
    [['--bogus'], "Unknown option '--bogus'"],
    [['extra'], "Unexpected argument 'extra'"],
  ])('refuses %j', async (args, message) => {
    const { code, output } = await run(args)
    expect(code).toBe(2)
    expect(output).toContain(message)
    expect(output).toContain('--help')
    expect(output).not.toContain('    at ')
  })
})

it('says that the port is in use, and how to choose another', async () => {
  const blocker = createServer()
  await new Promise<void>((resolve) => {
    blocker.listen(0, '127.0.0.1', resolve)
  })
  const { port } = blocker.address() as AddressInfo
  const { code, output } = await run(['--port', String(port)])
  blocker.close()
  expect(code).toBe(1)
  expect(output).toBe(
    `Port ${port} is in use\nChoose another port with --port, or leave --port out to use any free port.\n`,
  )
})

/** Logs in as client `my-app`, without the classes of this package: the emulator runs in another process. */
async function logInTo(url: string): Promise<unknown> {
  const verifier = generateCodeVerifier()
  const state = generateState()
  const redirectUri = 'http://localhost:5/cb'
  const query = new URLSearchParams({
    client_id: 'my-app',
    response_type: 'code',
    redirect_uri: redirectUri,
    scope: 'user:inference',
    code_challenge: deriveCodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
  })
  const redirect = await pressButton(`${url}/oauth/authorize?${query.toString()}`, url, 'allow')
  const response = await fetch(`${url}/v1/oauth/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      grant_type: 'authorization_code',
      code: new URL(redirect).searchParams.get('code'),
      state,
      client_id: 'my-app',
      redirect_uri: redirectUri,
      code_verifier: verifier,
    }),
  })
  return response.json()
}
