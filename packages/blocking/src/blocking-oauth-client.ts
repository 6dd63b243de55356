import {
  AnthropicAuthError,
  type AuthorizationResponse,
  type IdentityTokenGrant,
  OAuthClient,
  type OAuthConfig,
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
import { packFlow, packGrant, packResponse, packTimeout, packTokens } from './call-arguments.ts'
import { apiKeyOf, assertDone, type CallResult, profileOf, tokensOf } from './call-result.ts'
import { assertCanBlock } from './runtime.ts'
import { threadWorker } from './thread-worker.ts'
import type { Invocation } from './worker-call.ts'

/** The options of {@link OAuthClient} without `fetch`, because a function can't cross threads. */
export type BlockingOAuthConfig = Omit<OAuthConfig, 'fetch'>

/** The options of a call. There is no `signal`: while a call blocks, no code runs that could abort it. */
export type BlockingRequestOptions = Omit<RequestOptions, 'signal'>

/** An {@link IdentityTokenGrant} with the identity token itself: while a call blocks, no function can return one. */
export type BlockingIdentityTokenGrant = Omit<IdentityTokenGrant, 'identityToken'> & {
  readonly identityToken: string
}

/**
 * The OAuth 2.0 client without `await`. It has the methods of {@link OAuthClient} with the same arguments, results and
 * errors. Each method blocks its thread until the response has arrived.
 *
 * A worker thread sends the requests. It starts with the first client, serves all clients of the thread, and never
 * keeps the process alive. After a crash or a hang, the next call gets a new worker. Methods that send a request can
 * also throw `worker_failed`.
 *
 * @see https://www.rfc-editor.org/rfc/rfc6749#section-4.1
 * @example
 * ```ts
 * import { readFileSync } from 'node:fs'
 * import { BlockingOAuthClient } from '@anthropic-auth/blocking'
 *
 * using client = new BlockingOAuthClient()
 * const flow = client.startFlow('console')
 * console.log('Open this link and allow access:', flow.authorizationUrl)
 * console.log('Paste the code, then press Enter and Ctrl-D:')
 *
 * const tokens = client.exchangeCode(readFileSync(0, 'utf8'), flow)
 * console.log('Logged in as', tokens.account?.email)
 * ```
 */
export class BlockingOAuthClient implements Disposable {
  readonly #client: OAuthClient
  #isOpen = true

  /**
   * @throws AnthropicAuthError `unsupported_runtime` where a thread can't block, such as the main thread of a browser;
   *   `invalid_config`, with the option's name as `reason`; `worker_failed`
   */
  constructor(config: BlockingOAuthConfig = {}) {
    assertCanBlock()
    assertNoFetch(readOptions(config, 'config'))
    this.#client = new OAuthClient(config)
    threadWorker.acquire()
  }

  /** The validated configuration with its defaults, frozen. */
  get config(): ResolvedConfig {
    return this.#client.config
  }

  /**
   * Starts a login: creates the PKCE pair, the state and the URL that the user opens. Sends nothing.
   *
   * @throws TypeError when the mode or the state is invalid, or an id is not a non-empty string
   * @throws AnthropicAuthError `invalid_config` when `redirectUri` or `scopes` are invalid
   */
  startFlow(mode: OAuthMode, options: StartFlowOptions = {}): OAuthFlow {
    return this.#client.startFlow(mode, options)
  }

  /**
   * Checks the response against its flow, then exchanges the code for tokens. A code is sent only once.
   *
   * @param response - `code#state`, the redirect URL or its query, as the user pasted it
   * @param flow - the value that `startFlow()` returned; its client id and redirect URI are sent
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
    const result = this.#call(options, () => ({
      method: 'exchangeCode',
      response: packResponse(response),
      flow: packFlow(flow),
    }))
    return tokensOf(result)
  }

  /**
   * Refreshes tokens. Members that the response omits are copied from the given set.
   *
   * A refresh token works once: save the result before you do anything else.
   *
   * @param tokens - a token set, or a refresh token
   * @throws AnthropicAuthError `missing_refresh_token`, `invalid_config` for tokens of another client,
   *   `reauthentication_required` when the refresh token no longer works, `worker_failed`, or a network code; after
   *   `account_on_hold` it still works
   * @see https://www.rfc-editor.org/rfc/rfc6749#section-6
   */
  refreshToken(tokens: string | TokensLike, options: BlockingRequestOptions = {}): TokenSet {
    return tokensOf(this.#call(options, () => ({ method: 'refreshToken', tokens: packTokens(tokens) })))
  }

  /**
   * Exchanges an identity token of a machine's platform for an access token, by workload identity federation.
   *
   * With the default endpoints, the request goes to `https://api.anthropic.com`, as in the official SDKs.
   *
   * @param grant - the federation rule and the identity token itself
   * @throws AnthropicAuthError `invalid_config` with `reason: 'identityToken'` when it is not a usable identity token;
   *   `http_error` or `oauth_error` with `reason: 'identity_token_refused'` when the server refuses it; `worker_failed`,
   *   or a network code
   * @throws TypeError when a member of `grant` has the wrong type
   * @see https://www.rfc-editor.org/rfc/rfc7523#section-2.1
   */
  exchangeIdentityToken(grant: BlockingIdentityTokenGrant, options: BlockingRequestOptions = {}): TokenSet {
    const outcome = this.#call(options, () => {
      assertNoSource(readOptions(grant, 'grant').identityToken)
      return { method: 'exchangeIdentityToken', grant: packGrant(grant) }
    })
    return tokensOf(outcome)
  }

  /**
   * Creates an API key. Needs the scope `org:create_api_key`, which the server omits without an error if the account
   * may not grant it.
   *
   * @param tokens - a token set, or an access token
   * @throws AnthropicAuthError `missing_scope` before anything is sent, if the scopes are known; `worker_failed`, or a
   *   network code
   */
  createApiKey(tokens: string | TokensLike, options: BlockingRequestOptions = {}): string {
    return apiKeyOf(this.#call(options, () => ({ method: 'createApiKey', tokens: packTokens(tokens) })))
  }

  /**
   * Returns the account that is logged in. Needs the scope `user:profile`.
   *
   * @experimental The endpoint is undocumented.
   * @param tokens - a token set, or an access token
   * @throws AnthropicAuthError `missing_scope` before anything is sent, if the scopes are known; `worker_failed`, or a
   *   network code
   */
  getProfile(tokens: string | TokensLike, options: BlockingRequestOptions = {}): Profile {
    return profileOf(this.#call(options, () => ({ method: 'getProfile', tokens: packTokens(tokens) })))
  }

  /**
   * Revokes the refresh token of a token set, or its access token if it has no refresh token.
   *
   * @experimental The endpoint is undocumented.
   * @param tokens - a token set, or one token
   * @throws AnthropicAuthError `invalid_config` for tokens of another client, `worker_failed`, or a network code
   * @see https://www.rfc-editor.org/rfc/rfc7009
   */
  revokeToken(tokens: string | TokensLike, options: BlockingRequestOptions = {}): void {
    assertDone(this.#call(options, () => ({ method: 'revokeToken', tokens: packTokens(tokens) })))
  }

  /**
   * Closes this client; closing the last client of a thread ends the worker. The process also ends without it. Later
   * calls that send a request throw a `TypeError`. You can close a client twice.
   */
  close(): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    threadWorker.release()
  }

  /** Closes this client at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close()
  }

  #call(options: BlockingRequestOptions, pack: () => Invocation): CallResult {
    if (!this.#isOpen) throw new TypeError('This client is closed')
    return threadWorker.call(() => {
      const { timeoutMs, signal }: RequestOptions = readOptions(options)
      assertNoSignal(signal)
      const own = { timeoutMs: packTimeout(timeoutMs) } satisfies Record<
        keyof BlockingRequestOptions,
        unknown
      >
      return { ...pack(), config: this.config, options: own }
    })
  }
}

function assertNoFetch({ fetch }: OAuthConfig): void {
  if (fetch === undefined) return
  const message = "BlockingOAuthClient can't use your fetch: another thread sends the requests"
  throw new AnthropicAuthError('invalid_config', message, { reason: 'fetch' })
}

/** A function can't cross threads, and this thread is blocked. */
function assertNoSource(identityToken: unknown): void {
  if (typeof identityToken !== 'function') return
  throw new TypeError("A blocking call takes identityToken as a string: it can't call a function")
}

function assertNoSignal(signal: unknown): void {
  if (signal === undefined) return
  throw new TypeError('A blocking call takes no signal: nothing can abort it while it blocks')
}
