import type { Explanation } from '../explanations/refusal.ts'

/** The statuses of API errors, with the error type of each. */
const ERROR_TYPES = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  405: 'invalid_request_error',
  413: 'request_too_large',
  421: 'invalid_request_error',
  429: 'rate_limit_error',
  500: 'api_error',
  529: 'overloaded_error',
} as const

export type ApiErrorStatus = keyof typeof ERROR_TYPES

/** Thrown by the API endpoints. The response has Anthropic's error body. */
export class ApiError extends Error {
  readonly status: ApiErrorStatus
  /** For the inspector. */
  readonly explanation: Explanation

  constructor(status: ApiErrorStatus, message: string, explanation: Explanation = {}) {
    super(message)
    this.status = status
    this.explanation = explanation
  }
}

/** Anthropic's error body. */
export interface ApiErrorBody {
  readonly type: 'error'
  readonly error: { readonly type: string; readonly message: string }
  readonly request_id: string
}

/** Builds the error body for a status. Statuses without an error type of their own are an `api_error`. */
export function apiErrorBody(status: number, message: string, requestId: string): ApiErrorBody {
  const types: Readonly<Record<number, string>> = ERROR_TYPES
  return { type: 'error', error: { type: types[status] ?? 'api_error', message }, request_id: requestId }
}
