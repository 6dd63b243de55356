import type { TokensLike, TokenSet, TokenStore } from '@anthropic-auth/core'
import { describe, expectTypeOf, it } from 'vitest'
import type { checkTokenStore } from '../index.ts'

/** A database with synchronous statements, such as SQLite. */
declare class SynchronousStore {
  load(): TokensLike | null
  save(tokens: TokenSet): void
  prepareSave(): void
}

type CreateStore = Parameters<typeof checkTokenStore>[0]
type BreakSaves = NonNullable<NonNullable<Parameters<typeof checkTokenStore>[1]>['breakSaves']>

describe('a synchronous store', () => {
  it('is a TokenStore, and can be checked', () => {
    expectTypeOf<SynchronousStore>().toExtend<TokenStore>()
    expectTypeOf<() => SynchronousStore>().toExtend<CreateStore>()
    expectTypeOf<() => Promise<SynchronousStore>>().toExtend<CreateStore>()
  })

  it('can be broken by a synchronous function', () => {
    expectTypeOf<() => () => void>().toExtend<BreakSaves>()
    expectTypeOf<() => Promise<() => Promise<void>>>().toExtend<BreakSaves>()
    expectTypeOf<() => void>().not.toExtend<BreakSaves>()
  })

  it('must not have a lock that returns no promise', () => {
    expectTypeOf<{
      load(): TokensLike | null
      save(tokens: TokenSet): void
      lock(critical: () => void): void
    }>().not.toExtend<TokenStore>()
  })
})
