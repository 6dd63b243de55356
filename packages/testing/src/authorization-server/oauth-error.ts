import type { Explanation } from '../explanations/refusal.ts'

/** The `error` values of the token and revocation endpoints (RFC 6749, section 5.2). */
export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'invalid_scope'
  | 'unsupported_grant_type'

type OAuthErrorStatus = 400 | 401 | 415

interface OAuthErrorOptions {
  /** @default 400 */
  readonly status?: OAuthErrorStatus
  /** The `error_uri`: a page with more information for the user. */
  readonly errorUri?: string
  readonly explanation?: Explanation
}

/** Thrown by the token and revocation endpoints, which respond with the error body of RFC 6749. */
export class OAuthError extends Error {
  readonly status: OAuthErrorStatus
  readonly error: OAuthErrorCode
  readonly errorUri: string | undefined
  readonly explanation: Explanation

  constructor(error: OAuthErrorCode, description: string, options: OAuthErrorOptions = {}) {
    super(description)
    this.error = error
    this.status = options.status ?? 400
    this.errorUri = options.errorUri
    this.explanation = options.explanation ?? {}
  }

  toJSON(): Readonly<Record<string, string>> {
    const { error, message, errorUri } = this
    return { error, error_description: message, ...(errorUri === undefined ? {} : { error_uri: errorUri }) }
  }
}
