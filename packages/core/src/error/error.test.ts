import { inspect } from 'node:util'
import { describe, expect, it } from 'vitest'
import type * as ErrorModule from './error.ts'
import { AnthropicAuthError, type AnthropicAuthErrorCode, isAnthropicAuthError } from './error.ts'

// A record, so that the compiler reports a new code that is missing here.
const CODES: Readonly<Record<AnthropicAuthErrorCode, true>> = {
  invalid_config: true,
  invalid_flow: true,
  invalid_authorization_response: true,
  state_mismatch: true,
  authorization_denied: true,
  oauth_error: true,
  http_error: true,
  rate_limited: true,
  invalid_token_response: true,
  network_error: true,
  timeout: true,
  aborted: true,
  missing_refresh_token: true,
  missing_scope: true,
  reauthentication_required: true,
  account_on_hold: true,
  organization_mismatch: true,
  store_failed: true,
  callback_server_failed: true,
  port_unavailable: true,
  callback_timeout: true,
  browser_launch_failed: true,
  unsafe_url: true,
  worker_failed: true,
  unsupported_runtime: true,
}

const ALL_FIELDS = {
  reason: 'a_reason',
  status: 429,
  error: 'slow_down',
  errorDescription: 'Too many requests',
  errorUri: 'https://example.com/slow-down',
  requestId: 'req_011',
  retryAfterSeconds: 7,
  retryable: true,
  hint: 'Wait a little.',
}

describe('AnthropicAuthError', () => {
  it('is an Error with a name, a code and a message', () => {
    const error = new AnthropicAuthError('timeout', 'No response came in time.')
    expect(error).toBeInstanceOf(Error)
    expect(error).toBeInstanceOf(AnthropicAuthError)
    expect(error.name).toBe('AnthropicAuthError')
    expect(error.code).toBe('timeout')
    expect(error.message).toBe('No response came in time.')
    expect(String(error)).toBe('AnthropicAuthError: No response came in time.')
    expect(error.stack).toMatch(/^AnthropicAuthError: No response came in time\.\n/)
  })

  it('has the given fields', () => {
    expect(new AnthropicAuthError('rate_limited', 'Too many requests.', ALL_FIELDS)).toMatchObject({
      code: 'rate_limited',
      reason: 'a_reason',
      status: 429,
      error: 'slow_down',
      errorDescription: 'Too many requests',
      errorUri: 'https://example.com/slow-down',
      requestId: 'req_011',
      retryAfterSeconds: 7,
      retryable: true,
      hint: 'Wait a little.',
    })
  })

  it("has no own member for a field that wasn't given", () => {
    const bare = new AnthropicAuthError('timeout', 'No response came in time.')
    expect(Object.keys(bare).toSorted()).toEqual(['code', 'hint', 'retryable'])
    const given = new AnthropicAuthError('timeout', 'No response came in time.', {
      reason: undefined,
      status: undefined,
      error: undefined,
      errorDescription: undefined,
      errorUri: undefined,
      requestId: undefined,
      retryAfterSeconds: undefined,
      retryable: undefined,
      hint: undefined,
    })
    expect(Object.keys(given).toSorted()).toEqual(['code', 'hint', 'retryable'])
    expect(given.retryable).toBe(false)
    expect(Object.hasOwn(given, 'cause')).toBe(false)
  })

  it('keeps a field whose value is 0 or empty', () => {
    const error = new AnthropicAuthError('rate_limited', 'Too many requests.', {
      retryAfterSeconds: 0,
      error: '',
    })
    expect(error.retryAfterSeconds).toBe(0)
    expect(error.error).toBe('')
  })

  it('ignores unknown fields', () => {
    const fields = { status: 500, response: 'a response', body: 'a body' }
    const error = new AnthropicAuthError('http_error', 'The server failed.', fields)
    expect(Object.keys(error).toSorted()).toEqual(['code', 'hint', 'retryable', 'status'])
  })

  it("has a cause if one is given, and doesn't list it", () => {
    const cause = new Error('the disk is full')
    const error = new AnthropicAuthError('store_failed', 'The tokens could not be saved.', { cause })
    expect(error.cause).toBe(cause)
    expect(Object.keys(error)).not.toContain('cause')
  })

  it.each(Object.keys(CODES) as AnthropicAuthErrorCode[])('%s has a hint, in whole sentences', (code) => {
    expect(new AnthropicAuthError(code, 'It failed.').hint).toMatch(/^[A-Z].{10,}\.$/)
  })

  it('shows its fields to JSON.stringify() and util.inspect(), and nothing else', () => {
    const error = new AnthropicAuthError('rate_limited', 'Too many requests.', ALL_FIELDS)
    expect(JSON.parse(JSON.stringify(error))).toEqual({
      name: 'AnthropicAuthError',
      message: 'Too many requests.',
      code: 'rate_limited',
      ...ALL_FIELDS,
    })
    const shown = inspect(error).replaceAll(/\n {4}at .*/g, '')
    expect(shown).toMatch(/^AnthropicAuthError: Too many requests\. ?\{?\n/)
    expect([...shown.matchAll(/^ {2}(\w+): /gm)].map(([, name]) => name)).toEqual([
      'code',
      'retryable',
      'reason',
      'status',
      'error',
      'errorDescription',
      'errorUri',
      'requestId',
      'retryAfterSeconds',
      'hint',
    ])
  })
})

describe('isAnthropicAuthError()', () => {
  it('recognizes the error, and its code if one is given', () => {
    const error: unknown = new AnthropicAuthError('timeout', 'No response came in time.')
    expect(isAnthropicAuthError(error)).toBe(true)
    expect(isAnthropicAuthError(error, undefined)).toBe(true)
    expect(isAnthropicAuthError(error, 'timeout')).toBe(true)
    expect(isAnthropicAuthError(error, 'aborted')).toBe(false)
  })

  it.each([
    undefined,
    null,
    'timeout',
    0,
    {},
    new Error('timeout'),
    Object.assign(new Error('timeout'), { name: 'AnthropicAuthError', code: 'timeout' }),
  ])('refuses any other value: %o', (value) => {
    expect(isAnthropicAuthError(value)).toBe(false)
    expect(isAnthropicAuthError(value, 'timeout')).toBe(false)
  })

  it('recognizes the error of another copy of the module, and vice versa', async () => {
    const url = new URL('./error.ts?another-copy', import.meta.url).href
    const copy = (await import(/* @vite-ignore */ url)) as typeof ErrorModule
    expect(copy.AnthropicAuthError).not.toBe(AnthropicAuthError)

    const theirs = new copy.AnthropicAuthError('timeout', 'No response came in time.')
    const ours = new AnthropicAuthError('timeout', 'No response came in time.')
    expect(theirs).not.toBeInstanceOf(AnthropicAuthError)
    expect(isAnthropicAuthError(theirs)).toBe(true)
    expect(isAnthropicAuthError(theirs, 'timeout')).toBe(true)
    expect(isAnthropicAuthError(theirs, 'aborted')).toBe(false)
    expect(copy.isAnthropicAuthError(ours, 'timeout')).toBe(true)
  })
})
