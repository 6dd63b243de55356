import type { TokensLike, TokenStore } from '@anthropic-auth/core'

/** A store in memory, which a test can read and change without the provider. */
export interface MemoryStore extends TokenStore {
  held: TokensLike | null
  loads: number
  /** The refresh tokens that were saved, in order. */
  readonly saved: (string | null)[]
}

/** @param changes - operations that replace the store's own */
export function memoryStore(
  held: TokensLike | null = null,
  changes: { readonly [K in keyof TokenStore]?: TokenStore[K] } = {},
): MemoryStore {
  const store: MemoryStore = {
    held,
    loads: 0,
    saved: [],
    async load() {
      store.loads += 1
      return store.held
    },
    async save(tokens) {
      store.saved.push(tokens.refreshToken)
      store.held = tokens.toJSON()
    },
    ...changes,
  }
  return store
}
