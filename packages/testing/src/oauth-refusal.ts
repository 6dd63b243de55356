/** The `error` values of the token and revocation endpoints (RFC 6749, section 5.2). */
export type OAuthErrorCode =
  | 'invalid_request'
  | 'invalid_client'
  | 'invalid_grant'
  | 'invalid_scope'
  | 'unsupported_grant_type'

/** Thrown by the token and revocation endpoints, answered with the error body of RFC 6749. */
export class OAuthRefusal extends Error {
  readonly status: 400 | 401 | 415
  readonly error: OAuthErrorCode

  constructor(error: OAuthErrorCode, description: string, status: 400 | 401 | 415 = 400) {
    super(description)
    this.error = error
    this.status = status
  }

  toJSON(): { readonly error: string; readonly error_description: string } {
    return { error: this.error, error_description: this.message }
  }
}
