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

/** A server on loopback that waits for the one redirect which ends a login, and closes itself after it. */
export interface CallbackServer extends AsyncDisposable {
  readonly port: number
  /** What the flow has to be started with. */
  readonly redirectUri: string
  /**
   * The answer; one that came before is kept. Every call gets the same outcome.
   *
   * @throws AnthropicAuthError `authorization_denied`, `account_on_hold` or `oauth_error` as the authorization server
   *   responded, `callback_timeout`, `aborted` with the signal's reason as `cause`, or `callback_server_failed`, also
   *   after `close()`
   */
  waitForCallback(): Promise<AuthorizationResponse>
  /** Frees the port and ends every connection; may be called again. */
  close(): Promise<void>
}

/**
 * Listens on loopback for the redirect of a login.
 *
 * 1. Listen on 127.0.0.1 and, for `localhost`, on `[::1]`, before the redirect URI is handed out.
 * 2. Refuse, and go on waiting, until a request brings the right state with a code or an error.
 * 3. Show a page, hand over the answer, and close.
 *
 * @throws AnthropicAuthError `port_unavailable`, `aborted`, `callback_server_failed` or `unsupported_runtime`
 * @throws TypeError for options that are misused
 * @see https://www.rfc-editor.org/rfc/rfc8252#section-7.3
 */
export async function startCallbackServer(options: CallbackServerOptions): Promise<CallbackServer> {
  const settings = resolveOptions(options)
  const pages = createPages(settings.pages)
  const wait = new CallbackWait(settings)
  try {
    const listener = await openLoopbackListener({
      ...settings,
      onRequest: (request, response) => answer(request, response, { settings, pages, wait }),
      onError: (cause) =>
        wait.fail(serverFailed('listening', 'The callback server failed while it was waiting', cause)),
    })
    const closed = wait.settled.then(() => listener.close())
    // Whoever aborted meanwhile gets no server, but the error of the wait.
    if (settings.signal?.aborted) await closed.then(() => wait.outcome)
    return createHandle(settings, listener.port, wait, closed)
  } catch (error) {
    wait.fail(serverFailed('start', 'The callback server could not be started'))
    throw error
  }
}

interface Service {
  readonly settings: CallbackServerSettings
  readonly pages: Pages
  readonly wait: CallbackWait
}

function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { settings, pages, wait }: Service,
): void {
  const { status, reason, outcome } = judgeRequest(request, { ...settings, isOver: wait.isOver })
  if (outcome !== null) wait.end(afterSending(response, outcome))
  sendPage(response, status, reason === 'accepted' ? pages.success : pages.failure)
  // A hook that fails, at once or later, is no concern of the login.
  notify(settings, { method: request.method ?? '', status, reason }).catch(() => undefined)
}

/** The page first: a program may end as soon as it has its answer. */
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
    wait.fail(serverFailed('closed', 'The callback server was closed before a response came'))
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
