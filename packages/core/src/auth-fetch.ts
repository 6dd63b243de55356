import type { Fetch } from './oauth-config.ts'
import type { TokenProvider } from './token-provider.ts'
import { endpointProblem } from './url-rules.ts'

/** Where the token may go, and how. */
export interface AuthFetchOptions {
  /** https, or http on loopback, without a path; default `['https://api.anthropic.com']`. */
  readonly origins?: readonly string[] | undefined
  /** Default: `globalThis.fetch`, looked up at each call. */
  readonly fetch?: Fetch | undefined
}

const OAUTH_BETA = 'oauth-2025-04-20'

/**
 * A `fetch` that authenticates: it sets the Bearer token and the beta header, removes `x-api-key`, and tries once more
 * with a new token after a 401, unless the body is a stream, which can't be sent twice.
 *
 * @throws TypeError when an origin is not valid; and by the returned function, before anything is sent, when a request
 *   goes to another origin
 * @see https://www.rfc-editor.org/rfc/rfc6750#section-2.1
 */
export function createAuthFetch(
  provider: TokenProvider,
  options: AuthFetchOptions = {},
): (input: string | URL | Request, init?: RequestInit) => Promise<Response> {
  const { origins = ['https://api.anthropic.com'], fetch } = options
  const allowed = new Set(origins.map(assertOrigin))
  return async (input, init = {}) => {
    const url = new URL(input instanceof Request ? input.url : input)
    if (!allowed.has(url.origin))
      throw new TypeError(`No token is sent to ${url.origin}: it is not among the origins`)
    const request = plainInit(input, init)
    const send = async (token: string): Promise<Response> =>
      (fetch ?? globalThis.fetch)(url.href, { ...request, headers: authHeaders(request.headers, token) })
    const { signal } = request
    const response = await send((await provider({ signal: signal ?? undefined })).token)
    if (response.status !== 401 || !isReplayable(request.body)) return response
    await response.body?.cancel().catch(() => undefined)
    return send((await provider({ forceRefresh: true, signal: signal ?? undefined })).token)
  }
}

function assertOrigin(origin: string): string {
  const problem = endpointProblem(origin)
  if (problem !== null) throw new TypeError(`An origin ${problem}`)
  const { origin: normalized, href } = new URL(origin)
  if (href !== `${normalized}/`) throw new TypeError('An origin has no path and no query')
  return normalized
}

/** What a request says, with what `init` changes, as one plain init; `undefined` changes nothing. */
function plainInit(input: string | URL | Request, init: RequestInit): RequestInit {
  if (!(input instanceof Request)) return init
  const { method, headers, body, signal, redirect, keepalive, integrity } = input
  return {
    method,
    headers,
    signal,
    redirect,
    keepalive,
    integrity,
    ...(body !== null && { body, duplex: 'half' }),
    ...Object.fromEntries(Object.entries(init).filter(([, value]) => value !== undefined)),
  }
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

/** Whether a body can be sent twice: a stream, or anything that is read like one, can't. */
function isReplayable(body: RequestInit['body']): boolean {
  return (
    typeof body !== 'object' ||
    body === null ||
    !(Symbol.asyncIterator in body || body instanceof ReadableStream)
  )
}
