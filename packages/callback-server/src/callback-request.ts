import type { IncomingMessage } from 'node:http'
import {
  type AnthropicAuthError,
  type AuthorizationResponse,
  isAnthropicAuthError,
} from '@anthropic-auth/core'
import { membersOf } from '@anthropic-auth/core/internal'
import { readCallback } from './callback-response.ts'

/** A request that the server received. It doesn't contain the URL, which can contain a code. */
export interface CallbackRequestEvent {
  readonly method: string
  /** The HTTP status of the response: 200 for the one request that ended the wait. */
  readonly status: number
  /**
   * The reason for the status. The request that ended the wait has `accepted`, `authorization_denied`,
   * `account_on_hold` or `oauth_error`. Other requests have `state_mismatch`, `invalid_authorization_response`,
   * `already_answered`, `unknown_path`, `wrong_method`, `unknown_host`, `foreign_origin`, `not_a_navigation` or
   * `prefetch`. Minor versions can add reasons.
   */
  readonly reason: string
}

/** The decision on a request. */
export interface Verdict {
  readonly status: number
  readonly reason: string
  /** The result of the request that ends the wait; `null` for any other request. */
  readonly outcome: AuthorizationResponse | AnthropicAuthError | null
}

/** The callback that the server waits for. */
interface ExpectedCallback {
  readonly path: string
  readonly states: readonly string[]
  readonly isOver: boolean
}

/** Any port is accepted: behind a container or a tunnel, it differs from the port that the server listens on. */
const LOOPBACK_HOST = /^(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?$/i

/** Headers by which browsers, past and present, mark a page that they load before the user asked for it. */
const PREFETCH_HEADERS = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz']
const PREFETCH = /prefetch|prerender|preview/i

/** Decides on a request. Only a navigation by a browser gets as far as having its query read. */
export function judgeRequest(request: IncomingMessage, expected: ExpectedCallback): Verdict {
  const { method, url = '' } = request
  // The raw path is compared: a parser would accept `http://evil/callback` and `//evil/callback`.
  const [path] = url.split('?', 1)
  if (!hasLoopbackHost(request)) return ignored(421, 'unknown_host')
  if (path !== expected.path) return ignored(404, 'unknown_path')
  if (method !== 'GET') return ignored(405, 'wrong_method')
  const reason = strangerReason(request)
  if (reason !== null) return ignored(403, reason)
  if (expected.isOver) return ignored(410, 'already_answered')
  return judgeResponse(readCallback(url.slice(path.length), expected.states))
}

function ignored(status: number, reason: string): Verdict {
  return { status, reason, outcome: null }
}

/** The host reveals a page whose name was made to resolve to 127.0.0.1 (DNS rebinding). */
function hasLoopbackHost({ rawHeaders }: IncomingMessage): boolean {
  const hosts = rawHeaders.filter(
    (_, index) => rawHeaders[index - 1]?.toLowerCase() === 'host' && index % 2 === 1,
  )
  // With two Host headers, a proxy and this server could each trust a different one.
  return hosts.length === 1 && LOOPBACK_HOST.test(hosts[0] ?? '')
}

/** Returns the reason why a request is not a navigation by the user; `null` if it is one. */
function strangerReason(request: IncomingMessage): string | null {
  const headers = membersOf(request.headers)
  const { origin, host, 'sec-fetch-mode': mode, 'sec-fetch-dest': destination } = headers
  if (origin !== undefined && origin !== `http://${host}`) return 'foreign_origin'
  if (mode !== undefined && mode !== 'navigate') return 'not_a_navigation'
  // For a navigation inside a page, the destination is the frame.
  if (destination !== undefined && destination !== 'document') return 'not_a_navigation'
  return PREFETCH_HEADERS.some((name) => PREFETCH.test(String(headers[name]))) ? 'prefetch' : null
}

/** The authorization server has refused this login, so no other callback will arrive. */
const FINAL_CODES = new Set<string>(['authorization_denied', 'account_on_hold', 'oauth_error'])

/** An error counts only with the right state. Otherwise, any page could end a login with an error. */
function judgeResponse(outcome: AuthorizationResponse | AnthropicAuthError): Verdict {
  if (!isAnthropicAuthError(outcome)) return { status: 200, reason: 'accepted', outcome }
  const { code: reason } = outcome
  return FINAL_CODES.has(reason) ? { status: 200, reason, outcome } : ignored(400, reason)
}
