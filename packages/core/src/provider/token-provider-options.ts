import type { AnthropicAuthError } from '../error/error.ts'
import { assertFunction, readOptions } from '../syntax/members.ts'
import type { TokenSet, TokensLike } from '../token/token-set.ts'
import type { TokenProviderEvent } from './token-provider-event.ts'
import { assertStore, type TokenStore } from './token-store.ts'

/** The options of `createTokenProvider()`. Either `tokens` or `store` is required. */
export interface TokenProviderOptions {
  /** The first tokens. If the store holds any, those are used instead. */
  readonly tokens?: TokensLike | undefined
  /** The place that keeps the tokens. With a store, several processes can share one login. */
  readonly store?: TokenStore | undefined
  /** Called with new tokens, and awaited before they are handed out. Without a store, save them here. */
  readonly onRefresh?: ((tokens: TokenSet) => void | Promise<void>) | undefined
  /**
   * Called with errors that no caller receives: a refresh that failed while the token was still valid, or a failed
   * save.
   */
  readonly onError?: ((error: AnthropicAuthError) => void) | undefined
  /** Called with everything that the provider does. Log these events to find out why a login ended. */
  readonly onEvent?: ((event: TokenProviderEvent) => void) | undefined
}

/**
 * Checks the options of a token provider, and returns them without the members of `Object.prototype`.
 *
 * @throws TypeError naming the option that is not valid
 */
export function readTokenProviderOptions(options: TokenProviderOptions): TokenProviderOptions {
  const { tokens, store, onRefresh, onError, onEvent } = readOptions(options)
  if (tokens === undefined && store === undefined) throw new TypeError('Pass tokens, a store, or both')
  if (store !== undefined) assertStore(store)
  assertFunction(onRefresh, 'onRefresh')
  assertFunction(onError, 'onError')
  assertFunction(onEvent, 'onEvent')
  return { tokens, store, onRefresh, onError, onEvent }
}
