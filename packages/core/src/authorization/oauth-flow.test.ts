import { describe, expect, it } from 'vitest'
import { clientAt } from '../../test/client-call.ts'
import { startRawServer } from '../../test/raw-server.ts'
import { json } from '../../test/reply.ts'
import { OAuthClient } from '../oauth-client.ts'
import type { OAuthFlow } from './oauth-flow.ts'

const client = new OAuthClient()

const exchangeWith = (changes: Record<string, unknown>): Promise<unknown> => {
  const flow = client.startFlow('max')
  return client.exchangeCode(`code#${flow.state}`, { ...flow, ...changes })
}

describe('exchangeCode() with a flow from outside', () => {
  it.each([
    ['authorizationUrl', 'javascript:alert(1)'],
    ['authorizationUrl', undefined],
    ['verifier', 'x'.repeat(42)],
    ['verifier', `${'x'.repeat(43)}=`],
    ['verifier', ['x'.repeat(43)]],
    ['state', ''],
    ['state', 'short'],
    ['state', null],
    ['mode', 'team'],
    ['redirectUri', 'http://evil.example/callback'],
    ['redirectUri', 7],
    ['clientId', ''],
    ['clientId', undefined],
    ['scopes', 'user:profile'],
    ['scopes', [7]],
    ['organizationId', ''],
    ['organizationId', 7],
    ['organizationId', ['8e1f4a6d-2b93-4c57-b0d8-71c5e3a9f624']],
    ['workspaceId', ''],
    ['workspaceId', false],
    ['workspaceId', {}],
    ['createdAt', '2026-01-01'],
    ['createdAt', Number.NaN],
  ])('refuses %s: %j before anything is sent', async (key, value) => {
    await expect(exchangeWith({ [key]: value })).rejects.toMatchObject({ code: 'invalid_flow', reason: key })
  })

  it.each([[null], [undefined], ['flow'], [[]]])('refuses %j in its place', async (flow) => {
    await expect(client.exchangeCode('code#state', flow as never)).rejects.toMatchObject({
      code: 'invalid_flow',
    })
  })

  it.each([[undefined], [null]])(
    'accepts %s for an organization and a workspace that were not requested',
    async (id) => {
      const server = await startRawServer(json({ access_token: 'at', organization: { uuid: 'o' } }))
      const flow = clientAt(server).startFlow('max')
      const given = { ...flow, organizationId: id, workspaceId: id } as OAuthFlow
      await expect(clientAt(server).exchangeCode(`code#${flow.state}`, given)).resolves.toMatchObject({
        organization: { id: 'o' },
      })
    },
  )
})
