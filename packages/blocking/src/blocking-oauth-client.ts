import {
  AnthropicAuthError,
  type AuthorizationResponse,
  type OAuthConfig,
  OAuthClient,
  type OAuthFlow,
  type OAuthMode,
  type Profile,
  type RequestOptions,
  type ResolvedConfig,
  type StartFlowOptions,
  type TokenSet,
  type TokensLike,
} from '@anthropic-auth/core'
import { readOptions } from '@anthropic-auth/core/internal'
import { apiKeyOf, assertDone, type Outcome, profileOf, tokensOf } from './call-result.ts'
import { packFlow, packResponse, packTimeout, packTokens } from './call-arguments.ts'
import { assertCanBlock } from './runtime.ts'
import { sharedWorker } from './shared-worker.ts'
import type { Invocation, WorkerCall } from './worker-call.ts'

/** What an application can set: the options of {@link OAuthClient}, but for `fetch`, which can't cross threads. */
export type BlockingOAuthConfig = Omit<OAuthConfig, 'fetch'>

/** What a call can be told. There is no `signal`: while a call blocks, nothing runs that could abort it. */
export type BlockingRequestOptions = Pick<RequestOptions, 'timeoutMs'>

/**
 * The OAuth 2.0 client without `await`: the methods of {@link OAuthClient} with the same arguments, results and errors,
 * each of which blocks its thread until the answer is there.
 *
 * The HTTP runs in a worker thread that all clients of a thread share. It is started with the first client, never keeps
 * the process alive, and is replaced after it crashed or hung. To the errors of {@link OAuthClient} the methods that
 * wait for the network add `worker_failed`.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1
 */
export class BlockingOAuthClient implements Disposable {
  readonly #client: OAuthClient
  #isOpen = true

  /**
   * @throws AnthropicAuthError `unsupported_runtime` where a thread can't block, as the main thread of a browser;
   *   `invalid_config`, with the option's name as `reason`; `worker_failed`
   */
  constructor(config: BlockingOAuthConfig = {}) {
    assertCanBlock()
    assertNoFetch(readOptions(config, 'config'))
    this.#client = new OAuthClient(config)
    sharedWorker.acquire()
  }

  /** The configuration, validated, with its defaults, frozen. */
  get config(): ResolvedConfig {
    return this.#client.config
  }

  /**
   * Starts a login: makes PKCE, state and the URL that the person opens. No I/O.
   *
   * @throws TypeError when the mode or the state is invalid, or an id is not a non-empty string
   * @throws AnthropicAuthError `invalid_config` when `redirectUri` or `scopes` are not valid
   */
  startFlow(mode: OAuthMode, options: StartFlowOptions = {}): OAuthFlow {
    return this.#client.startFlow(mode, options)
  }

  /**
   * Checks what came back against its flow and exchanges the code for tokens; never sends a code twice.
   *
   * @param response - `code#state`, the redirect URL or its query, as the person pasted it
   * @param flow - what `startFlow()` returned; its client id and redirect URI are what is sent
   * @throws AnthropicAuthError `invalid_flow`, `invalid_authorization_response`, `state_mismatch`,
   *   `authorization_denied`, `organization_mismatch` when the login is for a different organization or workspace
   *   than the flow requested (its tokens are revoked if possible), `worker_failed`, or a network code
   * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3
   */
  exchangeCode(
    response: string | URL | URLSearchParams | AuthorizationResponse,
    flow: OAuthFlow,
    options: BlockingRequestOptions = {},
  ): TokenSet {
    const outcome = this.#call(options, () => ({
      method: 'exchangeCode',
      response: packResponse(response),
      flow: packFlow(flow),
    }))
    return tokensOf(outcome)
  }

  /**
   * Refreshes tokens; what the answer leaves out is carried over from a given set.
   *
   * Refresh tokens are single use: store what comes back before anything else.
   *
   * @param tokens - a set, or a refresh token
   * @throws AnthropicAuthError `missing_refresh_token`, `invalid_config` for tokens of another client,
   *   `reauthentication_required` when the refresh token is dead, `worker_failed`, or a network code; after
   *   `account_on_hold` it still works
   * @see https://www.rfc-editor.org/rfc/rfc6749#section-6
   */
  refreshToken(tokens: string | TokensLike, options: BlockingRequestOptions = {}): TokenSet {
    return tokensOf(this.#call(options, () => ({ method: 'refreshToken', tokens: packTokens(tokens) })))
  }

  /**
   * Creates an API key. Needs the scope `org:create_api_key`, which the server drops silently where an account may not
   * grant it.
   *
   * @param tokens - a set, or an access token
   * @throws AnthropicAuthError `missing_scope` before anything is sent, when the scopes are known; `worker_failed`, or a
   *   network code
   */
  createApiKey(tokens: string | TokensLike, options: BlockingRequestOptions = {}): string {
    return apiKeyOf(this.#call(options, () => ({ method: 'createApiKey', tokens: packTokens(tokens) })))
  }

  /**
   * Tells who is logged in. Needs the scope `user:profile`.
   *
   * @experimental The endpoint is undocumented.
   * @param tokens - a set, or an access token
   * @throws AnthropicAuthError `missing_scope` before anything is sent, when the scopes are known; `worker_failed`, or a
   *   network code
   */
  getProfile(tokens: string | TokensLike, options: BlockingRequestOptions = {}): Profile {
    return profileOf(this.#call(options, () => ({ method: 'getProfile', tokens: packTokens(tokens) })))
  }

  /**
   * Revokes tokens: of a set the refresh token, else the access token.
   *
   * @experimental The endpoint is undocumented.
   * @param tokens - a set, or a token
   * @throws AnthropicAuthError `invalid_config` for tokens of another client, `worker_failed`, or a network code
   * @see https://www.rfc-editor.org/rfc/rfc7009
   */
  revokeToken(tokens: string | TokensLike, options: BlockingRequestOptions = {}): void {
    assertDone(this.#call(options, () => ({ method: 'revokeToken', tokens: packTokens(tokens) })))
  }

  /**
   * Gives up this client, and with the last one of a thread its worker. Never needed for the process to end; closing
   * twice is fine. Later calls that need the network throw a `TypeError`.
   */
  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    sharedWorker.release()
  }

  /** The same as `close()`, for `using`. */
  [Symbol.dispose](): void {
    this.close()
  }

  #call(options: BlockingRequestOptions, prepare: () => Invocation): Outcome {
    if (!this.#isOpen) throw new TypeError('This client is closed')
    return sharedWorker.call((): WorkerCall => {
      const { timeoutMs, signal }: RequestOptions = readOptions(options)
      assertNoSignal(signal)
      const own = { timeoutMs: packTimeout(timeoutMs) }
      return {
        ...prepare(),
        config: this.config,
        options: own satisfies Record<keyof BlockingRequestOptions, unknown>,
      }
    })
  }
}

function assertNoFetch(config: OAuthConfig): void {
  if (config.fetch === undefined) return
  throw new AnthropicAuthError(
    'invalid_config',
    'fetch must not be set: the requests are sent by another thread',
    {
      reason: 'fetch',
    },
  )
}

/** While a call blocks, no code of this thread can abort a signal, so it would never take effect. */
function assertNoSignal(signal: unknown): void {
  if (signal === undefined) return
  throw new TypeError('A blocking call takes no signal: nothing can abort it while it blocks')
}
