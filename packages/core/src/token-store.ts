import type { TokenSet, TokensLike } from './token-set.ts'

/**
 * A place for the tokens of one login. Storage is the application's own: the examples show the system keychain, an
 * encrypted file, Redis and the official profile files.
 */
export interface TokenStore {
  /** What was saved last; `null` when there is nothing. Rejects when what is there can't be read. */
  load(): Promise<TokensLike | null>
  /** Replaces what was saved, wholly or not at all. */
  save(tokens: TokenSet): Promise<void>
  /** Runs `critical` while nobody else who uses this store does, in any process; frees the lock of a dead holder. */
  lock?<T>(critical: () => Promise<T>): Promise<T>
}
