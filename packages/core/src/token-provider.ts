import { assertIssuedTo } from './client-binding.ts'
import { abortable } from './deadline.ts'
import { AnthropicAuthError, isAnthropicAuthError } from './error.ts'
import { ForwardClock } from './forward-clock.ts'
import { GuardedStore } from './guarded-store.ts'
import type { OAuthClient } from './oauth-client.ts'
import { TokenSet, type TokensLike } from './token-set.ts'
import type { TokenStore } from './token-store.ts'

/** Where tokens come from and go to; `tokens` or `store` is needed. */
export interface TokenProviderOptions {
  /** First tokens; the store wins when it holds any. */
  readonly tokens?: TokensLike | undefined
  readonly store?: TokenStore | undefined
  /** Awaited before the token is handed out: the place to persist without a store. */
  readonly onRefresh?: ((tokens: TokenSet) => void | Promise<void>) | undefined
  /** Hears of errors that no caller gets: a refresh that failed while the token is still valid, a save that failed. */
  readonly onError?: ((error: AnthropicAuthError) => void) | undefined
}

/** What the official SDK's `credentials` option expects of a provider. */
export interface AccessToken {
  readonly token: string
  /** Unix seconds; `null` = unknown. */
  readonly expiresAt: number | null
}

/** Gives a valid access token at each call; assignable to the official SDK's `credentials` option as it is. */
export interface TokenProvider {
  /**
   * @param options - `forceRefresh` after a 401; `signal` ends this caller's waiting, never a refresh that was sent
   * @throws AnthropicAuthError `reauthentication_required` when a new login is needed, `missing_refresh_token`,
   *   `store_failed`, `aborted`, or a code of `refreshToken()`
   */
  (options?: {
    readonly forceRefresh?: boolean | undefined
    readonly signal?: AbortSignal | undefined
  }): Promise<AccessToken>
  /** The last known tokens, without I/O. */
  readonly tokens: TokenSet | null
  /**
   * Takes the tokens of a new login, and saves them.
   *
   * @throws AnthropicAuthError `store_failed` when they could not be saved: they are in use, and saved later;
   *   `invalid_config` for tokens of another client
   */
  setTokens(tokens: TokensLike): Promise<void>
}

/** Tokens with no more than this left are renewed while their callers wait. */
const WINDOW_MS = 120_000
/** A forced renewal this soon after another comes of a 401 for the token before. */
const JUST_RENEWED_MS = 10_000
const FIRST_PAUSE_MS = 5000
const MAX_PAUSE_MS = 60_000
/** However long a server asks to wait, it is asked again after this. */
const MAX_RETRY_AFTER_MS = 3_600_000
/** How many refresh tokens one renewal may try, while the store brings another one each time. */
const MAX_LOGINS = 2
/** How many outdated tokens are remembered. */
const MAX_OUTDATED = 32
const NO_TOKENS = 'There are no tokens yet'

/**
 * Keeps one login alive: hands out its access token, renews it once for all callers and processes, in time, and never
 * loses it. Its states are drawn in `docs/token-provider.md`.
 *
 * @throws TypeError when neither `tokens` nor `store` is given
 * @throws AnthropicAuthError `store_failed` when `tokens` are not valid, `invalid_config` when they are another client's
 */
export function createTokenProvider(client: OAuthClient, options: TokenProviderOptions): TokenProvider {
  const login = new Login(client, options)
  const provider = Object.assign(
    (request: Parameters<TokenProvider>[0] = {}) =>
      login.accessToken(request.forceRefresh ?? false, request.signal),
    { tokens: login.tokens, setTokens: async (tokens: TokensLike) => login.replace(tokens) },
  )
  return Object.defineProperty(provider, 'tokens', { get: () => login.tokens })
}

interface Renewal {
  readonly forced: boolean
  readonly done: Promise<AccessToken>
}

/** Something failed, and is not tried again until an instant of the clock. */
interface Pause {
  readonly until: number
  readonly lengthMs: number
  readonly error: AnthropicAuthError
}

interface Unsaved {
  /** A login that replaces whatever the store holds. */
  readonly isNewLogin: boolean
  /** The last save failed; `null`: the first one is still to come. */
  readonly pause: Pause | null
}

/** One login over its life: fresh, then due and renewed; paused after a failure; dead until there is a new one. */
class Login {
  readonly #client: OAuthClient
  readonly #store: GuardedStore
  readonly #onError: ((error: AnthropicAuthError) => void) | undefined
  readonly #clock = new ForwardClock()

  #tokens: TokenSet | null = null
  /** One promise for all callers, so that a fresh token costs no allocation. */
  #accessToken: Promise<AccessToken> | null = null
  /** When the access token is due for renewal, and when it expires, by the clock. */
  #dueAt = -Infinity
  #expiresAt = -Infinity

  #loaded = false
  #renewal: Renewal | null = null
  /** Renewals and saves of new logins take turns. */
  #lastTurn: Promise<unknown> = Promise.resolve()
  #renewedAt = -Infinity
  /** The last renewal failed. */
  #paused: Pause | null = null
  /** The refresh token works no more; the store is looked at for a newer login after each pause. */
  #dead: Pause | null = null
  /** The store does not hold our tokens yet. */
  #unsaved: Unsaved | null = null
  /** Tokens that our refreshes have replaced, or that were refused: a store that holds one, still or again, is behind. */
  readonly #outdated = new Set<string>()
  /** Counts new logins: what was begun for the one before does not come into use. */
  #generation = 0

  constructor(client: OAuthClient, { tokens, store, onRefresh, onError }: TokenProviderOptions) {
    if (tokens === undefined && store === undefined) throw new TypeError('Give tokens, a store, or both')
    const { timeoutMs } = client.config
    this.#client = client
    this.#onError = onError
    this.#store = new GuardedStore({ store, onRefresh, timeoutMs, report: (error) => this.#report(error) })
    if (tokens !== undefined) this.#use(this.#checked(tokens), false)
  }

  get tokens(): TokenSet | null {
    return this.#tokens
  }

  /** Fresh: served at once. Else all callers wait for one renewal, which goes on when a caller's signal aborts. */
  accessToken(force: boolean, signal: AbortSignal | undefined): Promise<AccessToken> {
    const fresh = this.#fresh(force)
    if (fresh !== null && signal?.aborted !== true) return fresh
    return abortable(async () => this.#sharedRenewal(force), signal)
  }

  /** Takes the tokens of a new login. */
  async replace(tokens: TokensLike): Promise<void> {
    this.#adopt(this.#checked(tokens))
    this.#generation += 1
    this.#renewedAt = this.#clock.now()
    this.#unsaved = { isNewLogin: true, pause: null }
    try {
      await this.#inTurn(async () => this.#store.locked(async () => this.#save()))
    } catch (error) {
      this.#notSaved(error)
      throw error
    }
  }

  /** The token, where nothing is to be done before it is handed out. */
  #fresh(force: boolean): Promise<AccessToken> | null {
    const now = this.#clock.now()
    const saveAt = this.#unsaved?.pause?.until ?? Infinity
    if (!this.#loaded || now >= saveAt) return null
    const freshUntil = force ? Math.min(this.#renewedAt + JUST_RENEWED_MS, this.#expiresAt) : this.#dueAt
    return now < freshUntil ? this.#accessToken : null
  }

  async #sharedRenewal(force: boolean): Promise<AccessToken> {
    const under = this.#renewal ?? this.#beginRenewal(force)
    if (under.forced === force) return under.done
    // A token that is still valid serves after a forced renewal has failed, but not those who forced it.
    if (under.forced) return under.done.catch(async () => this.accessToken(force, undefined))
    // An unforced one may end with the very token that was refused.
    await under.done.catch(() => undefined)
    return this.accessToken(force, undefined)
  }

  #beginRenewal(forced: boolean): Renewal {
    const done = this.#inTurn(async () => this.#renew(forced)).finally(() => {
      this.#renewal = null
    })
    return (this.#renewal = { forced, done })
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#lastTurn.then(work)
    this.#lastTurn = turn.catch(() => undefined)
    return turn
  }

  async #renew(force: boolean): Promise<AccessToken> {
    if (this.#paused !== null && this.#clock.now() < this.#paused.until) {
      return this.#validOr(this.#paused.error, force)
    }
    const generation = this.#generation
    try {
      if (!this.#loaded) await this.#loadFirst()
      if (this.#dead !== null) await this.#lookForNewLogin(this.#dead)
      if (this.#fresh(force) === null) await this.#store.locked(async () => this.#renewLocked(force))
      this.#paused = null
    } catch (error) {
      if (generation === this.#generation) return this.#afterFailure(error, force)
    }
    return generation === this.#generation ? this.#served() : this.#renew(force)
  }

  async #loadFirst(): Promise<void> {
    const stored = await this.#load()
    if (stored !== null) this.#adopt(stored)
    this.#loaded = true
    if (this.#tokens === null) throw this.#die(new AnthropicAuthError('reauthentication_required', NO_TOKENS))
  }

  /** Another process, or a person, may have logged in meanwhile. */
  async #lookForNewLogin(dead: Pause): Promise<void> {
    const now = this.#clock.now()
    if (now < dead.until) throw dead.error
    this.#dead = { ...dead, until: now + FIRST_PAUSE_MS }
    const stored = await this.#loadOrReport()
    if (stored === null || !this.#isNewer(stored)) throw dead.error
    this.#adoptRenewed(stored)
  }

  /** Under the store's lock, where another process may have renewed meanwhile. */
  async #renewLocked(force: boolean): Promise<void> {
    const stored = await this.#load()
    if (stored !== null && this.#isNewer(stored)) this.#adoptRenewed(stored)
    else await this.#saveOrReport()
    if (this.#fresh(force) === null && this.#tokens !== null) await this.#refresh(this.#tokens, MAX_LOGINS)
  }

  /** `logins`: how many refresh tokens may be tried, where the store has another one each time. */
  async #refresh(tokens: TokenSet, logins: number): Promise<void> {
    const generation = this.#generation
    const refreshed = await this.#client.refreshToken(tokens).catch((error: unknown) => asEndOfLogin(error))
    if (refreshed instanceof TokenSet) this.#outdate(...replacedBy(refreshed, tokens))
    if (generation !== this.#generation) {
      // What was begun for the login before is kept safe until the new one is saved.
      if (refreshed instanceof TokenSet) await this.#orReport(this.#store.save(refreshed))
    } else if (refreshed instanceof TokenSet) {
      this.#use(refreshed, true)
      this.#renewedAt = this.#clock.now()
      this.#unsaved ??= { isNewLogin: false, pause: null }
      await this.#saveOrReport()
    } else await this.#recover(refreshed, logins - 1)
  }

  /** A program that takes no lock may have refreshed first: what it stored wins. */
  async #recover(error: AnthropicAuthError, logins: number): Promise<void> {
    const generation = this.#generation
    const stored = await this.#loadOrReport()
    if (generation !== this.#generation) return
    if (stored === null || !this.#isNewer(stored)) {
      // It stays older than a login that ends here, unsaved.
      this.#outdate(stored?.accessToken ?? null, stored?.refreshToken ?? null)
      throw this.#die(error)
    }
    if (logins === 0) throw this.#die(error)
    this.#adoptRenewed(stored)
    if (this.#fresh(false) === null) await this.#refresh(stored, logins)
  }

  /** A renewal failed: the next one waits; meanwhile a token that is still valid serves. */
  #afterFailure(cause: unknown, force: boolean): Promise<AccessToken> {
    if (!isAnthropicAuthError(cause)) throw cause
    if (cause === this.#dead?.error) return this.#validOr(cause, force)
    this.#paused = this.#nextPause(this.#paused, cause)
    const valid = this.#validOr(cause, force)
    this.#report(cause)
    return valid
  }

  #validOr(error: AnthropicAuthError, force: boolean): Promise<AccessToken> {
    if (!force && this.#accessToken !== null && this.#clock.now() < this.#expiresAt) return this.#accessToken
    throw error
  }

  /** A save that fails loses nothing: the tokens are in use, and saved again by a later call. */
  async #saveOrReport(): Promise<void> {
    await this.#save().catch((error: unknown) => {
      this.#notSaved(error)
      this.#report(error)
    })
  }

  async #save(): Promise<void> {
    const unsaved = this.#unsaved
    if (unsaved === null || this.#tokens === null) return
    await this.#store.save(this.#tokens)
    // A new login may have come meanwhile.
    if (this.#unsaved === unsaved) this.#unsaved = null
  }

  #notSaved(error: unknown): void {
    if (this.#unsaved === null || !isAnthropicAuthError(error)) return
    this.#unsaved = { ...this.#unsaved, pause: this.#nextPause(this.#unsaved.pause, error) }
  }

  /** What the store holds; `null` also when a new login has come meanwhile, which is newer. */
  async #load(): Promise<TokenSet | null> {
    const generation = this.#generation
    const stored = await this.#store.load()
    if (stored === null || generation !== this.#generation) return null
    assertIssuedTo(this.#client.config.clientId, stored)
    return stored
  }

  async #loadOrReport(): Promise<TokenSet | null> {
    return (await this.#orReport(this.#load())) ?? null
  }

  /** Whether the store's tokens are other than ours, and not older. */
  #isNewer({ accessToken, refreshToken }: TokenSet): boolean {
    if (accessToken === this.#tokens?.accessToken && refreshToken === this.#tokens.refreshToken) return false
    if (this.#outdated.has(accessToken) || this.#outdated.has(refreshToken ?? '')) return false
    return this.#unsaved?.isNewLogin !== true
  }

  #outdate(...tokens: readonly (string | null)[]): void {
    for (const token of tokens) if (token !== null) this.#outdated.add(token)
    for (const token of [...this.#outdated].slice(0, -MAX_OUTDATED)) this.#outdated.delete(token)
  }

  #adoptRenewed(stored: TokenSet): void {
    this.#adopt(stored)
    if (this.#clock.now() < this.#dueAt) this.#renewedAt = this.#clock.now()
  }

  /** Takes tokens from elsewhere: what was wrong with those before them is over. */
  #adopt(tokens: TokenSet): void {
    this.#use(tokens, false)
    this.#loaded = true
    this.#paused = null
    this.#dead = null
    this.#unsaved = null
  }

  #use(tokens: TokenSet, fetched: boolean): void {
    const leftMs = tokens.expiresAt === null ? Infinity : 1000 * tokens.expiresAt - Date.now()
    this.#tokens = tokens
    this.#accessToken = Promise.resolve(
      Object.freeze({ token: tokens.accessToken, expiresAt: tokens.expiresAt }),
    )
    this.#expiresAt = this.#clock.now() + leftMs
    this.#dueAt = this.#expiresAt - (fetched ? Math.min(WINDOW_MS, leftMs / 4) : WINDOW_MS)
  }

  /** Only a new login helps. Stored tokens are left as they are. */
  #die(error: AnthropicAuthError): AnthropicAuthError {
    this.#dead = this.#nextPause(null, error)
    // A server that refused the refresh token has ended the login; one that gave none has not.
    if (error.code === 'reauthentication_required') {
      this.#dueAt = this.#expiresAt = -Infinity
      this.#unsaved = null
      this.#outdate(this.#tokens?.refreshToken ?? null)
    }
    return error
  }

  #nextPause(last: Pause | null, error: AnthropicAuthError): Pause {
    const lengthMs = last === null ? FIRST_PAUSE_MS : Math.min(2 * last.lengthMs, MAX_PAUSE_MS)
    const askedMs = Math.min(1000 * (error.retryAfterSeconds ?? 0), MAX_RETRY_AFTER_MS)
    return { until: this.#clock.now() + Math.max(lengthMs, askedMs), lengthMs, error }
  }

  #served(): Promise<AccessToken> {
    if (this.#accessToken === null) throw new AnthropicAuthError('reauthentication_required', NO_TOKENS)
    return this.#accessToken
  }

  #checked(tokens: TokensLike): TokenSet {
    const set = TokenSet.fromJSON(tokens)
    assertIssuedTo(this.#client.config.clientId, set)
    return set
  }

  async #orReport<T>(work: Promise<T>): Promise<T | undefined> {
    return work.catch((error: unknown) => {
      this.#report(error)
      return undefined
    })
  }

  /** Whoever only listens must not end a login, by an exception or a promise that rejects. */
  #report(problem: unknown): void {
    if (!isAnthropicAuthError(problem)) return
    const hear = async (): Promise<void> => this.#onError?.(problem)
    hear().catch(() => undefined)
  }
}

/** The error after which this refresh token works no more; any other is thrown on. */
function asEndOfLogin(error: unknown): AnthropicAuthError {
  if (isAnthropicAuthError(error, 'reauthentication_required')) return error
  if (isAnthropicAuthError(error, 'missing_refresh_token')) return error
  throw error
}

/** Those of `tokens` that `refreshed` has others for: a server may keep the refresh token, or even the access token. */
function replacedBy(
  refreshed: TokenSet,
  { accessToken, refreshToken }: TokenSet,
): readonly (string | null)[] {
  return [accessToken, refreshToken].filter(
    (token) => token !== refreshed.accessToken && token !== refreshed.refreshToken,
  )
}
