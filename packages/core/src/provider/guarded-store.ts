import { AnthropicAuthError, isAnthropicAuthError } from '../error/error.ts'
import { withDeadline } from '../http/deadline.ts'
import { membersOf } from '../syntax/members.ts'
import { TokenSet } from '../token/token-set.ts'
import type { TokenStore } from './token-store.ts'

/** The store and the limits of a {@link GuardedStore}. */
export interface GuardedStoreOptions {
  readonly store: TokenStore | undefined
  readonly onRefresh: ((tokens: TokenSet) => void | Promise<void>) | undefined
  /** How long one operation may take, in milliseconds. */
  readonly timeoutMs: number
  /** Called when a lock could not be released. */
  readonly report: (error: unknown) => void
}

/** The wait for a lock is longer than one operation, since the holder of the lock loads, refreshes and saves. */
const LOCK_FACTOR = 3

/**
 * Wraps a caller's store: limits the time of each operation, validates the loaded tokens, and wraps the store's errors
 * in {@link AnthropicAuthError}s. Without a store, there is nothing to load and no lock to wait for.
 */
export class GuardedStore {
  readonly #options: GuardedStoreOptions

  constructor(options: GuardedStoreOptions) {
    this.#options = options
  }

  /** Whether there is a store. Without one, missing tokens never mean a logout. */
  get isPresent(): boolean {
    return this.#options.store !== undefined
  }

  get hasLock(): boolean {
    const { store } = this.#options
    return store !== undefined && membersOf(store).lock !== undefined
  }

  async load(): Promise<TokenSet | null> {
    const { store } = this.#options
    if (store === undefined) return null
    const stored = await this.#bounded('load', async () => store.load())
    return stored === null ? null : TokenSet.fromJSON(stored)
  }

  /** Saves the tokens, then calls `onRefresh`. The tokens count as saved if both succeed. */
  async save(tokens: TokenSet): Promise<void> {
    const { store, onRefresh } = this.#options
    if (store !== undefined) await this.#bounded('save', async () => store.save(tokens))
    if (onRefresh !== undefined) await this.#bounded('onRefresh', async () => onRefresh(tokens))
  }

  /**
   * Proves that a save will work, if the store has `prepareSave()`.
   *
   * @throws AnthropicAuthError `store_failed` with `reason` `prepareSave`, or `lock_lost`
   */
  async prepareSave(): Promise<void> {
    const { store } = this.#options
    if (store === undefined || membersOf(store).prepareSave === undefined) return
    try {
      await this.#bounded('prepareSave', async () => store.prepareSave?.())
    } catch (error) {
      throw isLockLost(error) || !isAnthropicAuthError(error) ? error : notSaveable(error)
    }
  }

  /** Notes in the store that the server has refused this refresh token for good, if the store can. */
  async markEnded(tokens: TokenSet): Promise<void> {
    const { store } = this.#options
    if (store === undefined || membersOf(store).markEnded === undefined) return
    await this.#bounded('markEnded', async () => store.markEnded?.(tokens))
  }

  /** Whether the store knows that the server has refused this refresh token for good. */
  async hasEnded(tokens: TokenSet): Promise<boolean> {
    const { store } = this.#options
    if (store === undefined || membersOf(store).hasEnded === undefined) return false
    return (await this.#bounded('hasEnded', async () => store.hasEnded?.(tokens))) === true
  }

  /** Runs `critical` under the store's lock, if it has one. The operations in `critical` have their own time limits. */
  async locked<T>(critical: () => Promise<T>): Promise<T> {
    const { store, timeoutMs, report } = this.#options
    if (!this.hasLock) return critical()
    const turn = new LockTurn(critical)
    const released = (async () => store?.lock?.(async () => turn.run()))()
    try {
      await this.#bounded('lock', async () => Promise.race([turn.begun, released]), LOCK_FACTOR * timeoutMs)
    } finally {
      turn.end()
    }
    if (turn.result === null) throw storeFailed('lock', 'ended without running its argument')
    try {
      return await turn.result
    } finally {
      await this.#bounded('lock', async () => released).catch(report)
    }
  }

  async #bounded<T>(
    operation: Operation,
    run: () => Promise<T>,
    timeoutMs: number = this.#options.timeoutMs,
  ): Promise<T> {
    try {
      return await withDeadline({ timeoutMs, retryable: true }, run)
    } catch (error) {
      if (isAnthropicAuthError(error, 'timeout')) {
        throw storeFailed(operation, `took longer than ${timeoutMs} ms`)
      }
      throw isAnthropicAuthError(error) ? error : storeFailed(operation, 'failed', error)
    }
  }
}

/** One turn under a store's lock. A store may begin it too late, or twice. Then nothing happens. */
class LockTurn<T> {
  /** Resolves when the store runs the turn. */
  readonly begun: Promise<void>
  /** `null` until the store has run the turn. */
  result: Promise<T> | null = null
  readonly #critical: () => Promise<T>
  #isOver = false
  #begin!: () => void

  constructor(critical: () => Promise<T>) {
    this.#critical = critical
    this.begun = new Promise<void>((resolve) => (this.#begin = resolve))
  }

  async run(): Promise<void> {
    if (this.#isOver) return
    this.#isOver = true
    this.result = this.#critical()
    this.#begin()
    // A failure is for our caller: the store must release the lock in any case.
    await this.result.catch(() => undefined)
  }

  /** Keeps the turn from beginning later. */
  end(): void {
    this.#isOver = true
  }
}

type Operation = 'load' | 'save' | 'prepareSave' | 'markEnded' | 'hasEnded' | 'lock' | 'onRefresh'

/** Whether another process took over the store's lock because it thought that we were dead. */
export function isLockLost(error: unknown): boolean {
  return isAnthropicAuthError(error, 'store_failed') && membersOf(error).reason === 'lock_lost'
}

function notSaveable(error: AnthropicAuthError): AnthropicAuthError {
  const why = `Nothing was refreshed, because the new tokens could not be saved. ${error.message}`
  const { hint, cause = error } = membersOf(error)
  return new AnthropicAuthError('store_failed', why, { reason: 'prepareSave', retryable: true, hint, cause })
}

const ON_REFRESH_HINT = 'Fix your onRefresh() function. If it threw an error, that is the cause of this one.'

function storeFailed(operation: Operation, problem: string, cause?: unknown): AnthropicAuthError {
  const subject = operation === 'onRefresh' ? 'onRefresh()' : `The token store's ${operation}()`
  return new AnthropicAuthError('store_failed', `${subject} ${problem}`, {
    reason: operation,
    retryable: true,
    ...(operation === 'onRefresh' && { hint: ON_REFRESH_HINT }),
    cause,
  })
}
