import type { TokensLike, TokenStore } from '@anthropic-auth/core'

/** A store of the process, which a test can look into and change behind the provider's back. */
export interface MemoryStore extends TokenStore {
  held: TokensLike | null
  loads: number
  /** The refresh tokens that were saved, in order. */
  readonly saved: (string | null)[]
}

/** @param changes - operations that take the place of the store's own */
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
