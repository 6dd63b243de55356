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

function isString(value: unknown): value is string {
  return typeof value === 'string'
}
