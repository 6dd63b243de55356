import { AnthropicAuthError, isAnthropicAuthError } from '../error/error.ts'
import { abortable, withDeadline } from '../http/deadline.ts'
import type { OAuthClient } from '../oauth-client.ts'
import type { TokenSet, TokensLike } from '../token/token-set.ts'
import type { AccessToken } from './access-token.ts'
import { GuardedStore } from './guarded-store.ts'
import { LockedRefresh } from './locked-refresh.ts'
import { LoginState } from './login-state.ts'
import { MonotonicClock } from './monotonic-clock.ts'
import { nextPause, type Pause } from './failure-pause.ts'
import { ProviderEvents } from './token-provider-event.ts'
import type { TokenProviderOptions } from './token-provider-options.ts'
import { SharedRefresh } from './shared-refresh.ts'

/** Hands out the access token of one login, and refreshes it once for all callers. */
export class TokenHandout {
  readonly #timeoutMs: number
  readonly #onError: ((error: AnthropicAuthError) => void) | undefined
  readonly #events: ProviderEvents
  readonly #clock = new MonotonicClock()
  readonly #login: LoginState
  readonly #refresh: LockedRefresh
  #shared: SharedRefresh | null = null
  /** Refreshes and saves of new logins take turns. */
  #lastTurn: Promise<unknown> = Promise.resolve()
  /** Set after a failed refresh. */
  #paused: Pause | null = null

  constructor(
    client: OAuthClient,
    { tokens, store: given, onRefresh, onError, onEvent }: TokenProviderOptions,
  ) {
    const { timeoutMs, clientId } = client.config
    const report = (error: unknown): void => this.#report(error)
    const store = new GuardedStore({ store: given, onRefresh, timeoutMs, report })
    const [clock, events] = [this.#clock, new ProviderEvents(onEvent)]
    const login = new LoginState({ clientId, store, clock, events })
    this.#timeoutMs = timeoutMs
    this.#onError = onError
    this.#events = events
    this.#login = login
    this.#refresh = new LockedRefresh({ client, store, login, clock, events, report })
    if (tokens !== undefined) this.#login.begin(tokens)
  }

  get tokens(): TokenSet | null {
    return this.#login.tokens
  }

  /**
   * Returns a fresh token at once. Otherwise all callers wait for one refresh, which continues when a caller aborts.
   */
  accessToken(force: boolean, signal: AbortSignal | undefined): Promise<AccessToken> {
    const fresh = this.#login.fresh(force)
    if (fresh !== null && signal?.aborted !== true) return fresh
    return abortable(async () => this.#sharedRefresh(force), signal)
  }

  /** Switches to the tokens of a new login, and saves them. */
  async replace(tokens: TokensLike): Promise<void> {
    this.#login.beginNewLogin(tokens)
    this.#paused = null
    try {
      await this.#inTurn(async () => this.#refresh.saveNewLogin())
    } catch (error) {
      if (isAnthropicAuthError(error)) this.#login.saver.postpone(error)
      throw error
    }
  }

  async #sharedRefresh(force: boolean): Promise<AccessToken> {
    const shared = this.#shared ?? this.#beginRefresh(force)
    try {
      const accessToken = await this.#resultOf(shared, force)
      // An unforced refresh may end with the current token, which a forced caller doesn't want.
      if (shared.isForced || !force) return accessToken
    } catch (error) {
      // After a failed forced refresh, unforced callers may still use a valid token. An overdue one is still running.
      if (shared.isForced === force || this.#shared === shared) throw error
    }
    return this.accessToken(force, undefined)
  }

  #beginRefresh(isForced: boolean): SharedRefresh {
    const shared = new SharedRefresh(isForced)
    const work = this.#inTurn(async () => this.#refreshUnlessPaused(shared)).finally(() => {
      this.#shared = null
    })
    this.#shared = shared.begin(work)
    return shared
  }

  /**
   * Waits for the result of a refresh on behalf of one caller. The deadline covers only the wait for the response;
   * loading, locking and saving have their own limits.
   */
  async #resultOf(shared: SharedRefresh, force: boolean): Promise<AccessToken> {
    await shared.requestSent
    if (!force && shared.isOverdue(this.#clock.now()) && this.#login.isValid()) return this.#login.served()
    try {
      await withDeadline({ timeoutMs: this.#timeoutMs, retryable: true }, async () => shared.requestEnded)
    } catch (error) {
      return this.#afterDeadline(shared, error, force)
    }
    return shared.done
  }

  /** The caller has waited long enough. The request goes on: its response may hold the only working refresh token. */
  #afterDeadline(shared: SharedRefresh, error: unknown, force: boolean): Promise<AccessToken> {
    if (!isAnthropicAuthError(error, 'timeout')) throw error
    const timeout = stillWaiting(error)
    const isFirst = shared.tellOverdue()
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

  async #refreshUnlessPaused(shared: SharedRefresh): Promise<AccessToken> {
    const force = shared.isForced
    if (this.#paused !== null && this.#clock.now() < this.#paused.until) {
      return this.#login.validOr(this.#paused.error, force)
    }
    const generation = this.#login.generation
    try {
      await this.#refresh.run(shared)
      this.#paused = null
    } catch (error) {
      if (generation === this.#login.generation) return this.#afterFailure(error, force)
    }
    return generation === this.#login.generation ? this.#login.served() : this.#refreshUnlessPaused(shared)
  }

  /** Pauses refreshes after a failure. Meanwhile callers get a token that is still valid. */
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

  /** A listener that throws or rejects must not end a login. */
  #report(problem: unknown): void {
    if (!isAnthropicAuthError(problem)) return
    const tell = async (): Promise<void> => this.#onError?.(problem)
    tell().catch(() => undefined)
  }
}

function stillWaiting({ message }: AnthropicAuthError): AnthropicAuthError {
  return new AnthropicAuthError('timeout', message, {
    reason: 'still_waiting',
    retryable: true,
    hint: 'The refresh is still under way, and its tokens will be saved. Call again to wait for them.',
  })
}
