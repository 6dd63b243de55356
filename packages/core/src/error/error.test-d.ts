import { describe, expectTypeOf, it } from 'vitest'
import { AnthropicAuthError, type AnthropicAuthErrorCode, isAnthropicAuthError } from './error.ts'

describe('isAnthropicAuthError()', () => {
  const caught: unknown = new AnthropicAuthError('timeout', 'Too late.')

  it('narrows to the error', () => {
    if (!isAnthropicAuthError(caught)) return
    expectTypeOf(caught).toExtend<AnthropicAuthError>()
    expectTypeOf(caught.code).toEqualTypeOf<AnthropicAuthErrorCode>()
    expectTypeOf(caught.retryAfterSeconds).toEqualTypeOf<number | undefined>()
  })

  it('narrows to the code', () => {
    if (!isAnthropicAuthError(caught, 'rate_limited')) return
    expectTypeOf(caught).toExtend<AnthropicAuthError>()
    expectTypeOf(caught.code).toEqualTypeOf<'rate_limited'>()
  })

  it('refuses a code that there is not', () => {
    // @ts-expect-error no such code
    expectTypeOf(isAnthropicAuthError(caught, 'rate_limit')).toEqualTypeOf<boolean>()
  })
})

describe('AnthropicAuthError', () => {
  it('takes undefined for any field, and has readonly members', () => {
    const error = new AnthropicAuthError('http_error', 'No.', { status: undefined, hint: undefined })
    expectTypeOf(error.code).toEqualTypeOf<AnthropicAuthErrorCode>()
    // @ts-expect-error readonly
    error.code = 'timeout'
    // @ts-expect-error no such code
    expectTypeOf(new AnthropicAuthError('http', 'No.')).toExtend<Error>()
  })
})
