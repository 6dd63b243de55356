import type { IncomingMessage } from 'node:http'
import {
  type AnthropicAuthError,
  type AuthorizationResponse,
  isAnthropicAuthError,
} from '@anthropic-auth/core'
import { readCallback } from './callback-answer.ts'

/** One request that the server answered; never its URL, which may hold a code. */
export interface CallbackRequestEvent {
  readonly method: string
  /** The HTTP status of the answer: 200 for the one request that ended the wait. */
  readonly status: number
  /**
   * Why: `accepted`, `authorization_denied`, `account_on_hold` or `oauth_error` for the one that ended the wait;
   * `state_mismatch`, `invalid_authorization_response`, `already_answered`, `unknown_path`, `wrong_method`,
   * `unknown_host`, `foreign_origin`, `not_a_navigation` or `prefetch` for one that did not. New words may come in
   * minor versions.
   */
  readonly reason: string
}

/** What becomes of a request. */
export interface Verdict {
  readonly status: number
  readonly reason: string
  /** Only of the request that ends the wait. */
  readonly outcome?: AuthorizationResponse | AnthropicAuthError
}

/** What is waited for. */
interface ExpectedCallback {
  readonly path: string
  readonly states: readonly string[]
  readonly isOver: boolean
}

/** The port may be any: that of a container or a tunnel is not the one that is listened on. */
const LOOPBACK_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i

/** What browsers, past and present, say of a page that they fetch before anyone asked for it. */
const PREFETCH_HEADERS = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz']
const PREFETCH = /prefetch|prerender|preview/i

/** Decides on a request; only one that a browser was sent to by a redirect reaches the answer in it. */
export function judgeRequest(request: IncomingMessage, expected: ExpectedCallback): Verdict {
  const { method, url = '' } = request
  // Compared as it came: to parse it would take `http://evil/callback` or `//evil/callback` for the path.
  const [path] = url.split('?', 1)
  if (!hasLoopbackHost(request)) return { status: 421, reason: 'unknown_host' }
  if (path !== expected.path) return { status: 404, reason: 'unknown_path' }
  if (method !== 'GET') return { status: 405, reason: 'wrong_method' }
  const reason = strangerReason(request)
  if (reason !== null) return { status: 403, reason }
  if (expected.isOver) return { status: 410, reason: 'already_answered' }
  return judgeAnswer(readCallback(url.slice(path.length), expected.states))
}

/** A page whose name was made to resolve to 127.0.0.1 (DNS rebinding) shows by the host that it asks for. */
function hasLoopbackHost({ rawHeaders }: IncomingMessage): boolean {
  const hosts = rawHeaders.filter(
    (_, index) => rawHeaders[index - 1]?.toLowerCase() === 'host' && index % 2 === 1,
  )
  // Of two, servers and proxies may each believe another one.
  return hosts.length === 1 && LOOPBACK_HOST.test(hosts[0] ?? '')
}

/** Why a request is not the navigation of a person, or `null`. */
function strangerReason({ headers }: IncomingMessage): string | null {
  const mode = headers['sec-fetch-mode']
  if (headers.origin !== undefined && headers.origin !== `http://${headers.host}`) return 'foreign_origin'
  if (mode !== undefined && mode !== 'navigate') return 'not_a_navigation'
  return PREFETCH_HEADERS.some((name) => PREFETCH.test(String(headers[name]))) ? 'prefetch' : null
}

/** The server has refused this login: no other callback will come. */
const FINAL_CODES = new Set<string>(['authorization_denied', 'account_on_hold', 'oauth_error'])

/** An error counts only with the right state: else any page could end a login with one. */
function judgeAnswer(outcome: AuthorizationResponse | AnthropicAuthError): Verdict {
  if (!isAnthropicAuthError(outcome)) return { status: 200, reason: 'accepted', outcome }
  const { code: reason } = outcome
  return FINAL_CODES.has(reason) ? { status: 200, reason, outcome } : { status: 400, reason }
}
