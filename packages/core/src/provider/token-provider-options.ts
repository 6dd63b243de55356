import type { AnthropicAuthError } from '../error/error.ts'
import { assertFunction, readOptions } from '../syntax/members.ts'
import type { TokenSet, TokensLike } from '../token/token-set.ts'
import type { TokenProviderEvent } from './token-provider-event.ts'
import { assertStore, type TokenStore } from './token-store.ts'

/** Where tokens come from and go to; `tokens` or `store` is needed. */
export interface TokenProviderOptions {
  /** First tokens; the store wins when it holds any. */
  readonly tokens?: TokensLike | undefined
  readonly store?: TokenStore | undefined
  /** Awaited before the token is handed out: the place to persist without a store. */
  readonly onRefresh?: ((tokens: TokenSet) => void | Promise<void>) | undefined
  /**
   * Called with errors that no caller receives: a refresh that failed while the token was still valid, or a failed
   * save.
   */
  readonly onError?: ((error: AnthropicAuthError) => void) | undefined
  /** Called for each thing that the provider does. Log these events to find out why a login ended. */
  readonly onEvent?: ((event: TokenProviderEvent) => void) | undefined
}

/**
 * Checks the options of a token provider, and returns them without what comes from `Object.prototype`.
 *
 * @throws TypeError naming the option that is not valid
 */
export function readTokenProviderOptions(options: TokenProviderOptions): TokenProviderOptions {
  const { tokens, store, onRefresh, onError, onEvent } = readOptions(options)
  if (tokens === undefined && store === undefined) throw new TypeError('Give tokens, a store, or both')
  if (store !== undefined) assertStore(store)
  assertFunction(onRefresh, 'onRefresh')
  assertFunction(onError, 'onError')
  assertFunction(onEvent, 'onEvent')
  return { tokens, store, onRefresh, onError, onEvent }
}
