import type { AccessToken } from './access-token.ts'
import { assertIssuedTo } from './client-binding.ts'
import { abortable, withDeadline } from './deadline.ts'
import { AnthropicAuthError, isAnthropicAuthError } from './error.ts'
import { ForwardClock } from './forward-clock.ts'
import { GuardedStore, isLockLost } from './guarded-store.ts'
import type { PatientRequestOptions } from './http-client.ts'
import type { OAuthClient } from './oauth-client.ts'
import { OutdatedTokens } from './outdated-tokens.ts'
import { FIRST_PAUSE_MS, nextPause, type Pause } from './refresh-pause.ts'
import { ServedTokens } from './served-tokens.ts'
import { ProviderEvents, type TokenProviderEvent } from './token-provider-event.ts'
import { TokenRenewal } from './token-renewal.ts'
import { TokenSaver } from './token-saver.ts'
import { TokenSet, type TokensLike } from './token-set.ts'
import type { TokenStore } from './token-store.ts'

/** A forced renewal this soon after another one comes from a 401 for the token before. */
const JUST_RENEWED_MS = 10_000
/** How many refresh tokens one renewal may try, while the store brings another one each time. */
const MAX_LOGINS = 2
/** How often one renewal takes the lock again after somebody else took it away. */
const MAX_LOCKS = 3
/** A look at the lock that is older than this proves nothing: the process may have been stopped since. */
const MAX_PREPARED_MS = 10_000
/** A response is waited for this many times longer than a caller waits, since it may hold the only refresh token. */
const PATIENCE = 5
const MIN_PATIENCE_MS = 60_000
const MAX_PATIENCE_MS = 300_000
const NO_TOKENS = 'There are no tokens yet'

/** Where the tokens of a refresher come from and go to, and who is told. */
export interface TokenRefresherOptions {
  readonly tokens?: TokensLike | undefined
  readonly store?: TokenStore | undefined
  readonly onRefresh?: ((tokens: TokenSet) => void | Promise<void>) | undefined
  readonly onError?: ((error: AnthropicAuthError) => void) | undefined
  readonly onEvent?: ((event: TokenProviderEvent) => void) | undefined
}

/** One login over its life: fresh, then due and renewed; paused after a failure; dead until there is a new one. */
export class TokenRefresher {
  readonly #client: OAuthClient
  readonly #store: GuardedStore
  readonly #onError: ((error: AnthropicAuthError) => void) | undefined
  readonly #events: ProviderEvents
  readonly #clock = new ForwardClock()
  readonly #served = new ServedTokens(this.#clock)
  readonly #saver: TokenSaver
  readonly #outdated = new OutdatedTokens()

  #loaded = false
  /** The store held this login before: when it holds none any more, somebody has logged out. */
  #wasStored = false
  #renewal: TokenRenewal | null = null
  /** Renewals and saves of new logins take turns. */
  #lastTurn: Promise<unknown> = Promise.resolve()
  #renewedAt = -Infinity
  /** The last renewal failed. */
  #paused: Pause | null = null
  /** The login is over; the store is looked at for a newer one after each pause. */
  #dead: Pause | null = null
  /** Counts new logins: tokens that were asked for on behalf of an earlier one are not used. */
  #generation = 0

  constructor(client: OAuthClient, { tokens, store, onRefresh, onError, onEvent }: TokenRefresherOptions) {
    if (tokens === undefined && store === undefined) throw new TypeError('Give tokens, a store, or both')
    const { timeoutMs } = client.config
    this.#client = client
    this.#onError = onError
    this.#events = new ProviderEvents(onEvent)
    this.#store = new GuardedStore({ store, onRefresh, timeoutMs, report: (error) => this.#report(error) })
    this.#saver = new TokenSaver(this.#store, this.#clock, this.#events)
    if (tokens !== undefined) this.#served.use(this.#checked(tokens), false)
  }

  get tokens(): TokenSet | null {
    return this.#served.tokens
  }

  /** Fresh: served at once. Otherwise all callers wait for one renewal, which goes on when a caller's signal aborts. */
  accessToken(force: boolean, signal: AbortSignal | undefined): Promise<AccessToken> {
    const fresh = this.#fresh(force)
    if (fresh !== null && signal?.aborted !== true) return fresh
    return abortable(async () => this.#sharedRenewal(force), signal)
  }

  /** Takes the tokens of a new login. */
  async replace(tokens: TokensLike): Promise<void> {
    this.#adopt(this.#checked(tokens), 'new_login')
    this.#generation += 1
    this.#renewedAt = this.#clock.now()
    this.#saver.addNewLogin()
    try {
      await this.#inTurn(async () => this.#underLock(async () => this.#save()))
    } catch (error) {
      if (isAnthropicAuthError(error)) this.#saver.postpone(error)
      throw error
    }
  }

  /** The token, where nothing has to be done before it is handed out. */
  #fresh(force: boolean): Promise<AccessToken> | null {
    const now = this.#clock.now()
    if (!this.#loaded || now >= this.#saver.dueAt) return null
    const { dueAt, expiresAt, accessToken } = this.#served
    const freshUntil = force ? Math.min(this.#renewedAt + JUST_RENEWED_MS, expiresAt) : dueAt
    return now < freshUntil ? accessToken : null
  }

  async #sharedRenewal(force: boolean): Promise<AccessToken> {
    const renewal = this.#renewal ?? this.#beginRenewal(force)
    try {
      const accessToken = await this.#resultOf(renewal, force)
      // A forced caller wants another token than the one that an unforced renewal may end with.
      if (renewal.isForced || !force) return accessToken
    } catch (error) {
      // A failed forced renewal leaves a valid token to callers that do not force; an overdue one is still under way.
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
   * What a renewal brings, for one caller. Its deadline covers the time in which a response is waited for; loading, the
   * lock and saving have limits of their own.
   */
  async #resultOf(renewal: TokenRenewal, force: boolean): Promise<AccessToken> {
    await renewal.requestSent
    if (!force && renewal.isOverdue(this.#clock.now()) && this.#isValid()) return this.#servedToken()
    try {
      const { timeoutMs } = this.#client.config
      await withDeadline({ timeoutMs, retryable: true }, async () => renewal.requestEnded)
    } catch (error) {
      return this.#afterDeadline(renewal, error, force)
    }
    return renewal.done
  }

  /** The caller has waited long enough. The request goes on: its response may hold the only refresh token that works. */
  #afterDeadline(renewal: TokenRenewal, error: unknown, force: boolean): Promise<AccessToken> {
    if (!isAnthropicAuthError(error, 'timeout')) throw error
    const timeout = stillWaiting(error)
    const isFirst = renewal.tellOverdue()
    if (isFirst) this.#events.emit('still_waiting', { tokens: this.tokens, error: timeout })
    const valid = this.#validOr(timeout, force)
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
      return this.#validOr(this.#paused.error, force)
    }
    const generation = this.#generation
    try {
      if (!this.#loaded) await this.#loadFirst()
      if (this.#dead !== null) await this.#lookForNewLogin(this.#dead)
      if (this.#fresh(force) === null) await this.#underLock(async () => this.#renewLocked(renewal))
      this.#paused = null
    } catch (error) {
      if (generation === this.#generation) return this.#afterFailure(error, force)
    }
    return generation === this.#generation ? this.#servedToken() : this.#renew(renewal)
  }

  async #loadFirst(): Promise<void> {
    const stored = await this.#loadOrKeep()
    if (stored instanceof TokenSet) this.#adopt(stored)
    this.#loaded = true
    if (this.tokens === null) throw this.#die(new AnthropicAuthError('reauthentication_required', NO_TOKENS))
  }

  /** Another process, or the user, may have logged in meanwhile. */
  async #lookForNewLogin(dead: Pause): Promise<void> {
    const now = this.#clock.now()
    if (now < dead.until) throw dead.error
    this.#dead = { ...dead, until: now + FIRST_PAUSE_MS }
    const stored = await this.#loadOrReport()
    // After a logout even the same tokens count: somebody has put them back.
    const isUsable = stored !== null && (this.#isNewer(stored) || isLoggedOut(dead.error))
    if (!isUsable || this.#outdated.includes(stored)) throw dead.error
    this.#adoptStored(stored)
  }

  /** Somebody may take the lock from a process that stood still: then it is taken again, and all looked at anew. */
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

  /** Under the store's lock, where another process may have renewed meanwhile. */
  async #renewLocked(renewal: TokenRenewal): Promise<void> {
    const stored = await this.#loadOrKeep()
    if (stored === 'damaged') await this.#overwrite()
    else if (stored !== null && this.#isNewer(stored)) this.#adoptStored(stored)
    else await this.#saveOrReport()
    const isDue = !renewal.isRefreshed && this.#fresh(renewal.isForced) === null
    if (isDue && this.tokens !== null) await this.#refresh(this.tokens, renewal, MAX_LOGINS)
  }

  async #overwrite(): Promise<void> {
    await this.#store.prepareSave()
    this.#saver.addRefreshed()
    await this.#save()
  }

  /** `logins`: how many refresh tokens may be tried, where the store has another one each time. */
  async #refresh(tokens: TokenSet, renewal: TokenRenewal, logins: number): Promise<void> {
    const generation = this.#generation
    const refreshed = await this.#send(tokens, renewal).catch((error: unknown) => asEndOfLogin(error))
    if (refreshed instanceof TokenSet) this.#outdated.addReplaced(tokens, refreshed)
    if (generation !== this.#generation) {
      // What was begun for the login before is kept safe until the new one is saved.
      if (refreshed instanceof TokenSet) await this.#orReport(this.#store.save(refreshed))
    } else if (refreshed instanceof TokenSet) await this.#takeRefreshed(refreshed, renewal)
    else await this.#recover(refreshed, renewal, logins - 1)
  }

  async #takeRefreshed(refreshed: TokenSet, renewal: TokenRenewal): Promise<void> {
    this.#served.use(refreshed, true)
    this.#events.emit('refreshed', { tokens: refreshed })
    this.#renewedAt = this.#clock.now()
    this.#saver.addRefreshed()
    renewal.isRefreshed = true
    renewal.markEnded()
    await this.#saveOrReport()
  }

  /** Sends the refresh token, once it is sure that its successor can be saved. */
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

  /** A program that takes no lock may have refreshed first: the tokens that it stored win. */
  async #recover(error: AnthropicAuthError, renewal: TokenRenewal, logins: number): Promise<void> {
    this.#events.emit('refused', { tokens: this.tokens, error })
    const generation = this.#generation
    const stored = await this.#loadOrReport()
    if (generation !== this.#generation) return
    if (stored === null || !this.#isNewer(stored)) {
      // It stays older than a login that ends here, unsaved.
      this.#outdated.add(stored?.accessToken, stored?.refreshToken)
      throw this.#die(error)
    }
    if (logins === 0) throw this.#die(error)
    this.#adoptStored(stored)
    if (this.#fresh(false) === null) await this.#refresh(stored, renewal, logins)
  }

  /** A renewal failed: the next one waits; meanwhile a token that is still valid serves. */
  #afterFailure(cause: unknown, force: boolean): Promise<AccessToken> {
    if (!isAnthropicAuthError(cause)) throw cause
    if (cause === this.#dead?.error) return this.#validOr(cause, force)
    const now = this.#clock.now()
    this.#paused = nextPause(this.#paused, cause, now)
    this.#events.emit('paused', { tokens: this.tokens, untilMs: this.#paused.until - now, error: cause })
    const valid = this.#validOr(cause, force)
    this.#report(cause)
    return valid
  }

  #isValid(): boolean {
    return this.tokens !== null && this.#clock.now() < this.#served.expiresAt
  }

  #validOr(error: AnthropicAuthError, force: boolean): Promise<AccessToken> {
    if (!force && this.#isValid()) return this.#servedToken()
    throw error
  }

  async #save(): Promise<void> {
    const isSaved = await this.#saver.save(this.tokens)
    if (isSaved && this.#store.isPresent) this.#wasStored = true
  }

  /** A save that fails loses nothing: the tokens are in use, and saved again by a later call. */
  async #saveOrReport(): Promise<void> {
    await this.#save().catch((error: unknown) => {
      if (isLockLost(error)) throw error
      this.#report(error)
    })
  }

  /** The stored tokens; `null` also when a new login has come meanwhile, which is newer. */
  async #load(): Promise<TokenSet | null> {
    const generation = this.#generation
    const stored = await this.#store.load()
    if (generation !== this.#generation) return null
    if (stored === null) return this.#noneStored()
    assertIssuedTo(this.#client.config.clientId, stored)
    this.#wasStored = true
    return stored
  }

  /** A damaged store is no logout: the tokens in memory are as good as any. `'damaged'` stands for it. */
  async #loadOrKeep(): Promise<TokenSet | null | 'damaged'> {
    return this.#load().catch((error: unknown) => {
      if (this.tokens === null || !isCorrupt(error)) throw error
      this.#report(error)
      return 'damaged' as const
    })
  }

  async #loadOrReport(): Promise<TokenSet | null> {
    return (await this.#orReport(this.#load())) ?? null
  }

  /** A store that held this login and holds none now was told of a logout, by another process or the user. */
  #noneStored(): null {
    if (!this.#wasStored || this.#saver.isNewLogin || this.#dead !== null) return null
    this.#events.emit('logged_out', { tokens: this.tokens })
    throw this.#die(loggedOut())
  }

  /** Whether the store's tokens are other than ours, and not older. */
  #isNewer(stored: TokenSet): boolean {
    const { accessToken, refreshToken } = stored
    if (accessToken === this.tokens?.accessToken && refreshToken === this.tokens.refreshToken) return false
    return !this.#outdated.includes(stored) && !this.#saver.isNewLogin
  }

  #adoptStored(stored: TokenSet): void {
    this.#adopt(stored)
    if (this.#clock.now() < this.#served.dueAt) this.#renewedAt = this.#clock.now()
  }

  /** Takes tokens from elsewhere: what was wrong with those before them is over. */
  #adopt(tokens: TokenSet, event: 'adopted' | 'new_login' = 'adopted'): void {
    this.#events.emit(event, { tokens })
    this.#served.use(tokens, false)
    this.#loaded = true
    this.#paused = null
    this.#dead = null
    this.#saver.drop()
  }

  /** Only a new login helps. Stored tokens are left as they are. */
  #die(error: AnthropicAuthError): AnthropicAuthError {
    this.#dead = nextPause(null, error, this.#clock.now())
    // A server that gave no refresh token has not ended the login: its access token serves as long as it is valid.
    if (error.code !== 'reauthentication_required') return error
    this.#served.retire()
    this.#saver.drop()
    if (!isLoggedOut(error)) this.#outdated.add(this.tokens?.refreshToken)
    return error
  }

  #servedToken(): Promise<AccessToken> {
    const { accessToken } = this.#served
    if (accessToken === null) throw new AnthropicAuthError('reauthentication_required', NO_TOKENS)
    return accessToken
  }

  #checked(tokens: TokensLike): TokenSet {
    const set = TokenSet.fromJSON(tokens)
    assertIssuedTo(this.#client.config.clientId, set)
    return set
  }

  async #orReport<T>(work: Promise<T>): Promise<T | undefined> {
    return work.catch((error: unknown) => {
      if (isLoggedOut(error)) throw error
      this.#report(error)
      return undefined
    })
  }

  /** Whoever only listens must not end a login, by an exception or a promise that rejects. */
  #report(problem: unknown): void {
    if (!isAnthropicAuthError(problem)) return
    const tell = async (): Promise<void> => this.#onError?.(problem)
    tell().catch(() => undefined)
  }
}

/** The error after which this refresh token works no more; any other is thrown on. */
function asEndOfLogin(error: unknown): AnthropicAuthError {
  if (isAnthropicAuthError(error, 'reauthentication_required')) return error
  if (isAnthropicAuthError(error, 'missing_refresh_token')) return error
  throw error
}

function isLoggedOut(error: unknown): boolean {
  return isAnthropicAuthError(error, 'reauthentication_required') && error.reason === 'logged_out'
}

function isCorrupt(error: unknown): boolean {
  return isAnthropicAuthError(error, 'store_failed') && error.reason === 'corrupt_file'
}

function loggedOut(): AnthropicAuthError {
  return new AnthropicAuthError('reauthentication_required', 'The store holds no login any more', {
    reason: 'logged_out',
    hint: 'Somebody has logged out or removed the tokens. Log in again.',
  })
}

function stillWaiting({ message }: AnthropicAuthError): AnthropicAuthError {
  return new AnthropicAuthError('timeout', message, {
    reason: 'still_waiting',
    retryable: true,
    hint: 'The refresh is still under way, and its tokens will be saved. Call again to wait for them.',
  })
}

/** How long a response is waited for, however soon its callers have gone. */
function patienceMs(timeoutMs: number): number {
  return Math.max(timeoutMs, Math.min(Math.max(PATIENCE * timeoutMs, MIN_PATIENCE_MS), MAX_PATIENCE_MS))
}
