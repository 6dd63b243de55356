import type { ResolvedConfig } from '../config/oauth-config.ts'
import { AnthropicAuthError } from '../error/error.ts'
import { isJsonObject } from '../syntax/json-object.ts'
import { membersOf } from '../syntax/members.ts'
import { type Deadline, withDeadline } from './deadline.ts'
import type { HttpResponse, RequestDescription } from './http-response.ts'
import { networkError } from './network-error.ts'
import { proxyHint } from './proxy-hint.ts'
import type { PatientRequestOptions } from './request-options.ts'
import { readBody } from './response-body.ts'
import { type Attempts, retryOptions } from './retry.ts'

/** One request. Redirects are not followed, and nothing is cached. */
export interface HttpRequest extends RequestDescription {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /**
   * How many times the request may be sent again, if it was certainly not processed.
   *
   * @default 0
   */
  readonly retries?: number
}

/**
 * Sends a request and reads the whole response, whatever its status. Its errors have no cause, since those of ky and
 * `fetch` contain the request with its secrets.
 */
export async function send(
  request: HttpRequest,
  config: ResolvedConfig,
  options: PatientRequestOptions,
): Promise<HttpResponse> {
  const {
    signal,
    timeoutMs = config.timeoutMs,
    newAttemptsMs = timeoutMs,
    beforeAttempt,
  } = membersOf(options)
  const { repeatable: retryable } = membersOf(request)
  const work = async (deadline: Deadline): Promise<HttpResponse> => {
    const endsInMs = (): number => deadline.remainingMs() - timeoutMs + newAttemptsMs
    return readResponse(await fetchWithRetries(request, config, { ...deadline, endsInMs, beforeAttempt }))
  }
  const viaProxy = (): string => (config.fetch === null ? proxyHint(new URL(request.url)) : '')
  return withDeadline({ timeoutMs, signal, retryable, proxyHint: viaProxy }, async (deadline) =>
    work(deadline).catch((error: unknown) => {
      throw networkError(error, request, config.fetch === null)
    }),
  )
}

async function fetchWithRetries(
  request: HttpRequest,
  config: ResolvedConfig,
  attempts: Attempts,
): Promise<Response> {
  const { url, method, retries = 0 } = membersOf(request)
  const { default: ky } = await import('ky')
  return ky(url, {
    ...NO_KY_OPTIONS,
    method,
    body: null,
    fetch: async () => sendOnce(request, config, attempts),
    timeout: false,
    throwHttpErrors: false,
    ...retryOptions(retries, attempts, ky.retry),
  })
}

/**
 * Sends the request in place of ky, which knows only its URL and method. A caller's `fetch` may be of another realm, and
 * refuse the global `Request` that ky makes.
 */
async function sendOnce(
  request: HttpRequest,
  config: ResolvedConfig,
  { signal, beforeAttempt }: Attempts,
): Promise<Response> {
  try {
    await beforeAttempt?.()
    signal.throwIfAborted()
    const fetch = config.fetch ?? globalThis.fetch
    return assertResponse(await fetch(request.url, requestInit(request, config, signal)))
  } catch (error) {
    throw networkError(error, request, config.fetch === null)
  }
}

/** ky copies its options into plain objects, so it would read missing ones from `Object.prototype`. */
const NO_KY_OPTIONS: Readonly<Record<string, undefined>> = {
  baseUrl: undefined,
  cache: undefined,
  credentials: undefined,
  integrity: undefined,
  json: undefined,
  keepalive: undefined,
  mode: undefined,
  onDownloadProgress: undefined,
  onUploadProgress: undefined,
  priority: undefined,
  redirect: undefined,
  referrer: undefined,
  referrerPolicy: undefined,
  searchParams: undefined,
  signal: undefined,
  window: undefined,
}

/** Checks members instead of the class, since a caller's `fetch` may return a `Response` of another realm. */
function assertResponse(response: Response): Response {
  const { status, headers, body } = membersOf<Partial<Response>>(isJsonObject(response) ? response : {})
  const isReadable = !body || typeof body.getReader === 'function'
  if (typeof status === 'number' && typeof headers?.get === 'function' && isReadable) return response
  throw new AnthropicAuthError('invalid_config', 'fetch did not return a Response', { reason: 'fetch' })
}

function requestInit(request: HttpRequest, config: ResolvedConfig, signal: AbortSignal): RequestInit {
  const { body } = membersOf(request)
  // Hides what is in `Object.prototype` from runtimes that read more members: Bun reads `proxy`, Deno `client`.
  return membersOf<RequestInit>({
    method: request.method,
    headers: { accept: 'application/json', 'user-agent': config.userAgent, ...request.headers },
    ...(body !== undefined && { body }),
    // Following a 307 would send the secrets in the body to another server.
    redirect: 'manual',
    // Some runtimes have no cookies, and throw if this option is set.
    ...('credentials' in Request.prototype && { credentials: 'omit' }),
    signal,
  })
}

async function readResponse(response: Response): Promise<HttpResponse> {
  const { type, redirected, status, headers, body } = membersOf(response)
  // A fetch that followed a redirect in spite of `manual` has the response of another server.
  const isRedirect = type === 'opaqueredirect' || redirected
  return { status: isRedirect ? 0 : status, headers, text: await readBody(body) }
}
