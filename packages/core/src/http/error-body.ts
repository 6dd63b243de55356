import { saysAccountOnHold } from '../error/account-on-hold.ts'
import { isJsonObject, type JsonObject } from '../syntax/json-object.ts'
import { membersOf } from '../syntax/members.ts'

/** A JSON error body: RFC 6749's `{ error, error_description }` or Anthropic's `{ error: { type, message } }`. */
export interface ErrorBody {
  /** The kinds of the error: `error`, or `error.type` and `error.code`. */
  readonly kinds: readonly string[]
  /** `error.message` and `error_description`. */
  readonly descriptions: readonly string[]
  /** `error_uri`, of any type. */
  readonly uri: unknown
  /** Whether `error` is an object, as in Anthropic's errors. */
  readonly isNested: boolean
}

const ON_HOLD_STATUSES = new Set([400, 401, 403])
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

/** Reads the error in a body. A body that isn't a JSON object, given as `null`, has no error. */
export function readErrorBody(body: JsonObject | null): ErrorBody {
  const { error, error_description: description, error_uri: uri } = membersOf(body ?? {})
  const nested = isJsonObject(error) ? membersOf(error) : null
  return {
    kinds: (nested === null ? [error] : [nested['type'], nested['code']]).filter(isString),
    descriptions: [nested?.['message'], description].filter(isString),
    uri: uri ?? nested?.['error_uri'],
    isNested: nested !== null,
  }
}

/** Whether the account is on hold: the login works again once the hold is lifted. */
export function isAccountOnHold(status: number, { kinds, descriptions }: ErrorBody): boolean {
  return ON_HOLD_STATUSES.has(status) && [...kinds, ...descriptions].some(saysAccountOnHold)
}

/** Whether the server refused the code or refresh token with `invalid_grant`, flat or nested. */
export function isInvalidGrant(status: number, body: ErrorBody): boolean {
  return (
    INVALID_GRANT_STATUSES.has(status) &&
    body.kinds.includes('invalid_grant') &&
    !isAccountOnHold(status, body)
  )
}

/** Whether the refresh token is dead. In all other cases, it must be kept. */
export function isRefreshTokenDead(status: number, body: ErrorBody): boolean {
  const { kinds, descriptions } = body
  if (kinds.includes('invalid_grant')) return isInvalidGrant(status, body)
  return (
    DEAD_TOKEN_STATUSES.has(status) &&
    !isAccountOnHold(status, body) &&
    kinds.some((kind) => DEAD_TOKEN_KINDS.has(kind)) &&
    descriptions.some((description) => DEAD_TOKEN_DESCRIPTION.test(description))
  )
}

function isString(value: unknown): value is string {
  return typeof value === 'string'
}
