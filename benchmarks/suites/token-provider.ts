import { TokenCache } from '@anthropic-ai/sdk/lib/credentials/token-cache'
import { createTokenProvider, OAuthClient } from '@anthropic-auth/core'
import { compareNet, type Length, repeated } from '../comparison.ts'
import { atMost, ratio, type Result, time } from '../result.ts'

/** An `await` takes about as long as the work. */
const CALLS = 1000

export async function run(length: Length): Promise<readonly Result[]> {
  const expiresAt = Math.floor(Date.now() / 1000) + 28_800
  const provider = createTokenProvider(new OAuthClient(), {
    tokens: { accessToken: 'token', expiresAt } as never,
  })
  const cache = new TokenCache(async () => ({ token: 'token', expiresAt }))
  const ready = Promise.resolve({ token: 'token' })
  const isToken = ({ token }: { readonly token: string }): boolean => token === 'token'
  const { ours, peer } = await compareNet(
    {
      ours: repeated(CALLS, () => provider(), isToken),
      peer: repeated(
        CALLS,
        () => cache.getToken(),
        (token) => token === 'token',
      ),
      empty: repeated(CALLS, () => ready, isToken),
    },
    { ...length, times: CALLS },
  )
  return [
    {
      row: 6,
      work: 'token provider, token fresh',
      ours: time(ours),
      peer: `the official SDK's cache ${time(peer)}`,
      ...atMost(ratio(ours, peer), 0.9),
    },
  ]
}
