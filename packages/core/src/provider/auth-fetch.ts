import type { Fetch } from '../config/oauth-config.ts'
import { assertFunction, membersOf, readOptions } from '../syntax/members.ts'
import { endpointProblem } from '../syntax/url-rules.ts'
import { abortable } from '../http/deadline.ts'
import { MonotonicClock } from './monotonic-clock.ts'
import type { AccessTokenProvider } from './access-token.ts'

/** The options of `createAuthFetch()`. */
export interface AuthFetchOptions {
  /**
   * The origins that may get the token: https, or http on loopback, without a path.
   *
   * @default ['https://api.anthropic.com']
   */
  readonly origins?: readonly string[] | undefined
  /** @default globalThis.fetch, looked up at each call */
  readonly fetch?: Fetch | undefined
}

const OAUTH_BETA = 'oauth-2025-04-20'
/** After the API has refused a new token, another refresh would not help for a while. */
const REFUSAL_PAUSE_MS = 60_000

/**
 * Returns a `fetch` that authenticates: it sets the Bearer token and the beta header, and removes `x-api-key`.
 *
 * After a 401, it requests a new token and tries once more, unless the body is a stream, which can't be sent twice. If
 * the new token is refused as well, or after any other status, it returns the response.
 *
 * @example
 * ```ts
 * import { createAuthFetch, type TokenProvider } from '@anthropic-auth/core'
 *
 * async function listModels(provider: TokenProvider): Promise<unknown> {
 *   const authFetch = createAuthFetch(provider)
 *   const response = await authFetch('https://api.anthropic.com/v1/models', {
 *     headers: { 'anthropic-version': '2023-06-01' },
 *   })
 *   return response.json()
 * }
 * ```
 *
 * @param provider - is called before each request, so it should cache, as `createTokenProvider()` and
 *   `createFederationProvider()` do
 * @throws TypeError when an option is not valid. The returned function throws it, before anything is sent, when a
 *   request goes to another origin.
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-2.1
 */
export function createAuthFetch(
  provider: AccessTokenProvider,
  options: AuthFetchOptions = {},
): (input: string | URL | Request, init?: RequestInit) => Promise<Response> {
  const { origins = ['https://api.anthropic.com'], fetch } = readOptions(options)
  assertFunction(fetch, 'fetch')
  const allowed = allowedOrigins(origins)
  const refusals = new RefusedTokens()
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input)
    assertAllowed(url, allowed)
    // As for `fetch()`, `null` means no init.
    const request = plainInit(input, readOptions(init ?? {}, 'init'))
    const send = async (token: string): Promise<Response> => {
      const authorized = { ...request, headers: authHeaders(request.headers, token) }
      return (fetch ?? globalThis.fetch)(url.href, membersOf<RequestInit>(authorized))
    }
    const ask = tokenRequest(provider, request.signal ?? undefined)
    const { token } = await ask({})
    const response = await send(token)
    if (response.status !== 401) refusals.delete(token)
    if (response.status !== 401 || !isReplayable(request.body) || refusals.has(token)) return response
    await response.body?.cancel().catch(() => undefined)
    const refreshed = await ask({ forceRefresh: true })
    const second = await send(refreshed.token)
    if (second.status === 401) refusals.add(refreshed.token)
    return second
  }
}

/** Wraps a provider so that waiting ends when `signal` aborts: some providers ignore it. */
function tokenRequest(provider: AccessTokenProvider, signal: AbortSignal | undefined): AccessTokenProvider {
  return async (options) => {
    if (signal === undefined) return provider(options)
    return abortable(async () => provider({ ...options, signal }), signal)
  }
}

/** Remembers the last new token that the API refused. */
class RefusedTokens {
  readonly #clock = new MonotonicClock()
  #token: string | null = null
  #until = -Infinity

  add(token: string): void {
    this.#token = token
    this.#until = this.#clock.now() + REFUSAL_PAUSE_MS
  }

  has(token: string): boolean {
    return this.#token === token && this.#clock.now() < this.#until
  }

  delete(token: string): void {
    if (this.#token === token) this.#token = null
  }
}

function allowedOrigins(origins: unknown): ReadonlySet<string> {
  if (!Array.isArray(origins)) throw new TypeError('origins must be a list')
  // `map()` would skip the holes of a sparse array.
  return new Set(Array.from<unknown, string>(origins, assertOrigin))
}

function assertAllowed({ origin }: URL, allowed: ReadonlySet<string>): void {
  if (allowed.has(origin)) return
  throw new TypeError(`Refused to send the token to ${origin}. To allow it, add it to the origins option.`)
}

function assertOrigin(origin: unknown): string {
  const problem = endpointProblem(origin)
  if (problem !== null) throw new TypeError(`An origin ${problem}`)
  const { origin: normalized, href } = new URL(String(origin))
  if (href !== `${normalized}/`) throw new TypeError('An origin must not have a path or query')
  return normalized
}

/** Merges a request and the members of `init` into one plain init. A member that is `undefined` changes nothing. */
function plainInit(input: string | URL | Request, init: RequestInit): RequestInit {
  if (!(input instanceof Request)) return init
  const { method, headers, body, signal, redirect, keepalive, integrity } = input
  return membersOf<RequestInit>({
    method,
    headers,
    signal,
    redirect,
    keepalive,
    integrity,
    ...(body !== null && { body, duplex: 'half' }),
    ...Object.fromEntries(Object.entries(init).filter(([, value]) => value !== undefined)),
  })
}

function authHeaders(given: RequestInit['headers'], token: string): Headers {
  const headers = new Headers(given)
  headers.delete('x-api-key')
  headers.set('authorization', `Bearer ${token}`)
  const betas =
    headers
      .get('anthropic-beta')
      ?.split(',')
      .map((beta) => beta.trim()) ?? []
  if (!betas.includes(OAUTH_BETA)) headers.append('anthropic-beta', OAUTH_BETA)
  return headers
}

/** Whether a body can be sent twice. A stream, or anything that is read like one, can't. */
function isReplayable(body: RequestInit['body']): boolean {
  return (
    typeof body !== 'object' ||
    body === null ||
    !(Symbol.asyncIterator in body || body instanceof ReadableStream)
  )
}
