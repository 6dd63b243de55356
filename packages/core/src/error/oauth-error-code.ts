/** The error codes of RFC 6749, sections 4.1.2.1 and 5.2, and of RFC 7009, section 2.2.1. */
const OAUTH_ERROR_CODES = new Set([
  'invalid_request',
  'invalid_client',
  'invalid_grant',
  'unauthorized_client',
  'unsupported_grant_type',
  'invalid_scope',
  'access_denied',
  'unsupported_response_type',
  'unsupported_token_type',
  'server_error',
  'temporarily_unavailable',
])

/** Whether the RFCs define this error code. */
export function isOAuthErrorCode(error: string | undefined): boolean {
  return error !== undefined && OAUTH_ERROR_CODES.has(error)
}
