import { accountOnHold } from '../error/account-on-hold.ts'
import { readErrorUri } from '../error/error-uri.ts'
import { AnthropicAuthError, type AnthropicAuthErrorFields } from '../error/error.ts'
import { isOAuthErrorCode } from '../error/oauth-error-code.ts'
import { sanitizeServerText } from '../error/redaction.ts'
import { type JsonObject, parseJsonObject } from '../syntax/json-object.ts'
import { membersOf } from '../syntax/members.ts'
import { unicodePattern } from '../syntax/unicode-pattern.ts'
import { type ErrorBody, isAccountOnHold, readErrorBody } from './error-body.ts'
import { refusalHint } from './http-hint.ts'
import { retryAfterSeconds } from './retry-after.ts'

/** A response with its whole body. */
export interface HttpResponse {
  /** 0 for a browser's opaque redirect. */
  readonly status: number
  readonly headers: Headers
  /** `null` if it is larger than the cap. */
  readonly text: string | null
}

/** The parts of a request that its errors describe. */
export interface RequestDescription {
  /** The name in messages, such as `token endpoint`. */
  readonly name: string
  /** The secrets that were sent. No error may contain them. */
  readonly secrets: readonly string[]
  /** Whether the request may be sent again even if it took effect. */
  readonly repeatable: boolean
  /** Whether the request has no access token. A 401 then refuses the client. */
  readonly isAnonymous?: boolean
  /** Whether the parameters were sent as JSON to a server that may read only forms (RFC 6749, section 3.2). */
  readonly mayNeedForm?: boolean
}

/** Returns the JSON object of a successful response. Throws for any other response. */
export function readJsonResponse(response: HttpResponse, request: RequestDescription): JsonObject {
  const body = jsonOf(response)
  if (!isSuccess(response.status) || response.status === 204) throw responseError(response, body, request)
  if (body !== null && isErrorCode(body['error'])) throw responseError(response, body, request)
  if (body !== null) return body
  const reason = response.text === null ? 'too_large' : isHtml(response) ? 'html' : 'not_json'
  throw new AnthropicAuthError(
    'invalid_token_response',
    `The ${request.name} responded with ${NOT_JSON[reason]}`,
    { ...errorFieldsOf(response, body, request), reason },
  )
}

/** Throws for a response that isn't a success. Ignores the body of a success. */
export function assertSuccess(response: HttpResponse, request: RequestDescription): void {
  if (isSuccess(response.status)) return
  throw responseError(response, jsonOf(response), request)
}

const NOT_JSON = {
  too_large: 'more than 1 MiB',
  html: 'an HTML page instead of JSON',
  not_json: 'something other than a JSON object',
} as const

/** A server must have read the parameters to respond with one of these. */
const NOT_ABOUT_ENCODING = new Set([
  'invalid_grant',
  'invalid_scope',
  'invalid_target',
  'expired_token',
  'authorization_pending',
  'slow_down',
  'server_error',
  'temporarily_unavailable',
])
/** Servers that read only forms respond to JSON with these statuses, with or without an OAuth error. */
const ENCODING_STATUSES = new Set([400, 401, 406, 422, 500])
/** They also respond with these, but always with an OAuth error: a 403 without one comes from a firewall. */
const ENCODING_ERROR_STATUSES = new Set([200, 403])

type Fields = Omit<AnthropicAuthErrorFields, 'reason'>

function responseError(
  response: HttpResponse,
  body: JsonObject | null,
  given: RequestDescription,
): AnthropicAuthError {
  const { status } = response
  const request = membersOf(given)
  const fields = errorFieldsOf(response, body, request)
  if (status === 429) return rateLimited(fields, request)
  const errorBody = readErrorBody(body)
  if (isAccountOnHold(status, errorBody)) return accountOnHold(fields)
  const isOAuthError = isErrorCode(body?.['error']) && (isSuccess(status) || isClientError(status))
  const isAboutEncoding = request.mayNeedForm === true && mayBeAboutEncoding(status, errorBody)
  if (isOAuthError && status !== 407) return oauthError(fields, request, isAboutEncoding)
  return httpError(response, fields, request, isAboutEncoding)
}

const NO_RETRY_AFTER_HINT =
  'Wait a minute, then try again. If it never works, the server may be blocking this client or its userAgent.'

function rateLimited(fields: Fields, { name, isAnonymous = false }: RequestDescription): AnthropicAuthError {
  const isLasting = isAnonymous && fields.retryAfterSeconds === undefined
  return new AnthropicAuthError('rate_limited', `The ${name} asks you to slow down (HTTP 429)`, {
    ...fields,
    ...(isLasting && { reason: 'no_retry_after', hint: NO_RETRY_AFTER_HINT }),
    retryable: true,
  })
}

/** Returns the error for a refusal in the terms of OAuth. */
export function oauthError(
  fields: Fields,
  { name }: RequestDescription,
  isAboutEncoding: boolean,
): AnthropicAuthError {
  const { error, status } = fields
  const reason = isOAuthErrorCode(error) ? error : undefined
  const said = wordsOf(fields)
  const message = `The ${name} refused${said && `: ${said}`} (HTTP ${status})`
  const hint = refusalHint('oauth_error', status === 415 ? 'unsupported_media_type' : reason, isAboutEncoding)
  return new AnthropicAuthError('oauth_error', message, { ...fields, reason, hint })
}

function httpError(
  response: HttpResponse,
  fields: Fields,
  request: RequestDescription,
  isAboutEncoding: boolean,
): AnthropicAuthError {
  const { status } = response
  const reason = httpReason(response, request)
  const said = wordsOf(fields)
  const message = HTTP_MESSAGES.get(reason) ?? `responded with HTTP ${status}${said && ` (${said})`}`
  return new AnthropicAuthError('http_error', `The ${request.name} ${message}`, {
    ...fields,
    reason,
    retryable: status === 503 || (status >= 500 && request.repeatable),
    hint: refusalHint('http_error', reason, isAboutEncoding),
  })
}

const HTTP_MESSAGES: ReadonlyMap<string | undefined, string> = new Map([
  ['redirect', 'responded with a redirect, which was not followed'],
  ['proxy_authentication', 'could not be reached: the proxy requires authentication (HTTP 407)'],
])

const STATUS_REASONS: ReadonlyMap<number, string> = new Map([
  [401, 'unauthorized'],
  [403, 'forbidden'],
  [404, 'not_found'],
  [415, 'unsupported_media_type'],
])

function httpReason(response: HttpResponse, { isAnonymous = false }: RequestDescription): string | undefined {
  const { status } = response
  if (status === 0 || (status >= 300 && status < 400)) return 'redirect'
  if (status === 204) return 'no_content'
  if (status === 407) return 'proxy_authentication'
  if (isHtml(response)) return 'html'
  if (status >= 500) return 'server_error'
  return status === 401 && isAnonymous ? 'client_unauthorized' : STATUS_REASONS.get(status)
}

/** Whether the server may have refused the request because it can't read JSON. Anthropic's errors never mean that. */
function mayBeAboutEncoding(status: number, { kinds, isNested }: ErrorBody): boolean {
  if (status === 415) return true
  if (isNested || kinds.some((kind) => NOT_ABOUT_ENCODING.has(kind))) return false
  return ENCODING_STATUSES.has(status) || (ENCODING_ERROR_STATUSES.has(status) && kinds.length > 0)
}

/** Returns the server's error and its description, for the middle of a message. */
export function wordsOf({ error, errorDescription }: Pick<Fields, 'error' | 'errorDescription'>): string {
  const words = [error, errorDescription].filter((text) => text !== undefined)
  return words.join(': ').replace(/\.+$/, '')
}

/** Returns what a response says about its error, cleaned and without the secrets of the request. */
export function errorFieldsOf(
  response: HttpResponse,
  body: JsonObject | null,
  { secrets }: RequestDescription,
): Fields {
  const text = (value: unknown): string | undefined =>
    typeof value === 'string' ? sanitizeServerText(value, secrets) || undefined : undefined
  const { kinds, descriptions, uri } = readErrorBody(body)
  return {
    status: response.status || undefined,
    error: text(kinds[0]),
    errorDescription: text(descriptions[0]),
    errorUri: readErrorUri(uri, secrets),
    requestId: text(response.headers.get('request-id') ?? body?.['request_id']),
    retryAfterSeconds: retryAfterSeconds(response.headers),
  }
}

/** Returns the JSON object of a body, or `null`. */
export function jsonOf({ text }: HttpResponse): JsonObject | null {
  return text === null ? null : parseJsonObject(text)
}

const visible = unicodePattern(String.raw`[^\s\p{Default_Ignorable_Code_Point}]`)

/** Whether `error` is an error code. Some servers send an empty one together with tokens. */
function isErrorCode(error: unknown): error is string {
  return typeof error === 'string' && visible().test(error)
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300
}

function isClientError(status: number): boolean {
  return status >= 400 && status < 500
}

function isHtml({ headers, text }: HttpResponse): boolean {
  return headers.get('content-type')?.includes('html') === true || text?.trimStart().startsWith('<') === true
}
