import { TokenCache } from '@anthropic-ai/sdk/lib/credentials/token-cache'
import { createTokenProvider, OAuthClient } from '@anthropic-auth/core'
import { compare, type Length } from '../comparison.ts'
import { atMost, microseconds, type Result } from '../result.ts'

export async function run(length: Length): Promise<readonly Result[]> {
  const expiresAt = Math.floor(Date.now() / 1000) + 28_800
  const provider = createTokenProvider(new OAuthClient(), {
    tokens: { accessToken: 'token', expiresAt } as never,
  })
  const cache = new TokenCache(async () => ({ token: 'token', expiresAt }))
  await provider()
  await cache.getToken()
  const { ours, peer } = await compare({ ours: () => provider(), peer: () => cache.getToken() }, length)
  return [
    {
      row: 6,
      work: 'token provider, token fresh',
      ours: microseconds(ours),
      peer: `the official SDK's cache ${microseconds(peer)}`,
      ...atMost(ours.median / peer.median, 1),
    },
  ]
}
