import { OAuthClient } from '@anthropic-auth/core'
import { describe, expect, it } from 'vitest'
import { isServerError, joinPastedPieces, readPastedResponse } from './pasted-response.ts'

const client = new OAuthClient()
const paste = client.startFlow('console')
const loopback = client.startFlow('console', { redirectUri: 'http://localhost:8080/callback' })
const flows = { paste, loopback, requireState: false }
const CODE = 'kH3vN8-kT0yLw_5RbX1m'

function failure(action: () => unknown): unknown {
  try {
    action()
  } catch (error) {
    return error
  }
  return expect.unreachable()
}

describe('readPastedResponse()', () => {
  it.each([
    ['code#state', (state: string) => `a-code#${state}`],
    [
      'code#state that a terminal wrapped',
      (state: string) => `a-c\node#${state.slice(0, 9)}\n${state.slice(9)}`,
    ],
    ['a redirect URL', (state: string) => `http://localhost:8080/callback?code=a-code&state=${state}`],
    ['a query', (state: string) => `?code=a-code&state=${state}`],
  ])('finds the flow of %s by its state', (_what, text) => {
    for (const flow of [paste, loopback]) {
      expect(readPastedResponse(text(flow.state), flows)).toEqual({
        flow,
        response: { code: 'a-code', state: flow.state },
        isPasted: true,
      })
    }
  })

  it('uses a code without a state for the flow of the code page', () => {
    expect(readPastedResponse(` "${CODE}" `, flows)).toEqual({
      flow: paste,
      response: { code: CODE, state: paste.state },
      isPasted: true,
    })
    expect(failure(() => readPastedResponse(CODE, { ...flows, requireState: true }))).toMatchObject({
      code: 'invalid_authorization_response',
      reason: 'missing_state',
    })
  })

  it.each([
    ['code#state', (state: string) => `a-code#${state}`],
    ['a wrapped code#state', (state: string) => `a-c\node#${state}`],
    ['a redirect URL', (state: string) => `http://localhost:8080/callback?code=a-code&state=${state}`],
  ])('says that the end of %s is missing', (_what, text) => {
    for (const { state } of [paste, loopback]) {
      for (const length of [1, state.length - 1]) {
        expect(failure(() => readPastedResponse(text(state.slice(0, length)), flows))).toMatchObject({
          code: 'state_mismatch',
          reason: 'incomplete',
          message: 'The end of this code is missing',
        })
      }
    }
    expect(failure(() => readPastedResponse(text(`${paste.state}x`), flows))).not.toMatchObject({
      reason: 'incomplete',
    })
    expect(failure(() => readPastedResponse(text('+'), flows))).not.toMatchObject({ reason: 'incomplete' })
  })

  it.each(['abcdefghijklmnopqrst', '1234567890123456789a', '~._-~._-~._-~._-~._-', 'A'.repeat(8192)])(
    'accepts a text that can be a code: %j',
    (text) => {
      expect(readPastedResponse(text, flows).response.code).toBe(text)
    },
  )

  it.each([
    'y',
    'yes',
    'nonsense',
    'abcdefghijklmnopqrs',
    '12345678901234567890',
    '0'.repeat(64),
    'abcdefghijklmnopqrst!',
    'abcdefghijklmnopqrst/',
    'abcdefghijklmnopqrst+',
    'abcdefghijklmnopqrst%41',
  ])("refuses a text without a state that can't be a code: %j", (text) => {
    expect(failure(() => readPastedResponse(text, flows))).toMatchObject({
      code: 'invalid_authorization_response',
      reason: 'not_a_code',
      message: 'This is not a code',
      hint: 'Copy the whole code from the browser, and paste it.',
    })
  })

  it.each(['y', '123456', '0'.repeat(64), 'a+b/c!'])('accepts any code with its state: %j', (code) => {
    for (const flow of [paste, loopback]) {
      expect(readPastedResponse(`${code}#${flow.state}`, flows)).toEqual({
        flow,
        response: { code, state: flow.state },
        isPasted: true,
      })
    }
  })

  it('refuses a redirect URL of loopback when nothing listens', () => {
    const text = `a-code#${loopback.state}`
    expect(failure(() => readPastedResponse(text, { ...flows, loopback: null }))).toMatchObject({
      code: 'state_mismatch',
    })
  })

  it('recognizes a denial if its state matches', () => {
    for (const { state } of [paste, loopback]) {
      const denial = failure(() => readPastedResponse(`?error=access_denied&state=${state}`, flows))
      expect(denial).toMatchObject({ code: 'authorization_denied' })
      expect(isServerError(denial)).toBe(true)
      const refusal = failure(() => readPastedResponse(`?error=server_error&state=${state}`, flows))
      expect(refusal).toMatchObject({ code: 'oauth_error', error: 'server_error' })
      expect(isServerError(refusal)).toBe(true)
    }
    const strange = failure(() => readPastedResponse('?error=access_denied&state=another', flows))
    expect(strange).toMatchObject({ code: 'state_mismatch' })
    expect(isServerError(strange)).toBe(false)
  })

  it('recognizes an account on hold if its state matches', () => {
    const hold =
      'error=access_denied&error_description=account_on_hold&error_uri=https://claude.ai/restricted'
    for (const { state } of [paste, loopback]) {
      const onHold = failure(() => readPastedResponse(`?${hold}&state=${state}`, flows))
      expect(onHold).toMatchObject({ code: 'account_on_hold', errorUri: 'https://claude.ai/restricted' })
      expect(isServerError(onHold)).toBe(true)
    }
    const strange = failure(() => readPastedResponse(`?${hold}&state=another`, flows))
    expect(strange).toMatchObject({ code: 'state_mismatch' })
  })

  it('reports a missing code, whichever flow the state belongs to', () => {
    for (const { state } of [paste, loopback]) {
      for (const text of [`?state=${state}`, `#${state}`, state]) {
        expect(failure(() => readPastedResponse(text, flows))).toMatchObject({ reason: 'missing_code' })
      }
    }
  })
})

describe('joinPastedPieces()', () => {
  const whole = `${CODE}#${loopback.state}`

  it.each([5, 10, 19, 20, 21, 30, 50])('joins a response that came in two pieces, broken at %d', (at) => {
    expect(joinPastedPieces([whole.slice(0, at)], ` ${whole.slice(at)} `, flows)).toEqual({
      flow: loopback,
      response: { code: CODE, state: loopback.state },
      isPasted: true,
    })
  })

  it('joins several pieces, after other pastes', () => {
    const pieces = ['y', 'a code of another login', whole.slice(0, 10), whole.slice(10, 30)]
    expect(joinPastedPieces(pieces, whole.slice(30), flows)).toMatchObject({ response: { code: CODE } })
  })

  it.each([
    [[], whole],
    [['y'], 'n'],
    [[whole], whole],
    [[whole.slice(0, 10)], whole.slice(11)],
    [['x'.repeat(9000)], whole],
  ])('joins nothing else: %j, %j', (pieces, text) => {
    const joined = joinPastedPieces(pieces, text, flows)
    expect(joined === null || joined.response.code !== CODE).toBe(true)
  })

  it('never mistakes a piece of the state for a code', () => {
    for (const piece of [loopback.state.slice(7), paste.state.slice(0, 30)]) {
      expect(failure(() => readPastedResponse(piece, flows))).toMatchObject({ reason: 'not_a_code' })
    }
  })
})
