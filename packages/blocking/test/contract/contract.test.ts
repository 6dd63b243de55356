import { BlockingOAuthClient } from '@anthropic-auth/blocking'
import { OAuthClient, type OAuthConfig, type OAuthFlow, type TokenSet } from '@anthropic-auth/core'
import type { RecordedRequest } from '@anthropic-auth/testing'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clientCases } from './client-cases.ts'
import type { ContractCase, EitherClient, Setting } from './contract-case.ts'
import { described, outcomeOf } from './outcome-of.ts'
import { type RemoteEmulator, startRemoteEmulator } from './remote-emulator.ts'
import { serverCases } from './server-cases.ts'

// A case is written once, in one of the lists, and runs for both clients.

let emulator: RemoteEmulator

beforeAll(async () => {
  emulator = await startRemoteEmulator()
})

afterAll(() => {
  emulator.close()
})

type ClientClass = new (config: OAuthConfig) => EitherClient

async function approved(client: EitherClient): Promise<{ flow: OAuthFlow; pasted: string }> {
  const flow = client.startFlow('console')
  return { flow, pasted: await emulator.approve(flow.authorizationUrl) }
}

async function tokens(): Promise<TokenSet> {
  const client = new OAuthClient({ endpoints: emulator.endpoints })
  const { flow, pasted } = await approved(client)
  return client.exchangeCode(pasted, flow)
}

/** Returns how the case ended, and the requests that the server received. */
async function run({ run: act }: ContractCase, Client: ClientClass): Promise<{ ends: string }> {
  await emulator.reset()
  const setting: Setting = {
    emulator,
    createClient: (config) => new Client({ endpoints: emulator.endpoints, ...config }),
    approved,
    tokens,
  }
  const outcome = await outcomeOf(() => act(setting))
  const requests = (await emulator.requests()).map(seenRequest)
  return { ...outcome, requests } as { ends: string }
}

function seenRequest({ method, path, headers, body, status }: RecordedRequest): unknown {
  return described({ method, path: path.split('?')[0], headers, body, status })
}

describe.each([
  ['the methods', clientCases],
  ['a server', serverCases],
] as const)('contract: %s', (_, cases) => {
  // Not by `$name`, which is cut short.
  const titled = cases.map((contractCase) => [contractCase.name, contractCase.ends, contractCase] as const)
  it.each(titled)('%s: %s', async (_name, _ends, contractCase) => {
    const asynchronous = await run(contractCase, OAuthClient)
    const blocking = await run(contractCase, BlockingOAuthClient)
    expect(asynchronous.ends).toBe(contractCase.ends)
    expect(blocking).toEqual(asynchronous)
  })
})
