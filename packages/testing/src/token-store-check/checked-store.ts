import { TokenSet, type TokenStore } from '@anthropic-auth/core'
import { BrokenRule, within } from './broken-rule.ts'
import type { CheckTokens } from './check-tokens.ts'

/** The part of a check that all rules need. */
export interface CheckContext {
  readonly tokens: CheckTokens
  /** How long the store may take for one step. */
  readonly timeoutMs: number
}

/** A running check. */
export interface Check extends CheckContext {
  /** Opens the store's one place as another object. */
  readonly open: () => Promise<CheckedStore>
}

/** The store under check. If a call goes wrong, it throws the rule that the store breaks. */
export class CheckedStore {
  readonly #store: TokenStore
  readonly #context: CheckContext

  constructor(store: TokenStore, context: CheckContext) {
    this.#store = store
    this.#context = context
  }

  get hasLock(): boolean {
    return this.#store.lock !== undefined
  }

  get canPrepare(): boolean {
    return this.#store.prepareSave !== undefined
  }

  /** @throws BrokenRule when the store has one of `markEnded()` and `hasEnded()`, but not the other */
  get canEnd(): boolean {
    const canMark = this.#store.markEnded !== undefined
    const canAsk = this.#store.hasEnded !== undefined
    if (canMark && !canAsk) throw new BrokenRule('it has markEnded() without hasEnded()')
    if (canAsk && !canMark) throw new BrokenRule('it has hasEnded() without markEnded()')
    return canMark
  }

  /** Returns what the store returns, unread. Rejects with the store's own error. */
  async loadRaw(): Promise<unknown> {
    return within(this.#context.timeoutMs, 'load() did not end', async () => this.#store.load())
  }

  /** Rejects with the store's own error. */
  async saveRaw(tokens: TokenSet): Promise<void> {
    return within(this.#context.timeoutMs, 'save() did not end', async () => this.#store.save(tokens))
  }

  /** Rejects with the store's own error. */
  async prepareRaw(): Promise<void> {
    if (!this.canPrepare) throw new BrokenRule('one store object has prepareSave(), and another does not')
    return within(this.#context.timeoutMs, 'prepareSave() did not end', async () =>
      this.#store.prepareSave?.(),
    )
  }

  /** Calls the store's own lock, without a time limit. */
  async lockRaw<T>(critical: () => Promise<T>): Promise<T> {
    if (this.#store.lock === undefined) {
      throw new BrokenRule('one store object has lock(), and another does not')
    }
    return this.#store.lock(critical)
  }

  /** @param circumstance - how the sentence ends, such as "after a save()" */
  async load(circumstance: string): Promise<TokenSet> {
    const loaded = await this.#explained(`load() rejected ${circumstance}`, async () => this.loadRaw())
    if (loaded === null) throw new BrokenRule(`load() returned null ${circumstance}`)
    try {
      return TokenSet.fromJSON(loaded)
    } catch {
      throw new BrokenRule(`load() returned no valid token set ${circumstance}`)
    }
  }

  /** Loads a whole set, and returns its number. */
  async loadNumber(circumstance: string): Promise<number> {
    const number = this.#context.tokens.numberOf(await this.load(circumstance))
    if (number === null) {
      throw new BrokenRule(
        `load() returned a mixture of sets, or a set that was never saved, ${circumstance}`,
      )
    }
    return number
  }

  async save(tokens: TokenSet, circumstance: string): Promise<void> {
    return this.#explained(`save() rejected ${circumstance}`, async () => this.saveRaw(tokens))
  }

  /** @param circumstance - how the sentence ends, such as "on an empty store" */
  async prepare(circumstance: string): Promise<void> {
    return this.#explained(`prepareSave() rejected ${circumstance}`, async () => this.prepareRaw())
  }

  async markEnded(tokens: TokenSet): Promise<void> {
    const mark = async (): Promise<void> => this.#store.markEnded?.(tokens)
    return this.#explained('markEnded() rejected', async () =>
      within(this.#context.timeoutMs, 'markEnded() did not end', mark),
    )
  }

  async hasEnded(tokens: TokenSet): Promise<unknown> {
    const ask = async (): Promise<unknown> => this.#store.hasEnded?.(tokens)
    return this.#explained('hasEnded() rejected', async () =>
      within(this.#context.timeoutMs, 'hasEnded() did not end', ask),
    )
  }

  /** Has no time limit. Rejects with the error of `critical`, even if the store changes it. */
  async lock<T>(critical: () => Promise<T>): Promise<T> {
    const failures: unknown[] = []
    const run = async (): Promise<T> =>
      critical().catch((error: unknown) => {
        failures.push(error)
        throw error
      })
    const locked = this.#explained('lock() rejected', async () => this.lockRaw(run))
    const [result] = await Promise.allSettled([locked])
    if (failures.length > 0) throw failures[0]
    if (result.status === 'rejected') throw result.reason
    return result.value
  }

  async #explained<T>(rule: string, run: () => Promise<T>): Promise<T> {
    try {
      return await run()
    } catch (error) {
      if (error instanceof BrokenRule) throw error
      throw new BrokenRule(`${rule}: ${this.#context.tokens.describe(error)}`)
    }
  }
}
