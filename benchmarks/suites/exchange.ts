import { OAuthClient } from '@anthropic-auth/core'
import ky from 'ky'
import { compare, type Length, way } from '../comparison.ts'
import { atMost, ratio, type Result, time } from '../result.ts'
import { withServer } from '../server-process.ts'

export function run(length: Length): Promise<readonly Result[]> {
  return withServer('token-server.ts', ({ url }) => measure(url, length))
}

async function measure(token: string, length: Length): Promise<readonly Result[]> {
  const client = new OAuthClient({ endpoints: { token } })
  const flow = client.startFlow('console')
  const response = { code: 'c'.repeat(43), state: flow.state }
  const json = {
    grant_type: 'authorization_code',
    ...response,
    client_id: flow.clientId,
    code_verifier: flow.verifier,
  }
  const hasToken = (body: { readonly access_token?: string }): boolean => body.access_token !== undefined
  const { ours, bare, plainKy } = await compare(
    {
      ours: way(
        () => client.exchangeCode(response, flow),
        ({ accessToken }) => accessToken.startsWith('sk-ant-oat01-'),
      ),
      bare: way(async () => {
        const headers = { 'content-type': 'application/json' }
        const reply = await fetch(token, { method: 'POST', headers, body: JSON.stringify(json) })
        return (await reply.json()) as object
      }, hasToken),
      plainKy: way(() => ky.post(token, { json }).json<object>(), hasToken),
    },
    length,
  )
  const line = { row: 4, work: 'exchangeCode(), warm, loopback', ours: time(ours) }
  return [
    { ...line, peer: `fetch ${time(bare)}`, ...atMost(ratio(ours, bare), 1.35) },
    { ...line, peer: `ky ${time(plainKy)}`, ...atMost(ratio(ours, plainKy), 1.1) },
  ]
}
