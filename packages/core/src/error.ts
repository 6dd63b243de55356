import { hintFor } from './error-hint.ts'

/** What went wrong; new codes may come in minor versions. */
export type AnthropicAuthErrorCode =
  | 'invalid_config'
  | 'invalid_flow'
  | 'invalid_authorization_response'
  | 'state_mismatch'
  | 'authorization_denied'
  | 'oauth_error'
  | 'http_error'
  | 'rate_limited'
  | 'invalid_token_response'
  | 'network_error'
  | 'timeout'
  | 'aborted'
  | 'missing_refresh_token'
  | 'missing_scope'
  | 'reauthentication_required'
  | 'account_on_hold'
  | 'organization_mismatch'
  | 'store_failed'
  | 'callback_server_failed'
  | 'port_unavailable'
  | 'callback_timeout'
  | 'browser_launch_failed'
  | 'unsafe_url'
  | 'worker_failed'
  | 'unsupported_runtime'

/** The fields of an {@link AnthropicAuthError} beside its code and message. */
export interface AnthropicAuthErrorFields {
  readonly reason?: string | undefined
  readonly status?: number | undefined
  readonly error?: string | undefined
  readonly errorDescription?: string | undefined
  readonly errorUri?: string | undefined
  readonly requestId?: string | undefined
  readonly retryAfterSeconds?: number | undefined
  readonly retryable?: boolean | undefined
  /** Default: the hint of the code and reason. */
  readonly hint?: string | undefined
  readonly cause?: unknown
}

const BRAND = Symbol.for('anthropic-auth.AnthropicAuthError')

/**
 * The one error family of all packages, told apart by `code`.
 *
 * Neither the message nor a field contains a code, state, verifier or token, and no error from HTTP has a `cause`.
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
  /** A finer word for the same code, such as `missing_state` of `invalid_authorization_response`. */
  declare readonly reason?: string
  /** The HTTP status. */
  declare readonly status?: number
  /** The server's `error` (RFC 6749, section 5.2) or error type, sanitised. */
  declare readonly error?: string
  /** The server's `error_description` or error message, sanitised: at most 500 characters, no secret. */
  declare readonly errorDescription?: string
  /**
   * The server's `error_uri` (RFC 6749, sections 4.1.2.1 and 5.2), an https link to more information, without
   * secrets.
   */
  declare readonly errorUri?: string
  /** The server's id of the request, for its support. */
  declare readonly requestId?: string
  /** How long the server asked to wait. */
  declare readonly retryAfterSeconds?: number
  /** The same call may work later as it is. */
  readonly retryable: boolean
  /** What the person can do next. */
  declare readonly hint?: string

  constructor(code: AnthropicAuthErrorCode, message: string, fields: AnthropicAuthErrorFields = {}) {
    super(message, fields.cause === undefined ? undefined : { cause: fields.cause })
    const { reason, status, error, errorDescription, errorUri, requestId, retryAfterSeconds } = fields
    const hint = fields.hint ?? hintFor(code, reason)
    this.code = code
    if (reason !== undefined) this.reason = reason
    if (status !== undefined) this.status = status
    if (error !== undefined) this.error = error
    if (errorDescription !== undefined) this.errorDescription = errorDescription
    if (errorUri !== undefined) this.errorUri = errorUri
    if (requestId !== undefined) this.requestId = requestId
    if (retryAfterSeconds !== undefined) this.retryAfterSeconds = retryAfterSeconds
    this.retryable = fields.retryable ?? false
    if (hint !== undefined) this.hint = hint
  }

  /** For logs: what an `Error` leaves out of JSON comes first, and the cause and the stack stay out. */
  toJSON(): Readonly<Record<string, unknown>> {
    const { name, message } = this
    return { name, message, ...(this as object) }
  }
}

/**
 * Whether `value` is an {@link AnthropicAuthError}, by its brand, so that two copies of this package agree.
 *
 * @param code - also asks for this code, and narrows to it
 */
export function isAnthropicAuthError<C extends AnthropicAuthErrorCode = AnthropicAuthErrorCode>(
  value: unknown,
  code?: C,
): value is AnthropicAuthError & { readonly code: C } {
  if (typeof value !== 'object' || value === null || !(BRAND in value)) return false
  return code === undefined || ('code' in value && value.code === code)
}
