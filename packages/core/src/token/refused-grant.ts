import { AnthropicAuthError } from '../error/error.ts'
import { type ErrorBody, isAccountOnHold, readErrorBody } from '../http/error-body.ts'
import {
  errorFieldsOf,
  type HttpResponse,
  jsonOf,
  oauthError,
  type RequestDescription,
} from '../http/http-response.ts'

const INVALID_GRANT_STATUSES = new Set([200, 400, 401, 403, 404])
const DEAD_TOKEN_STATUSES = new Set([400, 401, 403, 404])

const DEAD_TOKEN_KINDS = new Set([
  'invalid_request_error',
  'authentication_error',
  'permission_error',
  'not_found_error',
])
const DEAD_TOKEN_DESCRIPTION =
  /^(?:Refresh token expired|Refresh token not found|Refresh token has been revoked|OAuth token has been revoked)/

/** Throws if the response to a refresh says that the refresh token is dead. */
export function assertRefreshTokenAlive(response: HttpResponse, request: RequestDescription): void {
  const body = jsonOf(response)
  const errorBody = readErrorBody(body)
  if (!isRefreshTokenDead(response.status, errorBody)) return
  throw new AnthropicAuthError('reauthentication_required', 'The refresh token is no longer valid', {
    ...errorFieldsOf(response, body, request),
    ...(errorBody.kinds.includes('invalid_grant') && { error: 'invalid_grant' }),
  })
}

/** Throws if the response to an exchange says, flat or nested, that the server doesn't accept the code. */
export function assertCodeAccepted(response: HttpResponse, request: RequestDescription): void {
  const body = jsonOf(response)
  if (!isInvalidGrant(response.status, readErrorBody(body))) return
  throw oauthError({ ...errorFieldsOf(response, body, request), error: 'invalid_grant' }, request, false)
}

/** Whether the server refused the code or refresh token with `invalid_grant`, flat or nested. */
function isInvalidGrant(status: number, body: ErrorBody): boolean {
  return (
    INVALID_GRANT_STATUSES.has(status) &&
    body.kinds.includes('invalid_grant') &&
    !isAccountOnHold(status, body)
  )
}

/** Whether the refresh token is dead. In all other cases, it must be kept. */
function isRefreshTokenDead(status: number, body: ErrorBody): boolean {
  const { kinds, descriptions } = body
  if (kinds.includes('invalid_grant')) return isInvalidGrant(status, body)
  return (
    DEAD_TOKEN_STATUSES.has(status) &&
    !isAccountOnHold(status, body) &&
    kinds.some((kind) => DEAD_TOKEN_KINDS.has(kind)) &&
    descriptions.some((description) => DEAD_TOKEN_DESCRIPTION.test(description))
  )
}
