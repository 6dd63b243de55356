import { describe, expect, it } from 'vitest'
import { OAuthClient } from './oauth-client.ts'

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
})
