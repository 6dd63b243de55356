import type { TokenSet, TokenStore } from '@anthropic-auth/core'
import { describe, expect, it } from 'vitest'
import { memoryStore } from '../../test/faulty-stores.ts'
import { checkTokenStore } from './token-store-check.ts'

/** Checks an in-memory store that remembers refused refresh tokens, in which `change` makes a mistake. */
async function check(change: (store: TokenStore, ended: Set<string | null>) => object): Promise<void> {
  const ended = new Set<string | null>()
  const store: TokenStore = {
    ...memoryStore(),
    markEnded: ({ refreshToken }: TokenSet) => void ended.add(refreshToken),
    hasEnded: ({ refreshToken }: TokenSet) => ended.has(refreshToken),
  }
  const changed = { ...store, ...change(store, ended) }
  await checkTokenStore(() => changed, { timeoutMs: 5000 })
}

describe('checkTokenStore(): markEnded() and hasEnded()', () => {
  it('passes a store that has them', async () => {
    await expect(check(() => ({}))).resolves.toBeUndefined()
  })

  it.each<[rule: string, change: Parameters<typeof check>[0]]>([
    ['it has markEnded() without hasEnded()', () => ({ hasEnded: undefined })],
    ['it has hasEnded() without markEnded()', () => ({ markEnded: undefined })],
    ['hasEnded() did not return false before markEnded()', () => ({ hasEnded: () => true })],
    ['hasEnded() did not return true after markEnded()', () => ({ markEnded: () => undefined })],
    [
      'hasEnded() did not return false after markEnded() and a save() of newer tokens',
      (_store, ended) => ({ hasEnded: () => ended.size > 0 }),
    ],
    [
      'load() returned a different accessToken, refreshToken',
      ({ save }, ended) => ({
        async markEnded(tokens: TokenSet) {
          ended.add(tokens.refreshToken)
          await save(tokens)
        },
      }),
    ],
    ['markEnded() rejected: Error', () => ({ markEnded: () => Promise.reject(new Error('disk full')) })],
    ['hasEnded() rejected: Error', () => ({ hasEnded: () => Promise.reject(new Error('disk full')) })],
  ])('finds: %s', async (rule, change) => {
    await expect(check(change)).rejects.toThrow(rule)
  })
})
