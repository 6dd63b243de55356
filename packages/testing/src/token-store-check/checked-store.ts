import { TokenSet, type TokenStore } from '@anthropic-auth/core'
import { BrokenRule, within } from './broken-rule.ts'
import type { CheckTokens } from './check-tokens.ts'

/** What all rules need to know of a check. */
export interface CheckContext {
  readonly tokens: CheckTokens
  /** How long the store may take for one thing. */
  readonly timeoutMs: number
}

/** A check under way. */
export interface Check extends CheckContext {
  /** Another object for the store's one place. */
  readonly open: () => Promise<CheckedStore>
}

/** A store that is being checked: what it does wrong comes out as the rule that it breaks. */
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

  /** What the store gives, as it gives it; rejects with the store's own error. */
  async loadRaw(): Promise<unknown> {
    return within(this.#context.timeoutMs, 'load() did not end', async () => this.#store.load())
  }

  /** Rejects with the store's own error. */
  async saveRaw(tokens: TokenSet): Promise<void> {
    return within(this.#context.timeoutMs, 'save() did not end', async () => this.#store.save(tokens))
  }

  /** Rejects with the store's own error. */
  async prepareRaw(): Promise<void> {
    if (!this.canPrepare) throw new BrokenRule('one store object has prepareSave(), another has not')
    return within(this.#context.timeoutMs, 'prepareSave() did not end', async () =>
      this.#store.prepareSave?.(),
    )
  }

  /** The store's own lock, unbounded in time. */
  async lockRaw<T>(critical: () => Promise<T>): Promise<T> {
    if (this.#store.lock === undefined) throw new BrokenRule('one store object has lock(), another has not')
    return this.#store.lock(critical)
  }

  /** @param circumstance - how the sentence ends, such as "after a save()" */
  async load(circumstance: string): Promise<TokenSet> {
    const loaded = await this.#explained(`load() rejected ${circumstance}`, async () => this.loadRaw())
    if (loaded === null) throw new BrokenRule(`load() gave null ${circumstance}`)
    try {
      return TokenSet.fromJSON(loaded)
    } catch {
      throw new BrokenRule(`load() gave no valid token set ${circumstance}`)
    }
  }

  /** The number of the whole set that the store holds. */
  async loadNumber(circumstance: string): Promise<number> {
    const number = this.#context.tokens.numberOf(await this.load(circumstance))
    if (number === null) {
      throw new BrokenRule(`load() gave a mixture, or a set that nobody saved, ${circumstance}`)
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

  /** Unbounded in time. Rejects with what `critical` rejects with, whatever the store makes of it. */
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
