import {
  AnthropicAuthError,
  type AnthropicAuthErrorCode,
  type AnthropicAuthErrorFields,
  isAnthropicAuthError,
  type Profile,
  TokenSet,
  type TokenSetJson,
} from '@anthropic-auth/core'
import { membersOf } from '@anthropic-auth/core/internal'

/** The result of a call as plain data: between threads, objects lose their class and errors their fields. */
export type CallResult =
  | { readonly type: 'tokens'; readonly tokens: TokenSetJson }
  | { readonly type: 'api_key'; readonly apiKey: string }
  | { readonly type: 'profile'; readonly profile: Profile }
  | { readonly type: 'done' }
  | {
      readonly type: 'error'
      readonly code: AnthropicAuthErrorCode
      readonly message: string
      readonly fields: AnthropicAuthErrorFields
    }
  | { readonly type: 'misuse'; readonly message: string }
  | { readonly type: 'defect'; readonly name: string }

export function packError(error: unknown): CallResult {
  if (error instanceof TypeError) return { type: 'misuse', message: error.message }
  // Only the name: the message of an unexpected error may contain a secret.
  if (!isAnthropicAuthError(error)) {
    return { type: 'defect', name: error instanceof Error ? error.name : typeof error }
  }
  const { code, message } = error
  return { type: 'error', code, message, fields: fieldsOf(error) }
}

// Errors of requests have no `cause`. With `satisfies`, a new field that is missing here doesn't compile.
function fieldsOf(error: AnthropicAuthError): AnthropicAuthErrorFields {
  const { reason, status, error: oauthError, errorDescription, errorUri } = membersOf(error)
  const { requestId, retryAfterSeconds, retryable, hint } = membersOf(error)
  return {
    reason,
    status,
    error: oauthError,
    errorDescription,
    errorUri,
    requestId,
    retryAfterSeconds,
    retryable,
    hint,
  } satisfies Record<Exclude<keyof AnthropicAuthErrorFields, 'cause'>, unknown>
}

export function tokensOf(result: CallResult): TokenSet {
  if (result.type === 'tokens') return TokenSet.fromJSON(result.tokens)
  throw failureOf(result)
}

export function apiKeyOf(result: CallResult): string {
  if (result.type === 'api_key') return result.apiKey
  throw failureOf(result)
}

export function profileOf(result: CallResult): Profile {
  if (result.type !== 'profile') throw failureOf(result)
  const { account, organization } = result.profile
  // Objects that cross threads are no longer frozen.
  return Object.freeze({
    account: Object.freeze(account),
    organization: Object.freeze(organization),
  } satisfies Record<keyof Profile, unknown>)
}

export function assertDone(result: CallResult): void {
  if (result.type !== 'done') throw failureOf(result)
}

function failureOf(result: CallResult): Error {
  if (result.type === 'error') return new AnthropicAuthError(result.code, result.message, result.fields)
  if (result.type === 'misuse') return new TypeError(result.message)
  const what = result.type === 'defect' ? result.name : `result '${result.type}'`
  const message = `The call ended with an unexpected ${what} in the worker`
  return new AnthropicAuthError('worker_failed', message, {
    reason: 'defect',
    hint: 'This is a bug in the package. Please report it with this message.',
  })
}
