import { isTimeout, type ResolvedConfig } from '../config/oauth-config.ts'
import { AnthropicAuthError } from '../error/error.ts'
import { isJsonObject } from '../syntax/json-object.ts'
import { assertSignal, membersOf, readOptions } from '../syntax/members.ts'
import { type Deadline, delay, withDeadline } from './deadline.ts'
import { type RequestDescription, type HttpResponse, retryAfterSeconds } from './http-response.ts'
import { networkError } from './network-error.ts'

/** What waits for the network can be told. */
export interface RequestOptions {
  readonly signal?: AbortSignal | undefined
  /** One deadline for all attempts and waits; default: the client's. */
  readonly timeoutMs?: number | undefined
}

/** Options for the token provider, which could lose the login if it gave up on a response. */
export interface PatientRequestOptions extends RequestOptions {
  /** Milliseconds after which no further attempt begins; default: `timeoutMs`. */
  readonly newAttemptsMs?: number | undefined
  /** Runs right before each attempt is sent; when it rejects, nothing is sent. */
  readonly beforeAttempt?: (() => Promise<void>) | undefined
}

/**
 * Checks the options of a request, and returns them without what comes from `Object.prototype`.
 *
 * @throws TypeError naming the option that is not valid
 */
export function readRequestOptions(options: RequestOptions): PatientRequestOptions {
  const given: PatientRequestOptions = readOptions(options)
  const { signal, timeoutMs, newAttemptsMs, beforeAttempt } = given
  assertSignal(signal)
  if (timeoutMs !== undefined && !isTimeout(timeoutMs)) {
    throw new TypeError('timeoutMs must be a finite number of milliseconds above 0')
  }
  return { signal, timeoutMs, newAttemptsMs, beforeAttempt }
}

/** One request, of which nothing is followed, cached or stored. */
export interface HttpRequest extends RequestDescription {
  readonly method: 'GET' | 'POST'
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  /** How often the request may be sent again after it was not processed for sure; default 0. */
  readonly retries?: number
}

const MAX_BODY_BYTES = 1_048_576
const FIRST_BACK_OFF_MS = 250

/**
 * Sends a request and reads its whole answer, whatever its status. The only file that knows ky; every failure leaves
 * it as an error of the family, without a cause, since ky's and fetch's errors carry the request with its secrets.
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
  const { retries = 0, repeatable: retryable } = membersOf(request)
  return withDeadline({ timeoutMs, signal, retryable }, (deadline) => {
    const attempts = {
      ...deadline,
      beforeAttempt,
      endsInMs: () => deadline.remainingMs() - timeoutMs + newAttemptsMs,
    }
    return attempt(request, config, attempts, retries)
  })
}

interface Attempts extends Deadline {
  readonly beforeAttempt: (() => Promise<void>) | undefined
  /** Milliseconds left in which another attempt may start. */
  endsInMs(): number
}

/** Sends once, then again where that is safe: nothing has left yet, or the server says that it did nothing. */
async function attempt(
  request: HttpRequest,
  config: ResolvedConfig,
  attempts: Attempts,
  retriesLeft: number,
  backOffMs: number = FIRST_BACK_OFF_MS,
): Promise<HttpResponse> {
  const outcome = await sendOnce(request, config, attempts).catch((error: unknown) =>
    networkError(error, request, config.fetch === null),
  )
  const waitMs = Math.max(jitter(backOffMs), minimumWaitMs(outcome))
  if (retriesLeft > 0 && waitMs < attempts.endsInMs()) {
    await delay(waitMs, attempts.signal)
    return attempt(request, config, attempts, retriesLeft - 1, 2 * backOffMs)
  }
  if (outcome instanceof AnthropicAuthError) throw outcome
  return outcome
}

/** How long to wait before the same request may be sent again; Infinity when it may not. */
function minimumWaitMs(outcome: HttpResponse | AnthropicAuthError): number {
  if (outcome instanceof AnthropicAuthError) return isConnectFailure(outcome) ? 0 : Infinity
  if (outcome.status !== 429 && outcome.status !== 503) return Infinity
  return 1000 * (retryAfterSeconds(outcome.headers) ?? 0)
}

function isConnectFailure(error: AnthropicAuthError): boolean {
  const { code, reason } = membersOf(error)
  return code === 'network_error' && (reason === 'connect' || reason === 'dns')
}

async function sendOnce(
  request: HttpRequest,
  config: ResolvedConfig,
  { signal, beforeAttempt }: Attempts,
): Promise<HttpResponse> {
  const { url } = request
  const init = requestInit(request, config, signal)
  const { default: ky } = await import('ky')
  // A caller's fetch may be of another realm, and know nothing of the global Request that ky makes.
  const fetch = async (): Promise<Response> => {
    await beforeAttempt?.()
    signal.throwIfAborted()
    return assertResponse(await (config.fetch ?? globalThis.fetch)(url, init))
  }
  const response = await ky(url, {
    ...NO_KY_OPTIONS,
    method: request.method,
    body: null,
    fetch,
    retry: 0,
    timeout: false,
    throwHttpErrors: false,
  })
  // A fetch that followed a redirect in spite of `manual` has an answer of another place.
  const { type, redirected, status, headers, body } = membersOf(response)
  const isRedirect = type === 'opaqueredirect' || redirected
  return { status: isRedirect ? 0 : status, headers, text: await readText(body) }
}

/** ky copies its options into plain objects, so it would read missing ones from `Object.prototype`. */
const NO_KY_OPTIONS: Readonly<Record<string, undefined>> = {
  hooks: undefined,
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

/** By its members, since a caller's fetch may make its `Response` in another realm. */
function assertResponse(response: Response): Response {
  const { status, headers, body } = membersOf<Partial<Response>>(isJsonObject(response) ? response : {})
  const isReadable = !body || typeof body.getReader === 'function'
  if (typeof status === 'number' && typeof headers?.get === 'function' && isReadable) return response
  throw new AnthropicAuthError('invalid_config', 'fetch did not return a Response', { reason: 'fetch' })
}

function requestInit(request: HttpRequest, config: ResolvedConfig, signal: AbortSignal): RequestInit {
  const { body } = membersOf(request)
  // For those who read it, a view without what is in `Object.prototype`: Bun has a `proxy`, Deno a `client`.
  return membersOf<RequestInit>({
    method: request.method,
    headers: { accept: 'application/json', 'user-agent': config.userAgent, ...request.headers },
    ...(body !== undefined && { body }),
    // A followed 307 would send the secrets in the body elsewhere.
    redirect: 'manual',
    // Not every runtime knows cookies, and some refuse the mere option.
    ...('credentials' in Request.prototype && { credentials: 'omit' }),
    signal,
  })
}

/** The body, counted after decompression; `null` when it is larger than the cap. */
async function readText(body: ReadableStream<Uint8Array> | null): Promise<string | null> {
  if (!body) return ''
  const reader = body.getReader()
  const decoder = new TextDecoder()
  let text = ''
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    size += value.byteLength
    if (size > MAX_BODY_BYTES) {
      reader.cancel().catch(() => undefined)
      return null
    }
    text += decoder.decode(value, { stream: true })
  }
}

/** 50 to 150 % of `ms`, so that many clients do not come back at once. */
function jitter(ms: number): number {
  const [random = 0] = crypto.getRandomValues(new Uint32Array(1))
  return ms * (0.5 + random / 2 ** 32)
}
