import { expectTypeOf, it } from 'vitest'
import type { OAuthClient, OAuthFlow, Profile, TokenSet } from '@anthropic-auth/core'
import type { BlockingOAuthClient, BlockingOAuthConfig, BlockingRequestOptions } from './index.ts'

type Awaitedly<T> = T extends (...args: never) => infer R ? Awaited<R> : never

it('returns what the asynchronous client resolves to', () => {
  type Returned = { [K in keyof OAuthClient]: Awaitedly<OAuthClient[K]> }
  expectTypeOf<
    Pick<{ [K in keyof BlockingOAuthClient]: Awaitedly<BlockingOAuthClient[K]> }, keyof OAuthClient>
  >().toEqualTypeOf<Returned>()
  expectTypeOf<BlockingOAuthClient['exchangeCode']>().returns.toEqualTypeOf<TokenSet>()
  expectTypeOf<BlockingOAuthClient['startFlow']>().returns.toEqualTypeOf<OAuthFlow>()
  expectTypeOf<BlockingOAuthClient['getProfile']>().returns.toEqualTypeOf<Profile>()
})

it('offers neither fetch nor signal', () => {
  expectTypeOf<BlockingOAuthConfig>().not.toHaveProperty('fetch')
  expectTypeOf<keyof BlockingRequestOptions>().toEqualTypeOf<'timeoutMs'>()
  expectTypeOf<BlockingOAuthConfig>().toHaveProperty('timeoutMs')
})
