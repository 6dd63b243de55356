import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { OAuthClient } from '@anthropic-auth/core'
import ky from 'ky'
import { compare, type Length } from '../comparison.ts'
import { atMost, microseconds, type Result } from '../result.ts'

export async function run(length: Length): Promise<readonly Result[]> {
  const server = fork(fileURLToPath(new URL('../token-server.ts', import.meta.url)))
  try {
    const [port] = (await once(server, 'message')) as [number]
    return await measure(`http://127.0.0.1:${port}/v1/oauth/token`, length)
  } finally {
    server.disconnect()
  }
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
  const { ours, bare, plainKy } = await compare(
    {
      ours: () => client.exchangeCode(response, flow),
      bare: async () => {
        const headers = { 'content-type': 'application/json' }
        const reply = await fetch(token, { method: 'POST', headers, body: JSON.stringify(json) })
        return (await reply.json()) as unknown
      },
      plainKy: () => ky.post(token, { json }).json(),
    },
    length,
  )
  const work = 'exchangeCode(), warm, loopback'
  return [
    {
      row: 4,
      work,
      ours: microseconds(ours),
      peer: `fetch ${microseconds(bare)}`,
      ...atMost(ours.median / bare.median, 1.5),
    },
    {
      row: 4,
      work,
      ours: microseconds(ours),
      peer: `ky ${microseconds(plainKy)}`,
      ...atMost(ours.median / plainKy.median, 1.15),
    },
  ]
}
