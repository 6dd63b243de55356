import { assertFunction, memberOf, readOptions } from '../syntax/members.ts'
import type { TokenSet, TokensLike } from '../token/token-set.ts'

/** A value or a promise of it. Stores may be synchronous. */
export type Awaitable<T> = T | Promise<T>

/**
 * A place for the tokens of one login. You can write your own: the examples use the system keychain, an encrypted file,
 * Redis and the official profile files.
 */
export interface TokenStore {
  /** Returns the tokens that were saved last, or `null` when there are none. Rejects when they can't be read. */
  load(): Awaitable<TokensLike | null>
  /** Replaces the saved tokens, completely or not at all. */
  save(tokens: TokenSet): Awaitable<void>
  /** Runs `critical` while no other process that uses this store runs its own. Takes over the lock of a dead process. */
  lock?<T>(critical: () => Promise<T>): Promise<T>
  /**
   * Rejects if the next `save()` would fail. A token provider calls it under the lock before each refresh: a refresh
   * token works once, so it is sent only if the next one can be saved.
   *
   * It changes nothing that `load()` returns, leaves nothing behind when no save follows, and may be called any
   * number of times. If the lock was lost, it rejects with an `AnthropicAuthError` whose `reason` is `lock_lost`: the
   * provider then takes the lock again and loads again.
   */
  prepareSave?(): Awaitable<void>
  /**
   * Remembers that the server has refused the refresh token of `tokens` for good, so that nobody sends it again. A token
   * provider calls it under the lock, and only while the store holds this refresh token. If it rejects, the provider
   * reports that to `onError`, and nothing else changes.
   *
   * It must not lose tokens: if the store holds another refresh token by now, it changes nothing. `load()` still returns
   * the tokens, and may return them with a `refreshTokenExpiresAt` in the past. Implement it together with `hasEnded()`.
   */
  markEnded?(tokens: TokenSet): Awaitable<void>
  /**
   * Whether `markEnded()` was called for the refresh token of `tokens`, by this process or another one. A token provider
   * calls it before each refresh, and sends nothing if it returns `true`.
   */
  hasEnded?(tokens: TokenSet): Awaitable<boolean>
}

/** The methods that a store may leave out. */
const OPTIONAL_METHODS = ['lock', 'prepareSave', 'markEnded', 'hasEnded'] as const

/**
 * Checks that a caller's store has the methods of a {@link TokenStore}.
 *
 * @throws TypeError naming what is missing or wrong
 */
export function assertStore(store: TokenStore): void {
  readOptions(store, 'store')
  if (typeof memberOf(store, 'load') !== 'function' || typeof memberOf(store, 'save') !== 'function') {
    throw new TypeError('store must have the methods load() and save()')
  }
  for (const name of OPTIONAL_METHODS) assertFunction(memberOf(store, name), `store.${name}`)
}
