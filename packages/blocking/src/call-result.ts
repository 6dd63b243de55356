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

/** How a call ended, in data that cross threads, where a class loses its prototype and an error its fields. */
export type Outcome =
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

export function packError(error: unknown): Outcome {
  if (error instanceof TypeError) return { type: 'misuse', message: error.message }
  // By its name alone: the message of what core did not expect may hold a secret.
  if (!isAnthropicAuthError(error)) {
    return { type: 'defect', name: error instanceof Error ? error.name : typeof error }
  }
  const { code, message } = error
  return { type: 'error', code, message, fields: fieldsOf(error) }
}

// `satisfies` catches missing fields, which would not reach the caller. HTTP errors have no cause.
function fieldsOf(given: AnthropicAuthError): AnthropicAuthErrorFields {
  const { reason, status, error, errorDescription, errorUri, requestId } = membersOf(given)
  const { retryAfterSeconds, retryable, hint } = membersOf(given)
  return {
    reason,
    status,
    error,
    errorDescription,
    errorUri,
    requestId,
    retryAfterSeconds,
    retryable,
    hint,
  } satisfies Record<Exclude<keyof AnthropicAuthErrorFields, 'cause'>, unknown>
}

// Each gives what its methods return, in the caller's own classes, or throws what `failureOf` makes.

export function tokensOf(outcome: Outcome): TokenSet {
  if (outcome.type === 'tokens') return TokenSet.fromJSON(outcome.tokens)
  throw failureOf(outcome)
}

export function apiKeyOf(outcome: Outcome): string {
  if (outcome.type === 'api_key') return outcome.apiKey
  throw failureOf(outcome)
}

export function profileOf(outcome: Outcome): Profile {
  if (outcome.type !== 'profile') throw failureOf(outcome)
  const { account, organization } = outcome.profile
  // Crossing has thawed them.
  return Object.freeze({
    account: Object.freeze(account),
    organization: Object.freeze(organization),
  } satisfies Record<keyof Profile, unknown>)
}

export function assertDone(outcome: Outcome): void {
  if (outcome.type !== 'done') throw failureOf(outcome)
}

/** An error with the code, message and fields of the one in the worker. */
function failureOf(outcome: Outcome): Error {
  if (outcome.type === 'error') return new AnthropicAuthError(outcome.code, outcome.message, outcome.fields)
  if (outcome.type === 'misuse') return new TypeError(outcome.message)
  const what = outcome.type === 'defect' ? outcome.name : `the outcome ${outcome.type}`
  return new AnthropicAuthError('worker_failed', `The call ended with ${what} in the worker`, {
    reason: 'defect',
  })
}
