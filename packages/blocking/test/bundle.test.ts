import { pathToFileURL } from 'node:url'
import { startEmulator } from '@anthropic-auth/testing'
import { describe, expect, it } from 'vitest'
import { bundleProgram } from './built-package.ts'
import { runNode } from './program.ts'

const LOGIN = `
  import { BlockingOAuthClient } from '@anthropic-auth/blocking'
  import { AnthropicAuthError, TokenSet } from '@anthropic-auth/core'

  const client = new BlockingOAuthClient({ endpoints: JSON.parse(process.env.ENDPOINTS) })
  const flow = JSON.parse(process.env.FLOW)
  const tokens = client.exchangeCode(process.env.PASTED, flow)
  console.log(tokens instanceof TokenSet, client.createApiKey(tokens).slice(0, 13))
  try {
    client.exchangeCode(process.env.PASTED, flow)
  } catch (error) {
    console.log(error instanceof AnthropicAuthError, error.code, error.error)
  }
`

describe('a bundle of a program', () => {
  it('logs in, with no file but its own', { timeout: 60_000 }, async () => {
    const program = await bundleProgram(LOGIN, 'node')
    await using emulator = await startEmulator()
    const { OAuthClient } = await import('@anthropic-auth/core')
    const flow = new OAuthClient({ endpoints: emulator.endpoints }).startFlow('console')
    const { code, stdout, stderr } = await runNode([program], {
      ENDPOINTS: JSON.stringify(emulator.endpoints),
      FLOW: JSON.stringify(flow),
      PASTED: await emulator.approve(flow.authorizationUrl),
    })
    expect([code, stdout, stderr]).toEqual([0, 'true sk-ant-api03-\ntrue oauth_error invalid_grant\n', ''])
  })

  it(
    'runs as an argument of Node too, where a worker takes any text for a module',
    { timeout: 60_000 },
    async () => {
      const program = await bundleProgram(
        `import { BlockingOAuthClient } from '@anthropic-auth/blocking'
       const client = new BlockingOAuthClient({ endpoints: { token: 'http://127.0.0.1:1/' } })
       try { client.refreshToken('a-token') } catch (error) { console.log(error.code) }`,
        'node',
      )
      // The program itself would be too long for an argument.
      const args = [
        '--input-type=module',
        '--eval',
        `await import(${JSON.stringify(pathToFileURL(program).href)})`,
      ]
      expect((await runNode(args)).stdout).toBe('network_error\n')
    },
  )
})
