import Anthropic, { type ClientOptions } from '@anthropic-ai/sdk'
import { describe, expectTypeOf, it } from 'vitest'
import { OAuthClient } from '../oauth-client.ts'
import type { IdentityTokenSource } from '../token/identity-token-grant.ts'
import type { TokenSet } from '../token/token-set.ts'
import type { AccessToken, AccessTokenProvider } from './access-token.ts'
import { createAuthFetch } from './auth-fetch.ts'
import type { TokenProviderOptions } from './token-provider-options.ts'
import { createTokenProvider, type TokenProvider } from './token-provider.ts'
import type { TokenStore } from './token-store.ts'

declare const store: TokenStore
const client = new OAuthClient()
const provider = createTokenProvider(client, { store })

describe('TokenProvider', () => {
  it("is assignable to the official SDK's credentials as it is", () => {
    expectTypeOf<TokenProvider>().toExtend<NonNullable<ClientOptions['credentials']>>()
    expectTypeOf(new Anthropic({ credentials: provider })).toEqualTypeOf<Anthropic>()
  })

  it('gives an access token, with or without options', () => {
    expectTypeOf(provider()).toEqualTypeOf<Promise<AccessToken>>()
    expectTypeOf(provider({ forceRefresh: undefined, signal: undefined })).toEqualTypeOf<
      Promise<AccessToken>
    >()
    expectTypeOf(
      provider({ forceRefresh: true, signal: new AbortController().signal }),
    ).resolves.toEqualTypeOf<{
      readonly token: string
      readonly expiresAt: number | null
    }>()
  })

  it('shows its tokens, which only setTokens() changes', () => {
    expectTypeOf(provider.tokens).toEqualTypeOf<TokenSet | null>()
    // @ts-expect-error readonly
    provider.tokens = null
    expectTypeOf(provider.setTokens).returns.toEqualTypeOf<Promise<void>>()
  })
})

describe('AccessTokenProvider', () => {
  it("fits the official SDK's credentials, and is fitted by its providers and by ours", () => {
    expectTypeOf<AccessTokenProvider>().toExtend<NonNullable<ClientOptions['credentials']>>()
    expectTypeOf<NonNullable<ClientOptions['credentials']>>().toExtend<AccessTokenProvider>()
    expectTypeOf<TokenProvider>().toExtend<AccessTokenProvider>()
  })

  it('is what createAuthFetch() takes', () => {
    expectTypeOf(createAuthFetch).parameter(0).toEqualTypeOf<AccessTokenProvider>()
  })
})

describe('IdentityTokenSource', () => {
  it("is fitted by the official SDK's own, which knows no options", () => {
    expectTypeOf<() => string | Promise<string>>().toExtend<IdentityTokenSource>()
    expectTypeOf<(options?: { signal?: AbortSignal | undefined }) => string>().toExtend<IdentityTokenSource>()
  })
})

describe('createTokenProvider()', () => {
  it('takes undefined for any option', () => {
    const options = { tokens: undefined, store, onRefresh: undefined, onError: undefined }
    expectTypeOf(createTokenProvider(client, options)).toEqualTypeOf<TokenProvider>()
  })

  it('takes callbacks that wait', () => {
    const onRefresh = async (tokens: TokenSet): Promise<void> => store.save(tokens)
    expectTypeOf(createTokenProvider(client, { store, onRefresh })).toEqualTypeOf<TokenProvider>()
  })

  it('refuses what is no option', () => {
    // @ts-expect-error no such option
    const options: TokenProviderOptions = { store, refreshWindowSeconds: 5 }
    expectTypeOf(options.store).toEqualTypeOf<TokenStore | undefined>()
  })
})

describe('createAuthFetch()', () => {
  it('is assignable to the global fetch, and to the fetch of the official SDK', () => {
    expectTypeOf(createAuthFetch(provider)).toExtend<typeof fetch>()
    expectTypeOf(createAuthFetch(provider)).toExtend<NonNullable<ClientOptions['fetch']>>()
  })

  it('takes undefined for any option', () => {
    const authFetch = createAuthFetch(provider, { origins: undefined, fetch: undefined })
    expectTypeOf(authFetch('https://api.anthropic.com')).toEqualTypeOf<Promise<Response>>()
  })
})
