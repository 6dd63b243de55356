import { describe, expect, it } from 'vitest'
import type { AnthropicAuthError } from '../error/error.ts'
import { assertSuccess, type HttpResponse, readJsonResponse } from './http-response.ts'

const REQUEST = { name: 'token endpoint', secrets: ['Zq3xVnT8wLrK5mYb'], repeatable: false }

function httpResponse(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): HttpResponse {
  const text = typeof body === 'string' || body === null ? body : JSON.stringify(body)
  return { status, headers: new Headers(headers), text }
}

function errorOf(given: HttpResponse, request: typeof REQUEST = REQUEST): AnthropicAuthError {
  try {
    readJsonResponse(given, request)
  } catch (error) {
    return error as AnthropicAuthError
  }
  throw new Error('readJsonResponse() should have thrown')
}

describe('readJsonResponse()', () => {
  it('returns the object of a successful response', () => {
    for (const status of [200, 201]) {
      expect(readJsonResponse(httpResponse(status, { a: 1 }), REQUEST)).toEqual({ a: 1 })
    }
  })

  it('refuses a success that is not a JSON object', () => {
    for (const text of ['', 'null', '[]', '"text"', '1', '{"access_token": "']) {
      expect(errorOf(httpResponse(200, text))).toMatchObject({
        code: 'invalid_token_response',
        reason: 'not_json',
        status: 200,
        message: 'The token endpoint responded with something other than a JSON object',
      })
    }
  })

  it('refuses an HTML page, by its type or its beginning', () => {
    for (const page of [
      httpResponse(200, 'Sign in', { 'content-type': 'text/html' }),
      httpResponse(200, '\n <!doctype html>'),
    ]) {
      expect(errorOf(page)).toMatchObject({
        code: 'invalid_token_response',
        reason: 'html',
        message: 'The token endpoint responded with an HTML page instead of JSON',
      })
    }
  })

  it('refuses a body over the cap, whatever the status', () => {
    expect(errorOf(httpResponse(200, null))).toMatchObject({
      code: 'invalid_token_response',
      reason: 'too_large',
    })
    expect(errorOf(httpResponse(400, null))).toMatchObject({ code: 'http_error', status: 400 })
    expect(errorOf(httpResponse(429, null))).toMatchObject({ code: 'rate_limited', status: 429 })
  })

  it('reads a 4xx or a 200 with a string `error` as an OAuth error', () => {
    for (const status of [200, 400, 401, 403, 404, 422]) {
      expect(
        errorOf(httpResponse(status, { error: 'invalid_scope', error_description: 'No such scope.' })),
      ).toMatchObject({
        code: 'oauth_error',
        status,
        error: 'invalid_scope',
        errorDescription: 'No such scope.',
        message: `The token endpoint refused: invalid_scope: No such scope (HTTP ${status})`,
        hint: 'Request only scopes that this client id and account are allowed.',
        retryable: false,
      })
    }
  })

  it('treats an empty `error` as absent', () => {
    for (const error of ['', ' ', '\u200b', null, 0, false]) {
      const body = { error, access_token: 'at' }
      expect(readJsonResponse(httpResponse(200, body), REQUEST)).toEqual(body)
      expect(errorOf(httpResponse(400, body))).toMatchObject({ code: 'http_error', status: 400 })
    }
  })

  it('reads any 429 as a rate limit, whatever its body', () => {
    for (const body of ['', '<html>', { error: 'invalid_grant' }, { error: { type: 'rate_limit_error' } }]) {
      expect(errorOf(httpResponse(429, body, { 'retry-after': '7' }))).toMatchObject({
        code: 'rate_limited',
        status: 429,
        retryAfterSeconds: 7,
        retryable: true,
      })
    }
    expect(errorOf(httpResponse(429, ''))).not.toHaveProperty('retryAfterSeconds')
  })

  it.each([
    [204, '', 'no_content', false],
    [301, '', 'redirect', false],
    [307, '{"error": "invalid_grant"}', 'redirect', false],
    [401, '', 'unauthorized', false],
    [403, '<html>Blocked</html>', 'html', false],
    [403, '', 'forbidden', false],
    [404, '', 'not_found', false],
    [418, '', undefined, false],
    [500, '', 'server_error', false],
    [500, '{"error": "invalid_grant"}', 'server_error', false],
    [502, '<html>Bad gateway</html>', 'html', false],
    [503, '', 'server_error', true],
  ])('reads %i %s as an HTTP error (%s)', (status, text, reason, retryable) => {
    const error = errorOf(httpResponse(status, text))
    expect(error).toMatchObject({ code: 'http_error', status, retryable })
    expect(error.reason).toBe(reason)
  })

  it('reads an opaque redirect, which has no status, as a redirect', () => {
    const error = errorOf(httpResponse(0, ''))
    expect(error).toMatchObject({ code: 'http_error', reason: 'redirect' })
    expect(error).not.toHaveProperty('status')
  })

  it('makes a 5xx retryable if the call may be repeated', () => {
    expect(errorOf(httpResponse(502, ''), { ...REQUEST, repeatable: true }).retryable).toBe(true)
    expect(errorOf(httpResponse(404, ''), { ...REQUEST, repeatable: true }).retryable).toBe(false)
  })

  it("reads Anthropic's own errors", () => {
    const body = {
      type: 'error',
      error: { type: 'permission_error', message: 'OAuth is not allowed' },
      request_id: 'req_body',
    }
    expect(errorOf(httpResponse(403, body))).toMatchObject({
      code: 'http_error',
      reason: 'forbidden',
      error: 'permission_error',
      errorDescription: 'OAuth is not allowed',
      requestId: 'req_body',
      message: 'The token endpoint responded with HTTP 403 (permission_error: OAuth is not allowed)',
    })
    expect(errorOf(httpResponse(500, { error: { message: 'Overloaded' } })).errorDescription).toBe(
      'Overloaded',
    )
  })

  it('reads the code of a nested error without a type, and the outer description if it has no message', () => {
    const body = { error: { code: 'overloaded' }, error_description: 'Try again later' }
    expect(errorOf(httpResponse(500, body))).toMatchObject({
      error: 'overloaded',
      errorDescription: 'Try again later',
    })
  })

  it("returns the server's error_uri, in both shapes, if it is an https link without a secret", () => {
    const uri = 'https://claude.ai/restricted?reason=hold'
    for (const body of [
      { error: 'invalid_request', error_uri: uri },
      { error: { type: 'permission_error' }, error_uri: uri },
      { error: { type: 'permission_error', error_uri: uri } },
    ]) {
      for (const status of [400, 403, 429, 500]) {
        expect(errorOf(httpResponse(status, body)).errorUri).toBe(uri)
      }
    }
    for (const other of ['http://claude.ai/', 'https://claude.ai/?Zq3xVnT8wLrK5mYb', 7, null]) {
      expect(errorOf(httpResponse(400, { error: 'x', error_uri: other }))).not.toHaveProperty('errorUri')
    }
  })

  describe('with an account on hold', () => {
    const uri = 'https://claude.ai/restricted?reason=hold'
    const flat = { error: 'invalid_grant', error_description: 'account_on_hold', error_uri: uri }

    it.each([
      ['a description', flat],
      ['a description of a denial', { ...flat, error: 'access_denied' }],
      ['a description without an error', { error_description: 'account_on_hold', error_uri: uri }],
      [
        "the message of Anthropic's error",
        {
          type: 'error',
          error: { type: 'permission_error', message: 'account_on_hold' },
          error_uri: uri,
          request_id: 'req_011',
        },
      ],
      ['the message of a bare error', { error: { message: 'account_on_hold', error_uri: uri } }],
      ['a description beside a nested error', { ...flat, error: { type: 'permission_error' } }],
      ['the error itself', { error: 'account_on_hold', error_uri: uri }],
      ['the code of a nested error', { error: { type: 'x', code: 'account_on_hold' }, error_uri: uri }],
      ['the beginning of a description', { ...flat, error_description: ' account_on_hold: see the link' }],
    ])('recognizes it by %s', (_how, body) => {
      for (const status of [400, 401, 403]) {
        expect(errorOf(httpResponse(status, body))).toMatchObject({
          code: 'account_on_hold',
          status,
          errorUri: uri,
          retryable: true,
          message: 'This account is on hold',
          hint: 'To see why and how to appeal, open the link that came with this error (errorUri), or sign in at https://claude.ai. Try again once the hold is lifted.',
        })
      }
    })

    it("keeps the server's words", () => {
      expect(
        errorOf(httpResponse(403, flat, { 'request-id': 'req_011', 'retry-after': '60' })),
      ).toMatchObject({
        code: 'account_on_hold',
        error: 'invalid_grant',
        errorDescription: 'account_on_hold',
        requestId: 'req_011',
        retryAfterSeconds: 60,
      })
    })

    it('works without a link', () => {
      const error = errorOf(
        httpResponse(400, { error: 'invalid_grant', error_description: 'account_on_hold' }),
      )
      expect(error.code).toBe('account_on_hold')
      expect(error).not.toHaveProperty('errorUri')
    })

    it.each([
      ['429', 429, flat, 'rate_limited'],
      ['500', 500, flat, 'http_error'],
      ['503', 503, flat, 'http_error'],
      ['a page', 403, '<p>account_on_hold</p>', 'http_error'],
      ['another word', 403, { ...flat, error_description: 'account_on_holdings' }, 'oauth_error'],
      ['a lifted hold', 403, { ...flat, error_description: 'account_on_hold_lifted' }, 'oauth_error'],
      [
        'the words within a sentence',
        403,
        { ...flat, error_description: 'No account_on_hold' },
        'oauth_error',
      ],
    ])('is not recognized in %s', (_what, status, body, code) => {
      expect(errorOf(httpResponse(status, body)).code).toBe(code)
    })
  })

  it('prefers the request id of the header', () => {
    const given = httpResponse(500, { request_id: 'req_body' }, { 'request-id': 'req_header' })
    expect(errorOf(given).requestId).toBe('req_header')
  })

  it('ignores members of other types', () => {
    const error = errorOf(httpResponse(400, { error: 5, error_description: ['no'], request_id: {} }))
    expect(error).toMatchObject({ code: 'http_error', status: 400 })
    for (const name of ['error', 'errorDescription', 'requestId']) expect(error).not.toHaveProperty(name)
  })

  it('cleans, caps and redacts all texts of the server', () => {
    const evil = `\u001b[2J\u202e Zq3xVnT8wLrK5mYb sk-ant-ort01-abc ${'x'.repeat(1000)}`
    const error = errorOf(
      httpResponse(400, { error: evil, error_description: evil }, { 'request-id': 'req Zq3xVnT8wLrK5mYb' }),
    )
    const clean = `[2J [redacted] [redacted] ${'x'.repeat(474)}`
    expect(error.error).toBe(clean)
    expect(error.errorDescription).toBe(clean)
    expect(error.requestId).toBe('req [redacted]')
    expect(error.message).toBe(`The token endpoint refused: ${clean}: ${clean} (HTTP 400)`)
  })

  it('has no cause and keeps no other part of the body', () => {
    const error = errorOf(
      httpResponse(400, { error: 'invalid_request', hidden: 'do not tell' }, { 'x-hidden': 'do not tell' }),
    )
    expect(error).not.toHaveProperty('cause')
    expect(JSON.stringify(error) + error.message).not.toContain('do not tell')
  })
})

describe('assertSuccess()', () => {
  it('accepts every 2xx as a success, whatever the body', () => {
    for (const status of [200, 202, 204]) {
      for (const body of ['', '<html>', null, '{"error": "ignored"}']) {
        expect(() => assertSuccess(httpResponse(status, body), REQUEST)).not.toThrow()
      }
    }
  })

  it('reports an account on hold', () => {
    expect(() => assertSuccess(httpResponse(403, { error_description: 'account_on_hold' }), REQUEST)).toThrow(
      expect.objectContaining({ code: 'account_on_hold' }),
    )
  })

  it('refuses any other status', () => {
    expect(() => assertSuccess(httpResponse(400, { error: 'unsupported_token_type' }), REQUEST)).toThrow(
      'The token endpoint refused: unsupported_token_type (HTTP 400)',
    )
    for (const status of [0, 302, 404, 429, 500]) {
      expect(() => assertSuccess(httpResponse(status, ''), REQUEST)).toThrow('The token endpoint')
    }
  })
})
