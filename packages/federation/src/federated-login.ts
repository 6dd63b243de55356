import {
  type AccessToken,
  type AnthropicAuthError,
  type IdentityTokenGrant,
  isAnthropicAuthError,
  type OAuthClient,
  type TokenProviderOptions,
} from '@anthropic-auth/core'
import {
  abortable,
  accessTokenOf,
  MonotonicClock,
  nextPause,
  type Pause,
  ProviderEvents,
  ServedTokens,
} from '@anthropic-auth/core/internal'

/** Listeners of a federation provider. */
export type FederationProviderOptions = Pick<TokenProviderOptions, 'onError' | 'onEvent'>

/**
 * The access token of a machine, exchanged anew once for all callers.
 *
 * It needs no store and no lock, unlike a login with a refresh token: an exchange uses nothing up.
 */
export class FederatedLogin {
  readonly #client: OAuthClient
  readonly #grant: IdentityTokenGrant
  readonly #onError: FederationProviderOptions['onError']
  readonly #events: ProviderEvents
  readonly #clock = new MonotonicClock()
  readonly #served = new ServedTokens(this.#clock)
  #exchange: Promise<AccessToken> | null = null
  /** The last exchange failed. */
  #paused: Pause | null = null

  constructor(
    client: OAuthClient,
    grant: IdentityTokenGrant,
    { onError, onEvent }: FederationProviderOptions,
  ) {
    this.#client = client
    this.#grant = grant
    this.#onError = onError
    this.#events = new ProviderEvents(onEvent)
  }

  /** Returns a fresh token at once. Otherwise all callers wait for one exchange, which continues when a caller aborts. */
  accessToken(force: boolean, signal: AbortSignal | undefined): Promise<AccessToken> {
    const fresh = this.#served.fresh(force)
    if (fresh !== null && signal?.aborted !== true) return fresh
    return abortable(async () => this.#sharedExchange(force), signal)
  }

  async #sharedExchange(force: boolean): Promise<AccessToken> {
    const { until = -Infinity, error } = this.#paused ?? {}
    if (error !== undefined && this.#clock.now() < until) return this.#served.validOr(error, force)
    try {
      this.#exchange ??= this.#exchangeAnew().finally(() => {
        this.#exchange = null
      })
      return await this.#exchange
    } catch (problem) {
      if (!isAnthropicAuthError(problem)) throw problem
      return this.#served.validOr(problem, force)
    }
  }

  async #exchangeAnew(): Promise<AccessToken> {
    try {
      this.#events.emit('refreshing', { tokens: this.#served.tokens })
      const tokens = await this.#client.exchangeIdentityToken(this.#grant)
      this.#paused = null
      this.#events.emit('refreshed', { tokens })
      this.#served.use(tokens, true)
      this.#served.markRenewed()
      return accessTokenOf(tokens)
    } catch (error) {
      if (isAnthropicAuthError(error)) this.#pauseAfter(error)
      throw error
    }
  }

  #pauseAfter(error: AnthropicAuthError): void {
    const now = this.#clock.now()
    this.#paused = nextPause(this.#paused, error, now)
    this.#events.emit('paused', { tokens: this.#served.tokens, untilMs: this.#paused.until - now, error })
    if (this.#served.isValid()) this.#report(error)
  }

  /** No caller receives this error. A listener that throws or rejects must change nothing. */
  #report(problem: AnthropicAuthError): void {
    const tell = async (): Promise<void> => this.#onError?.(problem)
    tell().catch(() => undefined)
  }
}
