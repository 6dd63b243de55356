import { accountOnHold } from './account-on-hold.ts'
import { AnthropicAuthError, type AnthropicAuthErrorFields } from './error.ts'
import { isAccountOnHold, isInvalidGrant, isRefreshTokenDead, readErrorBody } from './error-body.ts'
import { hintFor } from './error-hint.ts'
import { readErrorUri } from './error-uri.ts'
import { type JsonObject, parseJsonObject } from './json-object.ts'
import { sanitizeServerText } from './redaction.ts'

/** An answer as it came, its body read. */
export interface HttpAnswer {
  /** 0 for a browser's opaque redirect. */
  readonly status: number
  readonly headers: Headers
  /** `null`: larger than the cap. */
  readonly text: string | null
}

/** What an error says about the request that it came of. */
export interface AnsweredRequest {
  /** Such as `token endpoint`. */
  readonly name: string
  /** What was sent and must not come back in an error. */
  readonly secrets: readonly string[]
  /** The request may be sent again even if it took effect. */
  readonly repeatable: boolean
}

/** The JSON object of an answer that succeeded. */
export function readAnswer(answer: HttpAnswer, request: AnsweredRequest): JsonObject {
  const body = jsonOf(answer)
  if (!isSuccess(answer.status) || answer.status === 204) throw refusal(answer, body, request)
  if (body !== null && typeof body['error'] === 'string') throw refusal(answer, body, request)
  if (body !== null) return body
  const reason = answer.text === null ? 'too_large' : isHtml(answer) ? 'html' : 'not_json'
  throw new AnthropicAuthError('invalid_token_response', `The ${request.name} answered ${NOT_JSON[reason]}`, {
    ...fieldsOf(answer, body, request),
    reason,
  })
}

/** Refuses an answer that did not succeed, whatever its body says. */
export function assertSuccess(answer: HttpAnswer, request: AnsweredRequest): void {
  if (isSuccess(answer.status)) return
  throw refusal(answer, jsonOf(answer), request)
}

/** Refuses the response to a refresh when it says that the refresh token is dead. */
export function assertRefreshTokenAlive(answer: HttpAnswer, request: AnsweredRequest): void {
  const body = jsonOf(answer)
  const errorBody = readErrorBody(body)
  if (!isRefreshTokenDead(answer.status, errorBody)) return
  throw new AnthropicAuthError('reauthentication_required', 'The refresh token is no longer valid', {
    ...fieldsOf(answer, body, request),
    ...(errorBody.kinds.includes('invalid_grant') && { error: 'invalid_grant' }),
  })
}

/** Refuses the response to an exchange when it says, flat or nested, that the server doesn't accept the code. */
export function assertCodeAccepted(answer: HttpAnswer, request: AnsweredRequest): void {
  const body = jsonOf(answer)
  if (!isInvalidGrant(answer.status, readErrorBody(body))) return
  const fields = { ...fieldsOf(answer, body, request), error: 'invalid_grant' }
  throw oauthError(answer, fields, request)
}

/** The whole seconds that a `Retry-After` header asks to wait (RFC 9110, section 10.2.3); `undefined` without one. */
export function retryAfterSeconds(headers: Headers): number | undefined {
  const value = headers.get('retry-after')?.trim() ?? ''
  if (/^\d+$/.test(value)) return Math.min(Number(value), TEN_YEARS)
  const at = HTTP_DATE.test(value) ? Date.parse(value) : Number.NaN
  if (Number.isNaN(at)) return undefined
  return Math.min(Math.max(0, Math.ceil((at - Date.now()) / 1000)), TEN_YEARS)
}

const TEN_YEARS = 10 * 365 * 24 * 60 * 60
/** IMF-fixdate, since `Date.parse` alone takes nearly anything for a date. */
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/

const NOT_JSON = {
  too_large: 'with more than 1 MiB',
  html: 'with an HTML page in place of JSON',
  not_json: 'with something that is not a JSON object',
} as const

function refusal(answer: HttpAnswer, body: JsonObject | null, request: AnsweredRequest): AnthropicAuthError {
  const { status } = answer
  const fields = fieldsOf(answer, body, request)
  const subject = `The ${request.name}`
  if (status === 429) {
    return new AnthropicAuthError('rate_limited', `${subject} asks to slow down`, {
      ...fields,
      retryable: true,
    })
  }
  if (isAccountOnHold(status, readErrorBody(body))) return accountOnHold(fields)
  if (typeof body?.['error'] === 'string' && (isSuccess(status) || isClientError(status))) {
    return oauthError(answer, fields, request)
  }
  const said = saidBy(fields)
  const reason = httpReason(answer)
  const redirects = `${subject} redirects elsewhere, which is not followed`
  const message =
    reason === 'redirect' ? redirects : `${subject} answered HTTP ${status}${said && ` (${said})`}`
  const retryable = status === 503 || (status >= 500 && request.repeatable)
  return new AnthropicAuthError('http_error', message, { ...fields, reason, retryable })
}

function oauthError(
  { status }: HttpAnswer,
  fields: AnthropicAuthErrorFields,
  { name }: AnsweredRequest,
): AnthropicAuthError {
  const said = saidBy(fields)
  const message = `The ${name} refused${said && `: ${said}`} (HTTP ${status})`
  return new AnthropicAuthError('oauth_error', message, {
    ...fields,
    hint: hintFor('oauth_error', fields.error),
  })
}

function saidBy({ error, errorDescription }: AnthropicAuthErrorFields): string {
  return [error, errorDescription].filter((text) => text !== undefined).join(': ')
}

function httpReason(answer: HttpAnswer): string | undefined {
  const { status } = answer
  if (status === 0 || (status >= 300 && status < 400)) return 'redirect'
  if (status === 204) return 'no_content'
  if (isHtml(answer)) return 'html'
  if (status >= 500) return 'server_error'
  return { 401: 'unauthorized', 403: 'forbidden', 404: 'not_found' }[status]
}

function fieldsOf(
  answer: HttpAnswer,
  body: JsonObject | null,
  { secrets }: AnsweredRequest,
): Omit<AnthropicAuthErrorFields, 'reason'> {
  const text = (value: unknown): string | undefined =>
    typeof value === 'string' ? sanitizeServerText(value, secrets) || undefined : undefined
  const { kinds, descriptions, uri } = readErrorBody(body)
  return {
    status: answer.status || undefined,
    error: text(kinds[0]),
    errorDescription: text(descriptions[0]),
    errorUri: readErrorUri(uri, secrets),
    requestId: text(answer.headers.get('request-id') ?? body?.['request_id']),
    retryAfterSeconds: retryAfterSeconds(answer.headers),
  }
}

function jsonOf({ text }: HttpAnswer): JsonObject | null {
  return text === null ? null : parseJsonObject(text)
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300
}

function isClientError(status: number): boolean {
  return status >= 400 && status < 500
}

function isHtml({ headers, text }: HttpAnswer): boolean {
  return headers.get('content-type')?.includes('html') === true || text?.trimStart().startsWith('<') === true
}
