import { AnthropicAuthError, isAnthropicAuthError } from '../error/error.ts'
import { abortable, withDeadline } from '../http/deadline.ts'
import type { PatientRequestOptions } from '../http/request-options.ts'
import type { OAuthClient } from '../oauth-client.ts'
import { membersOf } from '../syntax/members.ts'
import { TokenSet, type TokensLike } from '../token/token-set.ts'
import type { AccessToken } from './access-token.ts'
import { GuardedStore, isLockLost } from './guarded-store.ts'
import { isLoggedOut, LoginState } from './login-state.ts'
import { MonotonicClock } from './monotonic-clock.ts'
import { nextPause, type Pause } from './refresh-pause.ts'
import { ProviderEvents, type TokenProviderEvent } from './token-provider-event.ts'
import { TokenRenewal } from './token-renewal.ts'
import { repeatedly } from './token-saver.ts'
import type { TokenStore } from './token-store.ts'

/** How many refresh tokens one renewal may try, if the store has another one each time. */
const MAX_LOGINS = 2
/** How many times one renewal takes the lock, if it keeps losing it. */
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

/** The tokens and the store of a refresher, and its listeners. */
export interface TokenRefresherOptions {
  readonly tokens?: TokensLike | undefined
  readonly store?: TokenStore | undefined
  readonly onRefresh?: ((tokens: TokenSet) => void | Promise<void>) | undefined
  readonly onError?: ((error: AnthropicAuthError) => void) | undefined
  readonly onEvent?: ((event: TokenProviderEvent) => void) | undefined
}

/**
 * Hands out the access token of one login and renews it, once for all callers. Renewals and new logins take turns.
 */
export class TokenRefresher {
  readonly #client: OAuthClient
  readonly #store: GuardedStore
  readonly #onError: ((error: AnthropicAuthError) => void) | undefined
  readonly #events: ProviderEvents
  readonly #clock = new MonotonicClock()
  readonly #login: LoginState
  #renewal: TokenRenewal | null = null
  /** Renewals and saves of new logins take turns. */
  #lastTurn: Promise<unknown> = Promise.resolve()
  /** The last renewal failed. */
  #paused: Pause | null = null

  constructor(client: OAuthClient, { tokens, store, onRefresh, onError, onEvent }: TokenRefresherOptions) {
    const { timeoutMs, clientId } = client.config
    this.#client = client
    this.#onError = onError
    this.#events = new ProviderEvents(onEvent)
    this.#store = new GuardedStore({ store, onRefresh, timeoutMs, report: (error) => this.#report(error) })
    const { clock, events } = { clock: this.#clock, events: this.#events }
    this.#login = new LoginState({ clientId, store: this.#store, clock, events })
    if (tokens !== undefined) this.#login.begin(tokens)
  }

  get tokens(): TokenSet | null {
    return this.#login.tokens
  }

  /**
   * Returns a fresh token at once. Otherwise all callers wait for one renewal, which continues when a caller aborts.
   */
  accessToken(force: boolean, signal: AbortSignal | undefined): Promise<AccessToken> {
    const fresh = this.#login.fresh(force)
    if (fresh !== null && signal?.aborted !== true) return fresh
    return abortable(async () => this.#sharedRenewal(force), signal)
  }

  /** Switches to the tokens of a new login, and saves them. */
  async replace(tokens: TokensLike): Promise<void> {
    this.#login.beginNewLogin(tokens)
    this.#paused = null
    try {
      await this.#inTurn(async () => this.#saveNewLogin())
    } catch (error) {
      if (isAnthropicAuthError(error)) this.#login.saver.postpone(error)
      throw error
    }
  }

  /** A lock that can't be taken is retried for as long as a failed save. */
  async #saveNewLogin(): Promise<void> {
    const save = async (): Promise<void> => this.#underLock(async () => this.#login.save())
    await repeatedly(this.#clock, save, () => !this.#login.saver.isUntried)
  }

  async #sharedRenewal(force: boolean): Promise<AccessToken> {
    const renewal = this.#renewal ?? this.#beginRenewal(force)
    try {
      const accessToken = await this.#resultOf(renewal, force)
      // An unforced renewal may end with the current token, which a forced caller doesn't want.
      if (renewal.isForced || !force) return accessToken
    } catch (error) {
      // After a failed forced renewal, unforced callers may still use a valid token. An overdue one is still running.
      if (renewal.isForced === force || this.#renewal === renewal) throw error
    }
    return this.accessToken(force, undefined)
  }

  #beginRenewal(isForced: boolean): TokenRenewal {
    const renewal = new TokenRenewal(isForced)
    const work = this.#inTurn(async () => this.#renew(renewal)).finally(() => {
      this.#renewal = null
    })
    this.#renewal = renewal.begin(work)
    return renewal
  }

  /**
   * Waits for the result of a renewal on behalf of one caller. The deadline covers only the wait for the response;
   * loading, locking and saving have their own limits.
   */
  async #resultOf(renewal: TokenRenewal, force: boolean): Promise<AccessToken> {
    await renewal.requestSent
    if (!force && renewal.isOverdue(this.#clock.now()) && this.#login.isValid()) return this.#login.served()
    try {
      const { timeoutMs } = this.#client.config
      await withDeadline({ timeoutMs, retryable: true }, async () => renewal.requestEnded)
    } catch (error) {
      return this.#afterDeadline(renewal, error, force)
    }
    return renewal.done
  }

  /** The caller has waited long enough. The request goes on: its response may hold the only working refresh token. */
  #afterDeadline(renewal: TokenRenewal, error: unknown, force: boolean): Promise<AccessToken> {
    if (!isAnthropicAuthError(error, 'timeout')) throw error
    const timeout = stillWaiting(error)
    const isFirst = renewal.tellOverdue()
    if (isFirst) this.#events.emit('still_waiting', { tokens: this.tokens, error: timeout })
    const valid = this.#login.validOr(timeout, force)
    if (isFirst) this.#report(timeout)
    return valid
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#lastTurn.then(work)
    this.#lastTurn = turn.catch(() => undefined)
    return turn
  }

  async #renew(renewal: TokenRenewal): Promise<AccessToken> {
    const force = renewal.isForced
    if (this.#paused !== null && this.#clock.now() < this.#paused.until) {
      return this.#login.validOr(this.#paused.error, force)
    }
    const generation = this.#login.generation
    try {
      if (!this.#login.isLoaded) await this.#loadFirst()
      if (this.#login.dead !== null) await this.#lookForNewLogin(this.#login.dead)
      if (this.#login.fresh(force) === null) await this.#underLock(async () => this.#renewLocked(renewal))
      this.#paused = null
    } catch (error) {
      if (generation === this.#login.generation) return this.#afterFailure(error, force)
    }
    return generation === this.#login.generation ? this.#login.served() : this.#renew(renewal)
  }

  async #loadFirst(): Promise<void> {
    const stored = await this.#loadOrKeep()
    if (stored instanceof TokenSet) this.#login.adopt(stored)
    this.#login.isLoaded = true
    if (this.tokens === null) throw this.#login.die()
  }

  /** Another process, or the user, may have logged in meanwhile. */
  async #lookForNewLogin(dead: Pause): Promise<void> {
    if (this.#clock.now() < dead.until) throw dead.error
    this.#login.staysDead(dead)
    const stored = await this.#loadOrReport()
    // After a logout even the same tokens count: someone has put them back.
    const isUsable = stored !== null && (this.#login.isNewer(stored) || isLoggedOut(dead.error))
    if (!isUsable || this.#login.outdated.includes(stored)) throw dead.error
    this.#login.adoptRenewed(stored)
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

  /** Runs under the store's lock. Another process may have renewed the tokens before we got it. */
  async #renewLocked(renewal: TokenRenewal): Promise<void> {
    const stored = await this.#loadOrKeep()
    if (stored === 'damaged') await this.#overwrite()
    else if (stored !== null && this.#login.isNewer(stored)) this.#login.adoptRenewed(stored)
    else await this.#saveOrReport()
    const isDue = !renewal.isRefreshed && this.#login.fresh(renewal.isForced) === null
    if (isDue && this.tokens !== null) await this.#refresh(this.tokens, renewal, MAX_LOGINS)
  }

  async #overwrite(): Promise<void> {
    await this.#store.prepareSave()
    this.#login.saver.addRefreshed()
    await this.#login.save()
  }

  /** `logins`: how many refresh tokens may be tried, if the store has another one each time. */
  async #refresh(tokens: TokenSet, renewal: TokenRenewal, logins: number): Promise<void> {
    const generation = this.#login.generation
    const refreshed = await this.#send(tokens, renewal).catch((error: unknown) => asEndOfLogin(error))
    if (refreshed instanceof TokenSet) this.#login.outdated.addReplaced(tokens, refreshed)
    if (generation !== this.#login.generation) {
      // These tokens belong to the previous login. Save them anyway, since the new login isn't saved yet.
      if (refreshed instanceof TokenSet) await this.#orReport(this.#store.save(refreshed))
    } else if (refreshed instanceof TokenSet) await this.#takeRefreshed(refreshed, renewal)
    else await this.#recover(refreshed, renewal, logins - 1)
  }

  async #takeRefreshed(refreshed: TokenSet, renewal: TokenRenewal): Promise<void> {
    this.#login.takeRefreshed(refreshed)
    renewal.isRefreshed = true
    renewal.markEnded()
    await this.#saveOrReport()
  }

  /** Sends the refresh token, but only after the store has proved that it can save the next one. */
  async #send(tokens: TokenSet, renewal: TokenRenewal): Promise<TokenSet> {
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
    renewal.markSent(this.#clock.now() + timeoutMs)
    return this.#client.refreshToken(tokens, options)
  }

  /** A program that takes no lock may have refreshed first. If so, uses the tokens that it stored. */
  async #recover(error: AnthropicAuthError, renewal: TokenRenewal, logins: number): Promise<void> {
    this.#events.emit('refused', { tokens: this.tokens, error })
    const generation = this.#login.generation
    const stored = await this.#loadOrReport()
    if (generation !== this.#login.generation) return
    if (stored === null || !this.#login.isNewer(stored)) {
      // Our login ends here, perhaps unsaved. Never mistake the older one in the store for a newer one.
      this.#login.outdated.add(stored?.accessToken, stored?.refreshToken)
      throw this.#login.die(error)
    }
    if (logins === 0) throw this.#login.die(error)
    this.#login.adoptRenewed(stored)
    if (this.#login.fresh(false) === null) await this.#refresh(stored, renewal, logins)
  }

  /** Pauses renewals after a failure. Meanwhile callers get a token that is still valid. */
  #afterFailure(cause: unknown, force: boolean): Promise<AccessToken> {
    if (!isAnthropicAuthError(cause)) throw cause
    if (cause === this.#login.dead?.error) return this.#login.validOr(cause, force)
    const now = this.#clock.now()
    this.#paused = nextPause(this.#paused, cause, now)
    this.#events.emit('paused', { tokens: this.tokens, untilMs: this.#paused.until - now, error: cause })
    const valid = this.#login.validOr(cause, force)
    this.#report(cause)
    return valid
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
      if (this.tokens === null || !isCorrupt(error)) throw error
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

  /** A listener that throws or rejects must not end a login. */
  #report(problem: unknown): void {
    if (!isAnthropicAuthError(problem)) return
    const tell = async (): Promise<void> => this.#onError?.(problem)
    tell().catch(() => undefined)
  }
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

function stillWaiting({ message }: AnthropicAuthError): AnthropicAuthError {
  return new AnthropicAuthError('timeout', message, {
    reason: 'still_waiting',
    retryable: true,
    hint: 'The refresh is still under way, and its tokens will be saved. Call again to wait for them.',
  })
}

/** How long to wait for a response, even after all callers have given up. */
function patienceMs(timeoutMs: number): number {
  return Math.max(timeoutMs, Math.min(Math.max(PATIENCE * timeoutMs, MIN_PATIENCE_MS), MAX_PATIENCE_MS))
}
