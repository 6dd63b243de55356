import {
  type AccessToken,
  type AccessTokenProvider,
  type AnthropicAuthError,
  type IdentityTokenGrant,
  isAnthropicAuthError,
  type OAuthClient,
  type TokenProviderOptions,
} from '@anthropic-auth/core'
import {
  abortable,
  accessTokenOf,
  assertFunction,
  assertSignal,
  MonotonicClock,
  nextPause,
  type Pause,
  ProviderEvents,
  readIdentityTokenGrant,
  readOptions,
  TokenFreshness,
} from '@anthropic-auth/core/internal'

/** Listeners of a federation provider. */
export type FederationProviderOptions = Pick<TokenProviderOptions, 'onError' | 'onEvent'>

/**
 * Keeps a machine logged in by workload identity federation: exchanges the identity token of its platform for an access
 * token, in time and once for all callers. The identity token is read anew for each exchange, and nothing is stored.
 *
 * You can pass it to the official SDK's `credentials` option, and to `createAuthFetch()`.
 *
 * @param client - with its default endpoints, the requests go to `https://api.anthropic.com`
 * @param grant - the federation rule and the source of identity tokens, for example from `federationFromEnvironment()`
 * @throws TypeError when an argument has the wrong type
 * @example
 * ```ts
 * import Anthropic from '@anthropic-ai/sdk'
 * import { OAuthClient } from '@anthropic-auth/core'
 * import { createFederationProvider, githubActionsIdentityToken } from '@anthropic-auth/federation'
 *
 * const credentials = createFederationProvider(new OAuthClient(), {
 *   federationRuleId: 'fdrl_…',
 *   organizationId: '00000000-0000-0000-0000-000000000000',
 *   identityToken: githubActionsIdentityToken(),
 * })
 * const anthropic = new Anthropic({ credentials })
 * ```
 * @see https://www.rfc-editor.org/rfc/rfc7523
 */
export function createFederationProvider(
  client: OAuthClient,
  grant: IdentityTokenGrant,
  options: FederationProviderOptions = {},
): AccessTokenProvider {
  const { onError, onEvent } = readOptions(options)
  assertFunction(onError, 'onError')
  assertFunction(onEvent, 'onEvent')
  const login = new FederatedLogin(client, readIdentityTokenGrant(grant), { onError, onEvent })
  return async (request = {}) => {
    const { forceRefresh = false, signal } = readOptions(request)
    assertSignal(signal)
    return login.accessToken(forceRefresh, signal)
  }
}

/**
 * The access token of a machine, exchanged anew once for all callers.
 *
 * It needs no store and no lock, unlike a login with a refresh token: an exchange uses nothing up.
 */
class FederatedLogin {
  readonly #client: OAuthClient
  readonly #grant: IdentityTokenGrant
  readonly #onError: FederationProviderOptions['onError']
  readonly #events: ProviderEvents
  readonly #clock = new MonotonicClock()
  readonly #freshness = new TokenFreshness(this.#clock)
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
    const fresh = this.#freshness.fresh(force)
    if (fresh !== null && signal?.aborted !== true) return fresh
    return abortable(async () => this.#sharedExchange(force), signal)
  }

  async #sharedExchange(force: boolean): Promise<AccessToken> {
    const { until = -Infinity, error } = this.#paused ?? {}
    if (error !== undefined && this.#clock.now() < until) return this.#freshness.validOr(error, force)
    try {
      this.#exchange ??= this.#exchangeAnew().finally(() => {
        this.#exchange = null
      })
      return await this.#exchange
    } catch (problem) {
      if (!isAnthropicAuthError(problem)) throw problem
      return this.#freshness.validOr(problem, force)
    }
  }

  async #exchangeAnew(): Promise<AccessToken> {
    try {
      this.#events.emit('refreshing', { tokens: this.#freshness.tokens })
      const tokens = await this.#client.exchangeIdentityToken(this.#grant)
      this.#paused = null
      this.#events.emit('refreshed', { tokens })
      this.#freshness.use(tokens, true)
      this.#freshness.markRenewed()
      return accessTokenOf(tokens)
    } catch (error) {
      if (isAnthropicAuthError(error)) this.#pauseAfter(error)
      throw error
    }
  }

  #pauseAfter(error: AnthropicAuthError): void {
    const now = this.#clock.now()
    this.#paused = nextPause(this.#paused, error, now)
    this.#events.emit('paused', { tokens: this.#freshness.tokens, untilMs: this.#paused.until - now, error })
    if (this.#freshness.isValid()) this.#report(error)
  }

  /** No caller receives this error. A listener that throws or rejects must change nothing. */
  #report(problem: AnthropicAuthError): void {
    const tell = async (): Promise<void> => this.#onError?.(problem)
    tell().catch(() => undefined)
  }
}
