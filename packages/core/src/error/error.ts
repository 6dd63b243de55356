import { readOptions } from '../syntax/members.ts'
import type { AnthropicAuthErrorCode } from './error-code.ts'
import { hintFor } from './error-hint.ts'

export type { AnthropicAuthErrorCode } from './error-code.ts'

/** The fields of an {@link AnthropicAuthError}, except its code and message. */
export interface AnthropicAuthErrorFields {
  readonly reason?: string | undefined
  readonly status?: number | undefined
  readonly error?: string | undefined
  readonly errorDescription?: string | undefined
  readonly errorUri?: string | undefined
  readonly requestId?: string | undefined
  readonly retryAfterSeconds?: number | undefined
  readonly retryable?: boolean | undefined
  /** @default the hint for the code, or for the reason of an `oauth_error` */
  readonly hint?: string | undefined
  readonly cause?: unknown
}

const BRAND = Symbol.for('anthropic-auth.AnthropicAuthError')

/**
 * The error class of all packages. Tell errors apart by `code`, and by `reason` if there is one.
 *
 * No message and no field contains an authorization code, state, verifier or token. HTTP errors have no `cause`.
 */
export class AnthropicAuthError extends Error {
  static {
    Object.defineProperty(this.prototype, 'name', {
      value: 'AnthropicAuthError',
      configurable: true,
      writable: true,
    })
    Object.defineProperty(this.prototype, BRAND, { value: true })
  }

  readonly code: AnthropicAuthErrorCode
  /** A more precise reason, such as `missing_state` for `invalid_authorization_response`. */
  declare readonly reason?: string
  /** The HTTP status. */
  declare readonly status?: number
  /** The server's `error` (RFC 6749, section 5.2) or error type, sanitised. */
  declare readonly error?: string
  /** The server's `error_description` or error message, sanitised: at most 500 characters, without secrets. */
  declare readonly errorDescription?: string
  /**
   * The server's `error_uri` (RFC 6749, sections 4.1.2.1 and 5.2): an https link to more information, without secrets.
   */
  declare readonly errorUri?: string
  /** The server's id of the request, for support requests. */
  declare readonly requestId?: string
  /** How long the server asks you to wait. */
  declare readonly retryAfterSeconds?: number
  /** Whether the same call may work later without a change. */
  readonly retryable: boolean
  /** The next step for you or your user. */
  declare readonly hint?: string

  constructor(code: AnthropicAuthErrorCode, message: string, fields: AnthropicAuthErrorFields = {}) {
    const given = readOptions(fields, 'fields')
    super(message, given.cause === undefined ? undefined : { cause: given.cause })
    const { reason, status, error, errorDescription, errorUri, requestId, retryAfterSeconds } = given
    const { retryable = false, hint = hintFor(code, reason) } = given
    this.code = code
    if (reason !== undefined) this.reason = reason
    if (status !== undefined) this.status = status
    if (error !== undefined) this.error = error
    if (errorDescription !== undefined) this.errorDescription = errorDescription
    if (errorUri !== undefined) this.errorUri = errorUri
    if (requestId !== undefined) this.requestId = requestId
    if (retryAfterSeconds !== undefined) this.retryAfterSeconds = retryAfterSeconds
    this.retryable = retryable
    if (hint !== undefined) this.hint = hint
  }

  /** Returns the fields for a log: with `name` and `message`, which JSON omits from errors, without cause and stack. */
  toJSON(): Readonly<Record<string, unknown>> {
    const { name, message } = this
    return { name, message, ...(this as object) }
  }
}

/**
 * Whether `value` is an {@link AnthropicAuthError}, also one of another copy of this package.
 *
 * @param code - if given, the error must have this code
 */
export function isAnthropicAuthError<C extends AnthropicAuthErrorCode = AnthropicAuthErrorCode>(
  value: unknown,
  code?: C,
): value is AnthropicAuthError & { readonly code: C } {
  if (typeof value !== 'object' || value === null || !(BRAND in value)) return false
  return code === undefined || ('code' in value && value.code === code)
}
