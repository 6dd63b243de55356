import { AnthropicAuthError, isAnthropicAuthError } from '../error/error.ts'
import type { PatientRequestOptions } from '../http/request-options.ts'
import type { OAuthClient } from '../oauth-client.ts'
import { membersOf } from '../syntax/members.ts'
import { TokenSet } from '../token/token-set.ts'
import { type GuardedStore, isLockLost } from './guarded-store.ts'
import { isLoggedOut, type LoginState } from './login-state.ts'
import type { MonotonicClock } from './monotonic-clock.ts'
import type { Pause } from './failure-pause.ts'
import type { ProviderEvents } from './token-provider-event.ts'
import type { SharedRefresh } from './shared-refresh.ts'
import { repeatedly } from './token-saver.ts'

/** How many refresh tokens one call of `run()` may try, if the store has another one each time. */
const MAX_LOGINS = 2
/** How many times one call of `run()` takes the lock, if it keeps losing it. */
const MAX_LOCKS = 3
/** An older `prepareSave()` proves nothing: the process may have been suspended since, and lost the lock. */
const MAX_PREPARED_MS = 10_000
/**
 * The provider waits this many times longer for a response than a caller does, since the response may hold the only
 * working refresh token.
 */
const PATIENCE = 5
const MIN_PATIENCE_MS = 60_000
const MAX_PATIENCE_MS = 300_000

/** The parts of a token provider that a refresh works with. */
export interface LockedRefreshParts {
  readonly client: OAuthClient
  readonly store: GuardedStore
  readonly login: LoginState
  readonly clock: MonotonicClock
  readonly events: ProviderEvents
  /** Called with errors that don't end a refresh. */
  readonly report: (error: unknown) => void
}

/** Refreshes the tokens of one login under the store's lock. */
export class LockedRefresh {
  readonly #client: OAuthClient
  readonly #store: GuardedStore
  readonly #login: LoginState
  readonly #clock: MonotonicClock
  readonly #events: ProviderEvents
  readonly #report: (error: unknown) => void

  constructor({ client, store, login, clock, events, report }: LockedRefreshParts) {
    this.#client = client
    this.#store = store
    this.#login = login
    this.#clock = clock
    this.#events = events
    this.#report = report
  }

  /** Makes the login fresh: reads the store, and refreshes the tokens unless another process already has. */
  async run(shared: SharedRefresh): Promise<void> {
    if (!this.#login.isLoaded) await this.#loadFirst()
    if (this.#login.dead !== null) await this.#lookForNewLogin(this.#login.dead)
    if (this.#login.fresh(shared.isForced) === null) {
      await this.#underLock(async () => this.#refreshIfDue(shared))
    }
  }

  /** Saves a new login. A lock that can't be taken is retried for as long as a failed save. */
  async saveNewLogin(): Promise<void> {
    const save = async (): Promise<void> => this.#underLock(async () => this.#login.save())
    await repeatedly(this.#clock, save, () => !this.#login.saver.isUntried)
  }

  async #loadFirst(): Promise<void> {
    const stored = await this.#loadOrKeep()
    if (stored instanceof TokenSet) this.#login.adopt(stored)
    this.#login.isLoaded = true
    if (this.#login.tokens === null) throw this.#login.die()
  }

  /** Another process, or the user, may have logged in meanwhile. */
  async #lookForNewLogin(dead: Pause): Promise<void> {
    if (this.#clock.now() < dead.until) throw dead.error
    this.#login.staysDead(dead)
    const stored = await this.#loadOrReport()
    // After a logout even the same tokens count: someone has put them back.
    const isUsable = stored !== null && (this.#login.isNewer(stored) || isLoggedOut(dead.error))
    if (!isUsable || this.#login.outdated.includes(stored)) throw dead.error
    this.#login.adoptRefreshed(stored)
  }

  /**
   * Another process may take over the lock of a suspended process. If that happened, takes it again and starts over.
   */
  async #underLock(work: () => Promise<void>): Promise<void> {
    for (let locks = 1; ; locks += 1) {
      if (this.#store.hasLock) this.#events.emit('waiting_for_lock')
      try {
        return await this.#store.locked(async () => {
          if (this.#store.hasLock) this.#events.emit('lock_acquired')
          await work()
        })
      } catch (error) {
        if (!isLockLost(error)) throw error
        this.#events.emit('lock_lost')
        if (locks === MAX_LOCKS) throw error
      }
    }
  }

  /** Another process may have refreshed the tokens before we got the lock. */
  async #refreshIfDue(shared: SharedRefresh): Promise<void> {
    const stored = await this.#loadOrKeep()
    if (stored === 'damaged') await this.#overwrite()
    else if (stored !== null && this.#login.isNewer(stored)) this.#login.adoptRefreshed(stored)
    else await this.#saveOrReport()
    const { tokens } = this.#login
    const isDue = !shared.isRefreshed && this.#login.fresh(shared.isForced) === null
    if (isDue && tokens !== null) await this.#refresh(tokens, shared, MAX_LOGINS)
  }

  async #overwrite(): Promise<void> {
    await this.#store.prepareSave()
    this.#login.saver.addRefreshed()
    await this.#login.save()
  }

  /** Sends a refresh token. If the store has another one each time, tries as many as `logins`. */
  async #refresh(tokens: TokenSet, shared: SharedRefresh, logins: number): Promise<void> {
    const generation = this.#login.generation
    const refreshed = await this.#send(tokens, shared).catch((error: unknown) => asEndOfLogin(error))
    if (refreshed instanceof TokenSet) this.#login.outdated.addReplaced(tokens, refreshed)
    if (generation !== this.#login.generation) {
      // These tokens belong to the previous login. Save them anyway, since the new login isn't saved yet.
      if (refreshed instanceof TokenSet) await this.#orReport(this.#store.save(refreshed))
    } else if (refreshed instanceof TokenSet) await this.#takeRefreshed(refreshed, shared)
    else await this.#recover(refreshed, shared, logins - 1)
  }

  /**
   * Sends the refresh token, but only after the store has proved that it can save the next one. Sends nothing if the
   * server is known to have refused it.
   */
  async #send(tokens: TokenSet, shared: SharedRefresh): Promise<TokenSet> {
    if ((await this.#orReport(this.#store.hasEnded(tokens))) === true) throw refusedBefore()
    const { timeoutMs } = this.#client.config
    let preparedAt = this.#clock.now()
    await this.#store.prepareSave()
    const options: PatientRequestOptions = {
      timeoutMs: patienceMs(timeoutMs),
      newAttemptsMs: timeoutMs,
      beforeAttempt: async () => {
        if (this.#clock.now() - preparedAt <= MAX_PREPARED_MS) return
        preparedAt = this.#clock.now()
        await this.#store.prepareSave()
      },
    }
    this.#events.emit('refreshing', { tokens })
    shared.markSent(this.#clock.now() + timeoutMs)
    return this.#client.refreshToken(tokens, options)
  }

  async #takeRefreshed(refreshed: TokenSet, shared: SharedRefresh): Promise<void> {
    this.#login.takeRefreshed(refreshed)
    shared.isRefreshed = true
    shared.markEnded()
    await this.#saveOrReport()
  }

  /** A program that takes no lock may have refreshed first. If so, uses the tokens that it stored. */
  async #recover(error: AnthropicAuthError, shared: SharedRefresh, logins: number): Promise<void> {
    this.#events.emit('refused', { tokens: this.#login.tokens, error })
    const { generation, tokens } = this.#login
    const stored = await this.#loadOrReport()
    if (generation !== this.#login.generation) return
    if (stored === null || !this.#login.isNewer(stored)) {
      // Our login ends here, perhaps unsaved. Never mistake the older one in the store for a newer one.
      this.#login.outdated.add(stored?.accessToken, stored?.refreshToken)
      const end = this.#login.die(error)
      shared.markEnded()
      // Mark the store only after our own login has ended: a new login may be passed in meanwhile.
      if (stored?.refreshToken === tokens?.refreshToken) await this.#markEnded(stored, error)
      throw end
    }
    if (logins === 0) throw this.#login.die(error)
    this.#login.adoptRefreshed(stored)
    if (this.#login.fresh(false) === null) await this.#refresh(stored, shared, logins)
  }

  /** Notes that the server has refused the stored refresh token, so that the next process doesn't send it again. */
  async #markEnded(stored: TokenSet | null, { code, reason }: AnthropicAuthError): Promise<void> {
    if (stored === null || code !== 'reauthentication_required' || reason === REFUSED_BEFORE) return
    await this.#orReport(this.#store.markEnded(stored))
  }

  /** A failed save loses nothing: the tokens are in use, and a later call saves them. */
  async #saveOrReport(): Promise<void> {
    await this.#login.save().catch((error: unknown) => {
      if (isLockLost(error)) throw error
      this.#report(error)
    })
  }

  /** Returns `'damaged'` for a damaged store while there are tokens in memory: that is not a logout. */
  async #loadOrKeep(): Promise<TokenSet | null | 'damaged'> {
    return this.#login.load().catch((error: unknown) => {
      if (this.#login.tokens === null || !isCorrupt(error)) throw error
      this.#report(error)
      return 'damaged' as const
    })
  }

  async #loadOrReport(): Promise<TokenSet | null> {
    return (await this.#orReport(this.#login.load())) ?? null
  }

  async #orReport<T>(work: Promise<T>): Promise<T | undefined> {
    return work.catch((error: unknown) => {
      if (isLoggedOut(error)) throw error
      this.#report(error)
      return undefined
    })
  }
}

const REFUSED_BEFORE = 'refused_before'

/** The server has refused the stored refresh token before, perhaps in another process. */
function refusedBefore(): AnthropicAuthError {
  return new AnthropicAuthError('reauthentication_required', 'The refresh token is no longer valid', {
    reason: REFUSED_BEFORE,
    hint: 'The server has refused it before, so it was not sent again. Log in again.',
  })
}

/** Returns an error that means that this refresh token no longer works. Rethrows any other. */
function asEndOfLogin(error: unknown): AnthropicAuthError {
  if (isAnthropicAuthError(error, 'reauthentication_required')) return error
  if (isAnthropicAuthError(error, 'missing_refresh_token')) return error
  throw error
}

function isCorrupt(error: unknown): boolean {
  return isAnthropicAuthError(error, 'store_failed') && membersOf(error).reason === 'corrupt_file'
}

/** How long to wait for a response, even after all callers have given up. */
function patienceMs(timeoutMs: number): number {
  return Math.max(timeoutMs, Math.min(Math.max(PATIENCE * timeoutMs, MIN_PATIENCE_MS), MAX_PATIENCE_MS))
}
