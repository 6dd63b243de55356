import type { IncomingMessage, ServerResponse } from 'node:http'
import { AnthropicAuthError, type AuthorizationResponse, isAnthropicAuthError } from '@anthropic-auth/core'
import { createPages, type Pages } from './callback-page.ts'
import { judgeRequest, type CallbackRequestEvent } from './callback-request.ts'
import {
  resolveOptions,
  type CallbackServerOptions,
  type CallbackServerSettings,
} from './callback-server-options.ts'
import { CallbackWait } from './callback-wait.ts'
import { openLoopbackListener } from './loopback-listener.ts'
import { sendPage, whenSent } from './page-response.ts'

/** A server on loopback that waits for the redirect of a login, and then closes itself. */
export interface CallbackServer extends AsyncDisposable {
  readonly port: number
  /** Pass this to `startFlow()`. */
  readonly redirectUri: string
  /**
   * Resolves with the response, even if it arrived before the call. Every call has the same outcome.
   *
   * @throws AnthropicAuthError `authorization_denied`, `account_on_hold` or `oauth_error` if the authorization server
   *   responded with an error; `callback_timeout`, `aborted` with the signal's reason as `cause`; `callback_server_failed`, also
   *   after `close()`
   */
  waitForCallback(): Promise<AuthorizationResponse>
  /** Frees the port and ends every connection. You can call it twice. */
  close(): Promise<void>
}

/**
 * Starts a server on loopback that receives the redirect of a login.
 *
 * 1. It listens on 127.0.0.1 and, for `localhost`, also on `[::1]`.
 * 2. It refuses every request that isn't a redirect with the right state and a code or an error, and keeps waiting.
 * 3. It shows a page, passes the response to `waitForCallback()`, and closes itself.
 *
 * @throws AnthropicAuthError `port_unavailable`, `aborted`, `callback_server_failed` or `unsupported_runtime`
 * @throws TypeError when an option is invalid
 * @see https://www.rfc-editor.org/rfc/rfc8252#section-7.3
 * @example
 * ```ts
 * import { startCallbackServer } from '@anthropic-auth/callback-server'
 * import { generateState, OAuthClient } from '@anthropic-auth/core'
 *
 * const client = new OAuthClient()
 * const state = generateState()
 * const server = await startCallbackServer({ state })
 * const flow = client.startFlow('console', { state, redirectUri: server.redirectUri })
 *
 * console.log('Open this link and allow access:', flow.authorizationUrl)
 * const tokens = await client.exchangeCode(await server.waitForCallback(), flow)
 * ```
 */
export async function startCallbackServer(options: CallbackServerOptions): Promise<CallbackServer> {
  const settings = resolveOptions(options)
  const pages = createPages(settings.pages)
  const wait = new CallbackWait(settings)
  try {
    const listener = await openLoopbackListener({
      ...settings,
      onRequest: (request, response) => respond(request, response, { settings, pages, wait }),
      onError: (cause) =>
        wait.fail(serverFailed('listening', 'The callback server failed while it was waiting', cause)),
    })
    const closed = wait.settled.then(() => listener.close())
    // If the caller aborted during the start, this throws the error of the wait.
    if (settings.signal?.aborted) await closed.then(() => wait.outcome)
    return createHandle(settings, listener.port, wait, closed)
  } catch (error) {
    wait.fail(serverFailed('start', 'Could not start the callback server'))
    throw error
  }
}

interface Service {
  readonly settings: CallbackServerSettings
  readonly pages: Pages
  readonly wait: CallbackWait
}

function respond(
  request: IncomingMessage,
  response: ServerResponse,
  { settings, pages, wait }: Service,
): void {
  const { status, reason, outcome } = judgeRequest(request, { ...settings, isOver: wait.isOver })
  if (outcome !== null) wait.end(afterSending(response, outcome))
  sendPage(response, status, reason === 'accepted' ? pages.success : pages.failure)
  // A hook that fails must not fail the login.
  notify(settings, { method: request.method ?? '', status, reason }).catch(() => undefined)
}

/** Sends the page first, because the program may end as soon as it has the response. */
async function afterSending(
  response: ServerResponse,
  outcome: AuthorizationResponse | AnthropicAuthError,
): Promise<AuthorizationResponse> {
  await whenSent(response)
  if (isAnthropicAuthError(outcome)) throw outcome
  return outcome
}

async function notify({ onRequest }: CallbackServerSettings, event: CallbackRequestEvent): Promise<void> {
  await onRequest?.(event)
}

function createHandle(
  { redirectHost, path }: CallbackServerSettings,
  port: number,
  wait: CallbackWait,
  closed: Promise<void>,
): CallbackServer {
  const close = async (): Promise<void> => {
    wait.fail(serverFailed('closed', 'The callback server was closed before a response arrived'))
    await closed
  }
  return {
    port,
    redirectUri: `http://${redirectHost}:${port}${path}`,
    waitForCallback: () => wait.outcome,
    close,
    [Symbol.asyncDispose]: close,
  }
}

function serverFailed(
  reason: 'start' | 'listening' | 'closed',
  message: string,
  cause?: unknown,
): AnthropicAuthError {
  return new AnthropicAuthError('callback_server_failed', message, { reason, cause })
}
